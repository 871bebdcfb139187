public import KafkaProtocol

/// A broker of the cluster.
public struct BrokerMetadata: Sendable, Hashable {
    /// The broker's id.
    public var id: Int32
    /// The host that clients connect to.
    public var host: String
    /// The port that clients connect to.
    public var port: Int32
    /// The rack, if the broker has one.
    public var rack: String?
}

/// A partition of a topic, as the cluster describes it.
public struct PartitionMetadata: Sendable, Hashable {
    /// The partition's number, from 0.
    public var partition: Int32
    /// The broker that leads it; -1 while there is none.
    public var leader: Int32
    /// The leader's epoch; -1 if unknown.
    public var leaderEpoch: Int32
    /// The brokers that hold it.
    public var replicas: [Int32]
    /// Those of them that are in sync.
    public var inSyncReplicas: [Int32]
}

/// A topic, as the cluster describes it.
public struct TopicMetadata: Sendable, Hashable {
    /// The topic's name.
    @Name public var name: String
    /// The topic's unique id; zero from brokers that have none.
    public var id: KafkaUUID
    /// Whether it belongs to the brokers themselves, such as `__consumer_offsets`.
    public var isInternal: Bool
    /// The partitions, by number.
    public var partitions: [PartitionMetadata]
}
