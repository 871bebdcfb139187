import KafkaProtocol
import Synchronization

/// The records that a consumer reads; see `Consumer.records`.
public struct ConsumerRecords: AsyncSequence, Sendable {
    let consumer: Consumer

    /// Begins to iterate; the consumer's position is shared by all iterators.
    public func makeAsyncIterator() -> Iterator { Iterator(batches: ConsumerBatches.Iterator(consumer: consumer)) }

    /// Goes through the records of one batch after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private var batches: ConsumerBatches.Iterator
        private var current: FetchedBatches?
        private var nextBatch = 0
        private var batch: RecordBatch?
        private var records: RecordIterator?

        init(batches: ConsumerBatches.Iterator) { self.batches = batches }

        /// The next record; nil once the consumer is closed. Throws `KafkaError` with `.corruptBatch` if a batch cannot be
        /// decompressed or is malformed.
        public mutating func next() async throws -> ConsumerRecord? {
            while true {
                if let fetched = current {
                    while let batch, let record = try fetched.reading(batch, { try records?.next() }) {
                        guard record.offset >= fetched.position else { continue }
                        return ConsumerRecord(
                            topicPartition: fetched.topicPartition, offset: record.offset, timestamp: record.timestamp,
                            key: record.key, value: record.value, headers: record.headers)
                    }
                    if nextBatch < fetched.batches.count {
                        let next = fetched.batches[nextBatch]
                        records = try fetched.reading(next) { try next.records() }
                        batch = next
                        nextBatch += 1
                        continue
                    }
                }
                guard let fetched = try await batches.next() else { return nil }
                current = fetched
                nextBatch = 0
                batch = nil
                records = nil
            }
        }
    }
}
