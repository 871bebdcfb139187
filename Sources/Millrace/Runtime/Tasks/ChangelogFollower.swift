import KafkaProtocol

/// How far a standby is with the changelogs of its task. Without I/O.
struct ChangelogFollower {
    struct Log {
        let store: String
        /// Whether it is a source topic that serves as a changelog: what is not processed yet must not be in the store.
        let isSource: Bool
        let topicID: KafkaUUID
        let partition: TopicPartition
        /// The offset of what is read next.
        var position: Int64
        /// Of a source topic: up to where it is processed.
        var limit: Int64

        var isAtLimit: Bool { isSource && position >= limit }

        var rowPosition: RowPosition { RowPosition(partition: partition, topicID: topicID, offset: position) }
    }

    private(set) var logs: [Log]

    init(_ logs: [Log]) { self.logs = logs }

    /// Whether any of them is a source topic.
    var hasSources: Bool { logs.contains(where: \.isSource) }

    /// Everything before `offset` is in the store, as far as it may be.
    mutating func advance(_ number: Int, to offset: Int64) {
        guard logs.indices.contains(number) else { return }
        let most = logs[number].isSource ? logs[number].limit : .max
        logs[number].position = max(logs[number].position, min(offset, most))
    }

    /// The task has been processed up to there.
    mutating func raiseLimits(_ committed: [TopicPartition: Int64]) {
        for number in logs.indices {
            logs[number].limit = max(logs[number].limit, committed[logs[number].partition] ?? 0)
        }
    }

    /// Up to where topics are in the stores.
    var positions: [TopicPartition: RowPosition] {
        Dictionary(logs.map { ($0.partition, $0.rowPosition) }, uniquingKeysWith: { first, _ in first })
    }

    /// All of it in one number, which is what instances compare.
    var progress: Int64 { logs.reduce(0) { $0.saturatingAdd($1.position) } }
}
