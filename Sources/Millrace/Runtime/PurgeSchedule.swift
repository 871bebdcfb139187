import KafkaProtocol

/// When a task deletes what it is done with: what it has processed and committed of its repartition topics, which nobody else
/// reads, and what its stores have forgotten of changelogs. Not with each commit but after a while, or after many bytes. Kafka
/// Streams' `repartition.purge.interval.ms`.
struct PurgeSchedule {
    static let interval: Int64 = 30_000
    static let bytes = 64 << 20

    private let topics: Set<String>
    private var takenBytes = 0
    /// Before which offsets stores have forgotten all.
    private var forgotten: [TopicPartition: Int64] = [:]
    private var nextAt: Int64
    /// The topics of which nothing can be deleted.
    private var failed: Set<String> = []

    /// A schedule for the topics given, from now on.
    init(topics: Set<String>, now: Int64) {
        self.topics = topics
        nextAt = now + Self.interval
    }

    /// Bytes of a topic are processed, or about to be.
    mutating func noteTaken(bytes: Int, from topic: String) {
        if topics.contains(topic) { takenBytes += bytes }
    }

    /// All before an offset of a changelog is forgotten.
    mutating func noteForgotten(before offset: Int64, of partition: TopicPartition) { forgotten[partition] = offset }

    /// A deletion has failed. Returns whether it is the first of the topic: some brokers cannot delete records, and need not be
    /// told of again and again.
    mutating func noteFailure(of topic: String) -> Bool { failed.insert(topic).inserted }

    /// What to delete before which offsets, of what is committed and what is forgotten; nil if it is not time. `isLast`: the
    /// task ends.
    mutating func due(
        _ committed: [TopicPartition: Int64], now: Int64, isLast: Bool = false
    ) -> [TopicPartition: Int64]? {
        guard takenBytes > 0 || !forgotten.isEmpty, isLast || now >= nextAt || takenBytes >= Self.bytes else { return nil }
        let processed = takenBytes > 0 ? committed.filter { topics.contains($0.key.topic) && $0.value > 0 } : [:]
        let offsets = forgotten.merging(processed) { $1 }
        takenBytes = 0
        forgotten = [:]
        nextAt = now.saturatingAdd(Self.interval)
        return offsets.isEmpty ? nil : offsets
    }
}
