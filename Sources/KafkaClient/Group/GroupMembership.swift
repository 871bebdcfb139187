import KafkaProtocol

/// A member of a group, in the one protocol or the other.
enum GroupMembership {
    /// The members share out the partitions among themselves.
    case classic(Membership)
    /// The broker does (KIP-848).
    case consumer(ConsumerMembership)

    /// The member, if it speaks the classic protocol.
    var classic: Membership? {
        get { if case .classic(let member) = self { member } else { nil } }
        set { if let newValue { self = .classic(newValue) } }
    }

    /// The member, if it speaks the consumer protocol.
    var consumer: ConsumerMembership? {
        get { if case .consumer(let member) = self { member } else { nil } }
        set { if let newValue { self = .consumer(newValue) } }
    }

    /// Whether it neither is in the group nor on the way into it or out of it.
    var isOutside: Bool {
        switch self {
        case .classic(let member): member.state == .outside || member.state == .failed
        case .consumer(let member): member.state == .outside || member.state == .failed
        }
    }

    var isLeaving: Bool {
        switch self {
        case .classic(let member): member.state == .leaving
        case .consumer(let member): member.state == .leaving
        }
    }

    /// Whether it waits for what is to be given back.
    var isRevoking: Bool {
        switch self {
        case .classic(let member): member.state == .revoking
        case .consumer(let member): member.state == .revoking
        }
    }

    /// Whether it is in the group and owns its assignment.
    var isStable: Bool {
        switch self {
        case .classic(let member): member.isStable
        case .consumer(let member): member.isStable
        }
    }

    /// Whether it shares out the partitions of all members.
    var isLeader: Bool { classic?.isLeader ?? false }

    /// What stays when the revocation under way is acknowledged.
    var kept: [TopicPartition] {
        switch self {
        case .classic(let member): member.kept
        case .consumer(let member): member.kept
        }
    }

    /// Who it was when it last owned an assignment.
    var lastIdentity: (memberID: String, generation: Int32)? {
        switch self {
        case .classic(let member): member.lastIdentity
        case .consumer(let member): member.lastIdentity
        }
    }

    /// Counts how often the group has gone on without it.
    var tenure: Int {
        switch self {
        case .classic(let member): member.tenure
        case .consumer(let member): member.tenure
        }
    }

    /// Wants `topics` from now on.
    mutating func subscribe(_ topics: [String], now: Int64) {
        classic?.subscribe(topics, now: now)
        consumer?.subscribe(topics, now: now)
    }

    /// These are the topics that are wanted and there.
    mutating func found(_ topics: [String], now: Int64) {
        classic?.found(topics, now: now)
        if let consumer, consumer.topics.map({ Name($0) }) != topics.distinctNames() || consumer.state == .outside {
            self.consumer?.subscribe(topics, now: now)
        }
    }

    /// Asks for a rebalance; in the consumer protocol the broker knows when there has to be one.
    mutating func rejoin(now: Int64) { classic?.rejoin(now: now) }

    /// What was revoked has been committed and let go.
    mutating func revocationAcknowledged(now: Int64) {
        classic?.revocationAcknowledged(now: now)
        consumer?.revocationAcknowledged(now: now)
    }

    /// Leaves the group for good.
    mutating func leave() {
        classic?.leave()
        consumer?.leave()
    }

    /// The actions to carry out now, and when to ask again.
    mutating func poll(now: Int64) -> LoopStep<Membership.Action> {
        switch self {
        case .classic(var member):
            defer { self = .classic(member) }
            return member.poll(now: now)
        case .consumer(var member):
            defer { self = .consumer(member) }
            return member.poll(now: now)
        }
    }
}
