import KafkaProtocol

/// When a task deletes what it has processed and committed of its repartition topics, which nobody else reads: not with
/// each commit but after a while, or after many bytes. Kafka Streams' `repartition.purge.interval.ms`.
struct PurgeSchedule {
    static let interval: Int64 = 30_000
    static let bytes = 64 << 20

    private let topics: Set<String>
    private var takenBytes = 0
    private var nextAt: Int64
    private var hasFailed = false

    /// A schedule for the topics given, from now on.
    init(topics: Set<String>, now: Int64) {
        self.topics = topics
        nextAt = now + Self.interval
    }

    /// Bytes of a topic are processed, or about to be.
    mutating func noteTaken(bytes: Int, from topic: String) {
        if topics.contains(topic) { takenBytes += bytes }
    }

    /// A deletion has failed. Returns whether it is the first: some brokers cannot delete records, and need not be told of
    /// again and again.
    mutating func noteFailure() -> Bool {
        defer { hasFailed = true }
        return !hasFailed
    }

    /// What to delete before which offsets, of what is committed; nil if it is not time. `isLast`: the task ends.
    mutating func due(
        _ committed: [TopicPartition: Int64], now: Int64, isLast: Bool = false
    ) -> [TopicPartition: Int64]? {
        guard takenBytes > 0, isLast || now >= nextAt || takenBytes >= Self.bytes else { return nil }
        takenBytes = 0
        nextAt = now + Self.interval
        let offsets = committed.filter { topics.contains($0.key.topic) && $0.value > 0 }
        return offsets.isEmpty ? nil : offsets
    }
}
