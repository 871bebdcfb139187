internal import KafkaProtocol

/// How one partition's log keeps its records: the topic's settings as far as they concern the files.
struct LogConfiguration: Sendable, Equatable {
    /// What happens to old segments (`cleanup.policy`).
    struct CleanupPolicy: OptionSet, Sendable, Hashable {
        let rawValue: Int
        /// Segments past the retention time or size are deleted.
        static let delete = CleanupPolicy(rawValue: 1)
        /// Only the last record of each key is kept.
        static let compact = CleanupPolicy(rawValue: 2)
    }

    /// Which time a record carries (`message.timestamp.type`).
    enum TimestampType: Sendable { case createTime, logAppendTime }

    /// A segment that would grow beyond this many bytes is closed and a new one begun.
    var segmentBytes = 1 << 30
    /// A segment whose records span more than this many milliseconds is closed and a new one begun.
    var segmentMs: Int64 = 7 * 24 * 3_600_000
    /// An index entry is written after at least this many bytes.
    var indexIntervalBytes = 4096
    /// How long, in milliseconds, a segment is kept after its last record; negative keeps it for ever.
    var retentionMs: Int64 = 7 * 24 * 3_600_000
    /// How many bytes are kept at least before old segments go; negative sets no limit.
    var retentionBytes: Int64 = -1
    var cleanupPolicy: CleanupPolicy = .delete
    /// How long, in milliseconds, a compacted log keeps tombstones and transaction markers.
    var deleteRetentionMs: Int64 = 24 * 3_600_000
    /// The share of not yet compacted bytes from which compaction is worth its while.
    var minCleanableDirtyRatio = 0.5
    /// Records younger than this many milliseconds are not compacted.
    var minCompactionLagMs: Int64 = 0
    /// How many distinct keys one compaction pass looks at, which bounds its memory (32 bytes each at most).
    var maxCompactionKeys = 4 << 20
    /// The largest batch accepted, in bytes.
    var maxMessageBytes = 1_048_588
    /// The most bytes that the records of a batch may have once they are decompressed.
    var decompressionLimit = RecordBatch.decompressionLimit
    /// After this many records the file is synced before the append returns.
    var flushMessages: Int64 = .max
    /// Records are synced after at most this many milliseconds, if `maintain(now:)` is called that often.
    var flushMs: Int64 = .max
    var messageTimestampType: TimestampType = .createTime
    /// How much earlier and later than the broker's time, in milliseconds, a record's own time may be
    /// (`message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`).
    var timestampBeforeMaxMs: Int64 = .max
    var timestampAfterMaxMs: Int64 = .max
    /// An idempotent producer that is idle for longer is forgotten.
    var producerIdExpirationMs: Int64 = 24 * 3_600_000

    init() {}
}
