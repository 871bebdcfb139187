import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Groups that go over from one protocol to the other.
@Suite struct GroupMigrationTests {
    private func subscription(_ topics: [String], owned: [Int32] = []) throws -> [GroupMember.GroupProtocol] {
        let subscription = ConsumerProtocolSubscription(
            topics: topics, ownedPartitions: owned.isEmpty ? [] : [.init(topic: "t", partitions: owned)])
        return [.init(name: "cooperative-sticky", metadata: try subscription.encoded())]
    }

    private func event(_ member: Name, owned: [Int32] = []) throws -> JoinEvent {
        JoinEvent(
            memberID: member, clientID: "c", clientHost: "h", sessionTimeout: 40, rebalanceTimeout: 30,
            protocols: try subscription(["t"], owned: owned), freshMemberID: "fresh")
    }

    private func partitions(_ assignment: Bytes) throws -> [Int32] {
        try ConsumerProtocolAssignment(decoding: assignment).assignedPartitions.flatMap(\.partitions)
    }

    /// A stable group of the classic member "a", which has everything, in generation 1.
    private func ofOneClassicMember() throws -> ConsumerMachine {
        var machine = ConsumerMachine()
        _ = machine.group.classic.join(try event("").named("a"), ticket: 1, now: 0)
        let assignment = ConsumerProtocolAssignment(assignedPartitions: [.init(topic: "t", partitions: [0, 1, 2, 3])])
        _ = machine.group.classic.sync(
            memberID: "a", instanceID: nil, generation: 1, assignments: ["a": try assignment.encoded()], ticket: 2, now: 0)
        #expect(machine.group.classic.state == .stable)
        return machine
    }

    private func join(_ machine: inout ConsumerMachine, _ event: JoinEvent) throws -> JoinResult {
        try #require(try machine.group.consumer?.join(event, topics: machine.topics, now: machine.now))
    }

