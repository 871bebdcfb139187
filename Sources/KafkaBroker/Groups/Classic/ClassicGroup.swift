internal import KafkaProtocol

/// The membership of a group as a state machine of Kafka's classic protocol: events with the current time in, actions out.
/// It holds no clock, no lock and no file; `GroupCoordinator` carries the actions out.
struct ClassicGroup: Sendable {
    enum State: String, Sendable {
        /// No members; offsets may be there.
        case empty = "Empty"
        /// Members are being asked to join again; joins wait.
        case preparingRebalance = "PreparingRebalance"
        /// All have joined; syncs wait for the leader's assignment.
        case completingRebalance = "CompletingRebalance"
        /// Everyone knows its assignment.
        case stable = "Stable"
    }

    /// Milliseconds that the first join of an empty group waits for more members.
    let initialRebalanceDelay: Int64
    let maximumSize: Int

    var state = State.empty
    var generation: Int32 = 0
    var protocolType: Name?
    var protocolName: Name?
    var leader: Name?
    var members: [Name: GroupMember] = [:]
    /// Member ids given out but not yet joined with, and until when they are good.
    var pendingMembers: [Name: Int64] = [:]
    /// Which member a static instance is (KIP-345).
    var staticMembers: [Name: Name] = [:]

    /// When a rebalance goes on without those who have not joined.
    var rebalanceDeadline: Int64?
    /// When members that have not synced are out.
    var syncDeadline: Int64?
    /// While an empty group waits for more members: until when it may go on doing so.
    var initialDelayEnd: Int64?
    /// Whether someone came during the initial delay.
    var cameDuringDelay = false
    var nextOrdinal: UInt64 = 0

    init(initialRebalanceDelay: Int64 = 0, maximumSize: Int = .max) {
        self.initialRebalanceDelay = initialRebalanceDelay
        self.maximumSize = maximumSize
    }

    var membersByOrdinal: [GroupMember] { members.values.sorted { $0.ordinal < $1.ordinal } }

    /// How long a rebalance waits: the longest its members ask for.
    var rebalanceTimeout: Int64 { members.values.map(\.rebalanceTimeout).max() ?? 0 }

    /// The earliest moment at which `expire` has something to do.
    var nextDeadline: Int64? {
        var next = [rebalanceDeadline, syncDeadline].compactMap { $0 }.min()
        for member in members.values where !member.isWaiting {
            next = min(next ?? .max, member.sessionDeadline)
        }
        for deadline in pendingMembers.values { next = min(next ?? .max, deadline) }
        return next
    }

    /// Whether there are no members, not even some that have just asked for an id.
    var isUnused: Bool { state == .empty && pendingMembers.isEmpty }

    /// Whether someone with these protocols could be a member beside the present ones.
    func supports(type: Name, protocols: [GroupMember.GroupProtocol], besides memberID: Name) -> Bool {
        guard !type.isEmpty, !protocols.isEmpty else { return false }
        let others = members.values.filter { $0.id != memberID }
        guard !others.isEmpty else { return true }
        return type == protocolType
            && protocols.contains { candidate in
                others.allSatisfy { other in other.protocols.contains { $0.name == candidate.name } }
            }
    }

    /// The protocol that most members like best among those that all know.
    func selectedProtocol() -> Name? {
        let ordered = membersByOrdinal
        guard let first = ordered.first else { return nil }
        let common = first.protocols.map(\.name).filter { name in
            ordered.allSatisfy { $0.protocols.contains { $0.name == name } }
        }
        var votes: [Name: Int] = [:]
        for member in ordered {
            if let vote = member.protocols.first(where: { common.contains($0.name) }) {
                votes[vote.name, default: 0] += 1
            }
        }
        var best: Name?
        for name in common where votes[name, default: 0] > votes[best ?? "", default: 0] { best = name }
        return best ?? common.first
    }

    /// What is wrong with a request that says it comes from this member; `.none` if nothing.
    func identityError(memberID: Name, instanceID: Name?) -> KafkaErrorCode {
        if let instanceID {
            guard let known = staticMembers[instanceID] else { return .unknownMemberId }
            return known == memberID ? .none : .fencedInstanceId
        }
        return members[memberID] == nil ? .unknownMemberId : .none
    }

    /// Says that a join or sync is no longer waited for (its connection or task is gone). The member stays until
    /// its session ends.
    mutating func forgetWait(_ ticket: ReplyTicket, now: Int64) {
        for (id, member) in members where member.awaitingJoin == ticket || member.awaitingSync == ticket {
            members[id]?.awaitingJoin = nil
            members[id]?.awaitingSync = nil
            members[id]?.sessionDeadline = now.saturatingAdd(member.sessionTimeout)
        }
    }
}

extension ClassicGroup {
    /// The topics that members read, if they are consumers; nil if that cannot be told of one of them.
    var subscribedTopics: Set<Name>? {
        guard protocolType == "consumer" else { return nil }
        var topics: Set<Name> = []
        for member in members.values {
            let metadata = member.metadata(of: protocolName ?? member.protocols.first?.name)
            guard let subscription = try? ConsumerProtocolSubscription(decoding: metadata) else { return nil }
            topics.formUnion(subscription.topics.map { Name($0) })
        }
        return topics
    }
}
