public import KafkaProtocol

/// Where an acknowledged record lies.
public struct RecordMetadata: Sendable, Hashable {
    /// The partition.
    public var topicPartition: TopicPartition
    /// The record's offset; -1 if the broker did not say.
    public var offset: Int64
    /// The record's timestamp in the log: its own, or the time of the append if the topic is configured so.
    public var timestamp: Int64
}
