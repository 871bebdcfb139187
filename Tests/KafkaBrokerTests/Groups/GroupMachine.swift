import KafkaProtocol

@testable import KafkaBroker

/// A group as a test drives it: answers are kept by ticket.
struct GroupMachine {
    var group: Group
    var now: Int64 = 0
    private var lastTicket: ReplyTicket = 0
    private var lastMember = 0
    private(set) var joins: [ReplyTicket: JoinResult] = [:]
    private(set) var syncs: [ReplyTicket: SyncResult] = [:]
    private(set) var persisted = 0

    init(initialRebalanceDelay: Int64 = 0, maximumSize: Int = .max) {
        group = Group(
            id: "g", settings: .init(initialRebalanceDelay: initialRebalanceDelay, maximumSize: maximumSize))
    }

    mutating func carryOut(_ actions: [GroupAction]) {
        for action in actions {
            switch action {
            case .answerJoin(let ticket, let result): joins[ticket] = result
            case .answerSync(let ticket, let result): syncs[ticket] = result
            case .persist: persisted += 1
            }
        }
    }

    /// Joins with the id `member`, or as a new one.
    mutating func join(
        _ member: Name = "", instance: Name? = nil, protocols: [(Name, String)] = [("range", "")],
        needsID: Bool = false, canSkip: Bool = false
    ) -> ReplyTicket {
        lastTicket += 1
        lastMember += 1
        let event = JoinEvent(
            memberID: member, instanceID: instance, clientID: "c", clientHost: "h", sessionTimeout: 10,
            rebalanceTimeout: 30, protocols: protocols.map { .init(name: $0.0, metadata: Bytes(utf8: $0.1)) },
            requiresKnownMemberID: needsID, canSkipAssignment: canSkip, freshMemberID: Name("m\(lastMember)"))
        carryOut(group.classic.join(event, ticket: lastTicket, now: now))
        return lastTicket
    }

    mutating func sync(
        _ member: Name, generation: Int32, instance: Name? = nil, _ assignments: [Name: String] = [:]
    ) -> ReplyTicket {
        lastTicket += 1
        carryOut(
            group.classic.sync(
                memberID: member, instanceID: instance, generation: generation,
                assignments: assignments.mapValues { Bytes(utf8: $0) }, ticket: lastTicket, now: now))
        return lastTicket
    }

    mutating func heartbeat(_ member: Name, generation: Int32, instance: Name? = nil) -> KafkaErrorCode {
        group.classic.heartbeat(memberID: member, instanceID: instance, generation: generation, now: now)
    }

    mutating func leave(_ member: Name, instance: Name? = nil) -> KafkaErrorCode {
        let outcome = group.classic.leave(memberID: member, instanceID: instance, now: now)
        carryOut(outcome.actions)
        return outcome.error
    }

    mutating func advance(to time: Int64) {
        now = time
        carryOut(group.classic.expire(now: now))
    }

    /// A stable group of one member, "m1".
    static func ofOne() -> GroupMachine {
        var machine = GroupMachine()
        _ = machine.join()
        _ = machine.sync("m1", generation: 1, ["m1": "all"])
        return machine
    }

    /// A stable group of "m1", which leads, and "m2", in generation 2.
    static func ofTwo() -> GroupMachine {
        var machine = ofOne()
        _ = machine.join()
        _ = machine.join("m1")
        _ = machine.sync("m2", generation: 2)
        _ = machine.sync("m1", generation: 2, ["m1": "a", "m2": "b"])
        return machine
    }
}
