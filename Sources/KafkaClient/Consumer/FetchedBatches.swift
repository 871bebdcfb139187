public import KafkaProtocol

/// What a consumer has read ahead from a partition: batches with valid checksums, without control batches and without
/// those that `read_committed` must not see.
public struct FetchedBatches: Sendable {
    /// The partition.
    public let topicPartition: TopicPartition
    /// The batches, in order. The first may begin before `position`.
    public let batches: [RecordBatch]
    /// The first offset to use; records before it are to be passed over.
    public let position: Int64
    /// The position after these batches and what was left out behind them: what to commit when all is processed.
    public let nextOffset: Int64
    /// The offset after the last record that the brokers had acknowledged at the time of the fetch.
    public let highWatermark: Int64
    /// The offset up to which all transactions were decided at the time of the fetch.
    public let lastStableOffset: Int64

    /// The bytes of the batches.
    public var sizeInBytes: Int { batches.reduce(0) { $0 + $1.bytes.count } }

    /// Calls `body` with each record from `position` on. Throws `KafkaError` with `.corruptBatch` if a batch cannot be
    /// decompressed or is malformed, and what `body` throws.
    public func forEachRecord(_ body: (RecordView) throws -> Void) throws {
        for batch in batches {
            var records = try reading(batch) { try batch.records() }
            while let record = try reading(batch, { try records.next() }) {
                if record.offset >= position { try body(record) }
            }
        }
    }

    /// The same without a slice for each record: where it lies in the memory of its batch, which `begin` is told before.
    package func forEachPosition(
        begin: (_ payload: Bytes) throws -> Void, _ body: (RecordPosition, borrowing RecordIterator) throws -> Void
    ) throws {
        for batch in batches {
            var records = try reading(batch) { try batch.records() }
            try begin(records.payload)
            while let found = try reading(batch, { try records.nextPosition() }) {
                if found.offset >= position { try body(found, records) }
            }
        }
    }
}
