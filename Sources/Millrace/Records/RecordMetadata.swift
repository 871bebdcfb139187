/// Where a record that is being processed was read: Kafka Streams' `RecordMetadata`.
public struct RecordMetadata: Sendable, Hashable {
    /// The topic, by its name on the broker.
    public let topic: String
    /// The partition.
    public let partition: Int32
    /// The offset.
    public let offset: Int64

    /// A place in a topic.
    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}
