public import KafkaProtocol

/// A member of a group, as the member that leads it sees it when partitions are shared out.
public struct GroupMember: Sendable, Hashable {
    /// The member's id.
    @Name public var id: String
    /// The member's static id (KIP-345), if it has one.
    public var instanceID: String?
    /// The topics it wants.
    public var topics: [String]
    /// The partitions that it held before; empty for one that is new or gave all back.
    public var ownedPartitions: [TopicPartition]
    /// The generation in which it held them; -1 if it was in none or does not say (KIP-792).
    public var generation: Int32
    /// What its assignor added.
    public var userData: Bytes?

    /// A member.
    public init(
        id: String, instanceID: String? = nil, topics: [String], ownedPartitions: [TopicPartition] = [],
        generation: Int32 = -1, userData: Bytes? = nil
    ) {
        self.id = id
        self.instanceID = instanceID
        self.topics = topics
        self.ownedPartitions = ownedPartitions
        self.generation = generation
        self.userData = userData
    }
}

extension GroupMember {
    /// Static members keep their place over restarts, as their ids do not change.
    var sortKey: Name { Name(instanceID ?? id) }
}
