public import KafkaProtocol

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