    private func sync(_ machine: inout ConsumerMachine, _ member: Name, _ generation: Int32) throws -> SyncResult {
        try #require(
            try machine.group.consumer?.sync(
                memberID: member, instanceID: nil, generation: generation, protocolType: "consumer",
                protocolName: "cooperative-sticky", topics: machine.topics, now: machine.now))
    }

    private func heartbeat(_ machine: inout ConsumerMachine, _ member: Name, _ generation: Int32) -> KafkaErrorCode {
        var code = KafkaErrorCode.none
        let error = refusal {
            code =
                try machine.group.consumer?.classicHeartbeat(
                    memberID: member, instanceID: nil, generation: generation, now: machine.now) ?? .none
        }
        return error == .none ? code : error
    }

    @Test func `a member of the consumer protocol takes a classic group over, its members keep what they have`() throws {
        var machine = try ofOneClassicMember()
        let joined = try machine.join("b")
        #expect(machine.group.typeName == "consumer")
        #expect(machine.group.classic.members.isEmpty)
        #expect(joined.epoch == 2)
        #expect(joined.partitions == [])
        #expect(machine.assigned("a") == [0, 1, 2, 3])
        // The classic member is told to join again, gives two partitions up, and is told to join once more.
        #expect(heartbeat(&machine, "a", 1) == .rebalanceInProgress)
        let again = try join(&machine, event("a", owned: [0, 1, 2, 3]))
        #expect(again.generation == 1)
        #expect(again.protocolName == "cooperative-sticky")
        #expect(again.leader != again.memberID)
        #expect(try partitions(sync(&machine, "a", 1).assignment) == [0, 1])
        #expect(heartbeat(&machine, "a", 1) == .rebalanceInProgress)
        #expect(try join(&machine, event("a", owned: [0, 1])).generation == 2)
        #expect(try partitions(sync(&machine, "a", 2).assignment) == [0, 1])
        #expect(heartbeat(&machine, "a", 2) == .none)
        #expect(try machine.beat("b", 2).partitions == [2, 3])
        #expect(machine.consumer.state == .stable)
    }

    @Test func `a classic member that joins gets its share, in one join when there is nothing to wait for`() throws {
        var machine = ConsumerMachine()
        _ = try machine.join("b")
        let first = try join(&machine, event("").named("a"))
        #expect(first.memberID == "a")
        #expect(first.generation == 2)
        #expect(try partitions(sync(&machine, "a", 2).assignment) == [])
        _ = try machine.beat("b", 1)
        _ = try machine.beat("b", 1, owned: [0, 1])
        // What it waits for is free now.
        #expect(heartbeat(&machine, "a", 2) == .rebalanceInProgress)
        #expect(try join(&machine, event("a")).generation == 2)
        #expect(try partitions(sync(&machine, "a", 2).assignment) == [2, 3])
    }

    @Test func `classic members that do not join or sync in time, or say nothing, are out`() throws {
        var machine = try ofOneClassicMember()
        _ = try machine.join("b")
        #expect(heartbeat(&machine, "a", 1) == .rebalanceInProgress)
        machine.now = 20
        #expect(heartbeat(&machine, "a", 1) == .rebalanceInProgress)
        machine.advance(to: 30)
        #expect(machine.consumer.members.keys.sorted() == ["b"])
        _ = try join(&machine, event("").named("c"))
        machine.now = 55
        _ = try machine.beat("b", 2)
        machine.advance(to: 60)
        #expect(machine.consumer.members.keys.sorted() == ["b"])
    }

    @Test func `wrong generations, protocols and members are refused`() throws {
        var machine = try ofOneClassicMember()
        _ = try machine.join("b")
        #expect(heartbeat(&machine, "a", 7) == .illegalGeneration)
        #expect(heartbeat(&machine, "b", 2) == .unknownMemberId)
        #expect(heartbeat(&machine, "x", 1) == .unknownMemberId)
        #expect(refusal { try sync(&machine, "a", 7) } == .illegalGeneration)
        var other = try event("")
        other.protocols[0].name = "range"
        #expect(refusal { try join(&machine, other) } == .inconsistentGroupProtocol)
        other = try event("")
        other.protocolType = "connect"
        #expect(refusal { try join(&machine, other) } == .inconsistentGroupProtocol)
        other = try event("")
        other.protocols[0].metadata = [9]
        #expect(refusal { try join(&machine, other) } == .inconsistentGroupProtocol)
        other = try event("")
        other.requiresKnownMemberID = true
        #expect(try join(&machine, other) == JoinResult(error: .memberIdRequired, memberID: "fresh"))
    }

    @Test func `when the last member of the consumer protocol goes, the group is classic again`() throws {
        for leaves in [true, false] {
            var machine = try ofOneClassicMember()
            _ = try machine.join("b")
            let before = machine.group
            _ = try join(&machine, event("a", owned: [0, 1]))
            if leaves {
                try machine.leave("b")
            } else {
                machine.now = 95
                _ = try join(&machine, event("a", owned: [0, 1]))
                machine.advance(to: 100)
            }
            #expect(machine.group.typeName == "classic")
            #expect(machine.group.classic.state == .preparingRebalance)
            #expect(machine.group.classic.generation == 3)
            #expect(
                machine.group.classic.heartbeat(memberID: "a", instanceID: nil, generation: 3, now: machine.now)
                    == .rebalanceInProgress)
            let actions = machine.group.classic.join(try event("a"), ticket: 9, now: machine.now)
            guard case .answerJoin(9, let result) = actions.last else {
                Issue.record("no answer")
                continue
            }
            #expect(result.generation == 4)
            #expect(result.leader == "a")
            // It is written down so.
            let records = machine.group.takeRecords(since: before, wall: 0)
            #expect(records.contains(.consumer(group: "g", .epoch(nil))))
            guard case .group("g", let snapshot?) = records.last else {
                Issue.record("no snapshot")
                continue
            }
            #expect(snapshot.members.map(\.id) == ["a"])
        }
    }

    @Test func `who waits in a classic group is told to join again`() throws {
        var machine = try ofOneClassicMember()
        _ = machine.group.classic.join(try event("").named("c"), ticket: 5, now: 0)
        _ = try machine.join("b")
        #expect(machine.actions == [.answerJoin(5, JoinResult(error: .rebalanceInProgress, memberID: "c"))])
    }

    @Test func `a group whose members are no consumers is not taken over`() throws {
        for change in [
            { (group: inout ClassicGroup) in group.protocolType = "connect" },
            { group in group.members["a"]?.protocols[0].metadata = [1] },
        ] {
            var machine = try ofOneClassicMember()
            change(&machine.group.classic)
            #expect(refusal { try machine.join("b") } == .groupIdNotFound)
            #expect(machine.group.typeName == "classic")
            #expect(machine.group.classic.state == .stable)
        }
    }

    @Test func `an empty group is of whatever protocol its next member uses, and keeps its offsets`() throws {
        var machine = ConsumerMachine()
        machine.group.offsets[TopicPartition("t", 0)] = CommittedOffset(offset: 7)
        _ = try machine.join("a")
        try machine.leave("a")
        machine.group.useClassicProtocolIfEmpty()
        #expect(machine.group.typeName == "classic")
        _ = machine.group.classic.join(try event("").named("b"), ticket: 1, now: 0)
        #expect(machine.group.classic.generation == 1)
        #expect(machine.group.offsets.count == 1)
    }
}

extension JoinEvent {
    fileprivate func named(_ id: Name) -> JoinEvent {
        var event = self
        event.freshMemberID = id
        return event
    }
}
