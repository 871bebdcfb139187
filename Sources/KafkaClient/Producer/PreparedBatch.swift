public import KafkaProtocol

/// A closed batch of records on its way to a producer, which stamps it with its identity and sequence.
///
/// Sound as Sendable although a builder is not: whoever makes a prepared batch gives up its builder with it, and the batch
/// is passed on from one owner to the next.
public struct PreparedBatch: @unchecked Sendable {
    /// Where the records go.
    public let topicPartition: TopicPartition
    /// The number of records.
    public let recordCount: Int
    /// The size before compression.
    public let sizeInBytes: Int
    let builder: RecordBatchBuilder

    /// The records of `builder`, which the caller must not touch again.
    @inlinable public init(topicPartition: TopicPartition, builder: consuming sending RecordBatchBuilder) {
        self.init(topicPartition, unshared: builder)
    }

    @usableFromInline init(_ topicPartition: TopicPartition, unshared builder: RecordBatchBuilder) {
        self.topicPartition = topicPartition
        self.recordCount = builder.recordCount
        self.sizeInBytes = builder.sizeInBytes
        self.builder = builder
    }
}
