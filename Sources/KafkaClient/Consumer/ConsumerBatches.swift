import KafkaProtocol
import Synchronization

/// The batches that a consumer reads; see `Consumer.batches`.
public struct ConsumerBatches: AsyncSequence, Sendable {
    let consumer: Consumer
    var ends: [TopicPartition: Int64]?

    /// Begins to iterate; the consumer's position is shared by all iterators.
    public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer, ends: ends) }

    /// Goes through the partitions in turn.
    public struct Iterator: AsyncIteratorProtocol {
        let consumer: Consumer
        private var last: TopicPartition?
        /// What has been dealt with since the last commit.
        private var processed: [TopicPartition: OffsetAndMetadata] = [:]
        private var current: FetchedBatches?
        private var committedAt: Int64
        /// The partitions that are not read up to these offsets yet; nil for no end.
        private var open: [TopicPartition: Int64]?

        init(consumer: Consumer, ends: [TopicPartition: Int64]? = nil) {
            self.consumer = consumer
            open = ends
            committedAt = consumer.client.environment.now()
        }

        /// The next batches of some partition; nil once the consumer is closed, and at the end if there is one.
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
                if hasEnded {
                    if consumer.configuration.commitsAutomatically { try await commit() }
                    return nil
                }
                // What no batch comes of is passed over without a word, but for the end of the log.
                let limit = open == nil ? nil : Int64(100)
                await wait(after: seen, atMost: [untilCommit == 0 ? nil : untilCommit, limit].compactMap(\.self).min())
            }
        }

        /// Whether all is read up to the end, if there is one.
        private var hasEnded: Bool {
            mutating get {
                open = open?.filter { consumer.position($0.key) ?? 0 < $0.value }
                return open?.isEmpty ?? false
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
