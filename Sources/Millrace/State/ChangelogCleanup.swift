import KafkaProtocol

/// What keeps the changelog of a store from growing for ever, beside the deletions that the store writes.
@usableFromInline
enum ChangelogCleanup: Sendable, Equatable {
    /// Compaction. Nothing goes by age: event times may lie decades back.
    case compaction
    /// Compaction of what is older than that.
    case compactionAfter(milliseconds: Int64)
    /// The task deletes records from the front, as `ChangelogTrim` says. (With Kafka Streams they go by age.)
    case trimming

    /// The configs of the topic.
    var configs: [String: String] {
        switch self {
        case .compaction: ["cleanup.policy": "compact"]
        case .compactionAfter(let time): ["cleanup.policy": "compact", "min.compaction.lag.ms": "\(time)"]
        case .trimming: ["cleanup.policy": "delete", "retention.ms": "-1"]
        }
    }

    /// What the changelog of a versioned store needs: a day more than the history, as Kafka Streams has it.
    @usableFromInline
    static func history(_ retentionMs: Int64) -> ChangelogCleanup {
        .compactionAfter(milliseconds: retentionMs.saturatingAdd(86_400_000))
    }
}

/// The event times of a store that forgets what is old.
@usableFromInline
struct RetainedTimes: Sendable, Equatable {
    /// The largest time put.
    @usableFromInline let latest: Int64
    /// Up to which time all is forgotten.
    @usableFromInline let forgotten: Int64

    @usableFromInline init(latest: Int64, forgotten: Int64) {
        self.latest = latest
        self.forgotten = forgotten
    }
}

/// Up to where a changelog has only records that its store has forgotten. Without I/O.
///
/// A mark is set from time to time: where the changelog ended, and the largest time that had been put by then. When that
/// time is forgotten, all before the mark is.
struct ChangelogTrim {
    /// How many marks are set in the time that a store keeps.
    static let marksPerRetention: Int64 = 16

    private var marks: [(end: Int64, latest: Int64)] = []

    /// The changelog ends there; gives the offset before which all is forgotten, if there is a new one.
    mutating func note(end: Int64, _ times: RetainedTimes) -> Int64? {
        let gap = times.latest.saturatingSubtract(times.forgotten) / Self.marksPerRetention
        if let last = marks.indices.last, marks[last].latest >= times.latest {
            marks[last].end = end
        } else if marks.last.map({ times.latest.saturatingSubtract($0.latest) >= gap }) ?? true {
            marks.append((end, times.latest))
        }
        let count = marks.prefix { $0.latest <= times.forgotten }.count
        guard count > 0 else { return nil }
        defer { marks.removeFirst(count) }
        return marks[count - 1].end
    }
}
