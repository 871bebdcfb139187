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

extension Consumer {
    /// All that the consumer reads, batch by batch; ends when the consumer is closed. `run()` must run meanwhile.
    ///
    /// The sequence takes the consumer's events: it gives back partitions between two elements, when the first has been
    /// dealt with, and with `commitsAutomatically` commits before. Iterate in one task, and do not call `nextEvent`.
    public var batches: ConsumerBatches { ConsumerBatches(consumer: self) }

    /// All that the consumer reads, record by record; like `batches`, which is faster.
    public var records: ConsumerRecords { ConsumerRecords(consumer: self) }
}

/// The batches that a consumer reads; see `Consumer.batches`.
public struct ConsumerBatches: AsyncSequence, Sendable {
    let consumer: Consumer

    /// Begins to iterate; the consumer's position is shared by all iterators.
    public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

    /// Goes through the partitions in turn.
    public struct Iterator: AsyncIteratorProtocol {
        let consumer: Consumer
        private var last: TopicPartition?
        /// What has been dealt with since the last commit.
        private var processed: [TopicPartition: OffsetAndMetadata] = [:]
        private var current: FetchedBatches?
        private var committedAt: Int64

        init(consumer: Consumer) {
            self.consumer = consumer
            committedAt = consumer.client.environment.now()
        }

        /// The next batches of some partition; nil once the consumer is closed.
        public mutating func next() async throws -> FetchedBatches? {
            if let current {
                processed[current.topicPartition] = OffsetAndMetadata(
                    offset: current.nextOffset, leaderEpoch: current.batches.last?.header.partitionLeaderEpoch ?? -1)
            }
            current = nil
            while true {
                let seen = consumer.news.version
                do {
                    while let event = try consumer.pollEvent() { try await handle(event) }
                } catch let error as KafkaError where error.code == .closed {
                    return nil
                }
                let untilCommit = timeUntilCommit
                if untilCommit == 0 { try await commit() }
                if let batches = takeNext() {
                    current = batches
                    return batches
                }
                try Task.checkCancellation()
                await wait(after: seen, atMost: untilCommit == 0 ? nil : untilCommit)
            }
        }

        /// Milliseconds until a commit is due; nil if none is.
        private var timeUntilCommit: Int64? {
            guard consumer.configuration.commitsAutomatically, !processed.isEmpty else { return nil }
            let due = committedAt.saturatingAdd(consumer.configuration.autoCommitInterval.milliseconds)
            return Swift.max(0, due.saturatingSubtract(consumer.client.environment.now()))
        }

        private func wait(after seen: UInt64, atMost time: Int64?) async {
            guard let time else { return await consumer.news.wait(after: seen) }
            await consumer.news.wait(after: seen, atMost: time, consumer.client.environment)
        }

        private mutating func handle(_ event: ConsumerEvent) async throws {
            switch event {
            case .assigned: break
            case .revoked:
                if consumer.configuration.commitsAutomatically { try await commit() }
                processed = [:]
                consumer.acknowledgeRevocation()
            case .lost: processed = [:]
            case .error(let error): if !error.isRetriable { throw error }
            }
        }

        private mutating func commit() async throws {
            guard consumer.configuration.groupID != nil, !processed.isEmpty else { return }
            let offsets = processed
            processed = [:]
            committedAt = consumer.client.environment.now()
            do {
                try await consumer.commit(offsets)
            } catch let error as KafkaError where error.code == .rebalanced {
                // Others read these records again; what this member keeps is committed later.
                if consumer.configuration.keepsPartitions { processed.merge(offsets) { new, _ in new } }
            }
        }

        private mutating func takeNext() -> FetchedBatches? {
            let partitions = consumer.state.withLock { state in
                state.fetch.partitions.filter { !$0.value.buffer.isEmpty }.keys.sorted()
            }
            let start = last.flatMap { last in partitions.firstIndex { last < $0 } } ?? 0
            for topicPartition in partitions[start...] + partitions[..<start] {
                guard let batches = consumer.takeBatches(from: topicPartition) else { continue }
                last = topicPartition
                return batches
            }
            return nil
        }
    }
}

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
