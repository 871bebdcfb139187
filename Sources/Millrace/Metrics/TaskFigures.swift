import KafkaClient
import KafkaProtocol
import MillraceMetrics

/// What is known of the work of a task in its present life, as of its last turn.
struct TaskFigures: Sendable {
    /// An input, by its topic.
    struct Input: Sendable {
        var partition: Int32
        /// The source step.
        var step: String
        var isInternal: Bool
        var records: Int64 = 0
        var bytes: Int64 = 0
        /// The offset after the last record processed, and that of the partition's end as far as it is known.
        var position: Int64 = 0
        var end: Int64?
        /// The largest event time processed; -1 before the first record.
        var time: Int64 = -1
        var latency = DistributionMeter()
        var latencyRange = WindowedStat()
        var rate = WindowedStat()

        var lag: Int64? { end.map { max(0, $0.saturatingSubtract(position)) } }
    }

    /// A topic that the task writes.
    struct Output: Sendable {
        var records: Int64 = 0
        var bytes: Int64 = 0
        var batches: Int64 = 0
        var latency = DistributionMeter()
        var latencyRange = WindowedStat()
        var rate = WindowedStat()
    }

    /// What a store takes.
    struct StoreSize: Sendable {
        var rows: Int
        /// Of rows on disk, those that are in memory as well.
        var memoryBytes: Int?
        var isOnDisk: Bool
        /// Since the task began; nil if no updates are held back.
        var cacheUse: CacheUse?
    }

    /// The calls of an asynchronous step.
    struct Calls: Sendable {
        /// Records that have come and were not handed on, and calls that have timed out and have not ended.
        var inFlight = 0
        var overdue = 0
        /// Calls that have ended, and the milliseconds that they have taken together.
        var calls: Int64 = 0
        var milliseconds: Int64 = 0
        var retries: Int64 = 0
        /// Records whose attempts have all failed.
        var failures: Int64 = 0
        /// Milliseconds of calls.
        var time = WindowedStat()

        /// It is so far by now.
        mutating func note(_ new: Calls, at now: Int64) {
            let (calls, time) = (new.calls - calls, new.milliseconds - milliseconds)
            var stat = self.time
            if calls > 0 { stat.note(Double(time) / Double(calls), times: calls, at: now) }
            self = new
            self.time = stat
        }
    }

    /// By step.
    var calls: [String: Calls] = [:]
    /// By name, as of the last commit.
    var stores: [String: StoreSize] = [:]
    /// By store, which part of the updates met one of the same row that was held back.
    var hitRatios: [String: WindowedStat] = [:]
    var inputs: [String: Input] = [:]
    var outputs: [String: Output] = [:]
    var dropped = DroppedRecords()
    var bad: Int64 = 0
    var streamTime: Int64 = -1
    var commits: Int64 = 0
    var punctuations: Int64 = 0
    var polls: Int64 = 0
    /// Milliseconds of each turn that has processed records, and of the records in it.
    var turnTime = WindowedStat()
    var recordTime = WindowedStat()
    var commitTime = WindowedStat()
    var punctuateTime = WindowedStat()
    var pollTime = WindowedStat()
    var recordsPerTurn = WindowedStat()
    var batchBytes = WindowedStat()
    var droppedRate = WindowedStat()

    /// Records processed of the topics that the topology reads, without its own repartition topics.
    var processed: Int64 { inputs.values.reduce(0) { $1.isInternal ? $0 : $0 + $1.records } }
    /// Records processed of the topology's own repartition topics.
    var processedInternal: Int64 { inputs.values.reduce(0) { $1.isInternal ? $0 + $1.records : $0 } }
    /// Records known to be still to come.
    var lag: Int64 { inputs.values.reduce(0) { $0.saturatingAdd($1.lag ?? 0) } }
}
