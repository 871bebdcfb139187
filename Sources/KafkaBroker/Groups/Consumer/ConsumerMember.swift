internal import KafkaProtocol

/// A member of a group of the consumer protocol (KIP-848).
struct ConsumerMember: Equatable, Sendable {
    /// What the member has said of itself.
    struct Subscription: Equatable, Sendable {
        var instanceID: Name?
        var rackID: Name?
        var clientID = ""
        var clientHost = ""
        /// Milliseconds that the member has to give partitions up.
        var rebalanceTimeout: Int32 = -1
        /// In order, each once.
        var topics: [Name] = []
        /// The text of a `TopicPattern`.
        var pattern: Name?
        var assignor: Name?
        /// What a member of the classic protocol has told besides; nil for one of the consumer protocol.
        var classic: ClassicMembership?
    }

    /// What a member of the classic protocol has to say beyond the consumer protocol.
    struct ClassicMembership: Equatable, Sendable {
        /// Milliseconds without a sign of life after which the member is out.
        var sessionTimeout: Int32
        var protocols: [GroupMember.GroupProtocol]
    }

    var id: Name
    var subscription = Subscription()
    var current = CurrentAssignment()

    var usesClassicProtocol: Bool { subscription.classic != nil }
}

/// A heartbeat of the consumer protocol.
struct ConsumerHeartbeat: Sendable {
    var memberID: Name
    /// The epoch that the member is in; 0 to join.
    var epoch: Int32 = 0
    var instanceID: Name?
    var rackID: Name?
    var clientID = ""
    var clientHost = ""
    /// What follows is nil if it has not changed.
    var rebalanceTimeout: Int32?
    var topics: [Name]?
    /// Empty for none.
    var pattern: Name?
    var assignor: Name?
    /// What the member has at the moment.
    var owned: Set<TopicIDPartition>?

    /// Whether the member tells everything, because it is new or has not heard an answer.
    var isFull: Bool { rebalanceTimeout != nil && (topics != nil || pattern != nil) && owned != nil }
}

/// What a heartbeat of the consumer protocol is answered with.
struct ConsumerHeartbeatAnswer: Equatable, Sendable {
    var memberID: Name
    var epoch: Int32
    /// What the member is to have; nil if it knows.
    var assignment: Set<TopicIDPartition>?
}
