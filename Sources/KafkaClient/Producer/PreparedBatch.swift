public import KafkaProtocol

/// A closed batch of records on its way to a producer, which stamps it with its identity and sequence.
///
/// Sound as Sendable although a builder is not: whoever makes a prepared batch gives up its builder with it, and the batch
/// is passed on from one owner to the next. It may be handed to a producer again once it has come to its end there.
public struct PreparedBatch: @unchecked Sendable {
    /// Where the records go.
    public let topicPartition: TopicPartition
    /// The number of records.
    public let recordCount: Int
    /// The size before compression.
    public let sizeInBytes: Int
    let contents: BatchContents

    /// The records of `builder`, which the caller must not touch again.
    @inlinable public init(topicPartition: TopicPartition, builder: consuming sending RecordBatchBuilder) {
        self.init(topicPartition, unshared: builder)
    }

    @usableFromInline init(_ topicPartition: TopicPartition, unshared builder: RecordBatchBuilder) {
        self.topicPartition = topicPartition
        self.recordCount = builder.recordCount
        self.sizeInBytes = builder.sizeInBytes
        contents = BatchContents(builder)
    }

    /// Compresses the batch now, on this thread, if that is to be done at all.
    package func compress() throws {
        if contents.compression != .none { try contents.write() }
    }
}
