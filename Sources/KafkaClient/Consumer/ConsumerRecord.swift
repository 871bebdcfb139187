public import KafkaProtocol
import Synchronization

/// A record with where it comes from.
public struct ConsumerRecord: Sendable {
    /// The partition.
    public let topicPartition: TopicPartition
    /// The record's offset.
    public let offset: Int64
    /// Milliseconds since 1970.
    public let timestamp: Int64
    /// The key, or nil.
    public let key: Bytes?
    /// The value; nil where a compacted topic deletes the key.
    public let value: Bytes?
    /// The headers, in order.
    public let headers: [RecordHeader]

    /// The topic.
    public var topic: String { topicPartition.topic }
    /// The partition's number.
    public var partition: Int32 { topicPartition.partition }
}
