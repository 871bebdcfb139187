import KafkaProtocol
import Synchronization

/// The records of one partition on disk: segments with indexes, the state of its idempotent and transactional
/// producers, and what is needed to come back after a crash.
///
/// What an append has acknowledged is in the file (it survives the end of the process), and on the disk when the
/// segment is closed by `maintain`, on `flush` and on `close`. All calls are synchronous and may come from any thread;
/// reading and checking of batches happen outside of the lock, writing inside.
///
/// Every error is a `PartitionLogError`, and the log is usable after it.
final class PartitionLog: Sendable {
    let topicPartition: TopicPartition
    let directory: LogDirectory
    let state: Mutex<State>
    /// Held by what removes or replaces segments, so that only one does.
    let maintenance = Mutex(())
    /// Held while the checkpoint file is written.
    let checkpointFile = Mutex(())
    /// Where remarkable events are told.
    let report: @Sendable (String) -> Void

    /// The epoch of the only leader there is, which every batch is stamped with.
    static let leaderEpoch: Int32 = 0

    struct State: Sendable {
        var configuration: LogConfiguration
        /// In order of their offsets, never empty. The last one is the active one.
        var segments: [LogSegment]
        var checkpoint: LogCheckpoint
        /// The offset of the next record.
        var endOffset: Int64
        var producers: ProducerTable
        /// In order of their markers.
        var aborted: [AbortedTransaction]
        var waiters = Waiters()
        /// How many records were appended since the last sync, and when the first of them was.
        var unsyncedRecords: Int64 = 0
        var unsyncedSince: Int64?
        /// How many markers were written since the log was opened.
        var markerCount = 0
        /// Whether files were made whose names may not be on the disk.
        var hasNewFiles = false
        /// Whether a failed write may have left bytes behind the end of the active segment.
        var needsTruncation = false
        /// The checkpoint on the disk if the log was found closed: as long as the log does not change, it needs no other.
        var cleanCheckpoint: LogCheckpoint?
        var isClosed = false

        var logStartOffset: Int64 { checkpoint.logStartOffset }

        /// Everything before it is decided: no open transaction begins there.
        var lastStableOffset: Int64 {
            max(min(producers.firstOpenOffset ?? endOffset, endOffset), checkpoint.logStartOffset)
        }

        var active: LogSegment {
            get { segments[segments.count - 1] }
            _modify { yield &segments[segments.count - 1] }
        }

        /// The place of the segment that holds `offset`, or of the first one if it lies before.
        func segmentIndex(for offset: Int64) -> Int {
            max(segments.partitioningIndex { $0.base > offset } - 1, 0)
        }

        /// The offset after the last one that belongs to the segment at `index`.
        func endOffset(ofSegment index: Int) -> Int64 {
            index + 1 < segments.count ? segments[index + 1].base : endOffset
        }
    }

    /// Opens the log in `directory`, which is made if it is not there, and repairs what a crash has left.
    ///
    /// `now` is the time in milliseconds since 1970. `report` is told what had to be repaired, what cannot be read, and
    /// what is missing; a log that `isNew` may miss everything.
    init(
        directory path: String, topicPartition: TopicPartition, configuration: LogConfiguration, isNew: Bool = false,
        checks: LogRecovery.Checks = .whatACrashLeaves, now: Int64, faults: LogFaults = .none,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.topicPartition = topicPartition
        self.report = report
        directory = LogDirectory(path: path, faults: faults)
        var recovery = LogRecovery(
            directory: directory, configuration: configuration, checks: checks, now: now, name: "\(topicPartition)",
            report: report)
        state = Mutex(try recovery.run(isNew: isNew))
    }

    /// The first offset that readers can have.
    var logStartOffset: Int64 { state.withLock { $0.logStartOffset } }

    /// The offset after the last record: there are no replicas to wait for.
    var highWatermark: Int64 { state.withLock { $0.endOffset } }

    /// The offset up to which every transaction is decided; readers of committed data get no further.
    var lastStableOffset: Int64 { state.withLock { $0.lastStableOffset } }

    /// How many transactions were ended here since the log was opened.
    var markerCount: Int { state.withLock { $0.markerCount } }

    /// The bytes in all segments.
    var sizeInBytes: Int64 { state.withLock { $0.segments.reduce(0) { $0 + Int64($1.size) } } }

    /// The latest settings.
    var configuration: LogConfiguration {
        get { state.withLock { $0.configuration } }
        set { state.withLock { $0.configuration = newValue } }
    }

    /// The producers the log knows, for DescribeProducers and for finding transactions that hang.
    var producers: [ProducerState] { state.withLock { Array($0.producers.producers.values) } }

    /// An error if the log was closed.
    func checkOpen(_ state: borrowing State) throws {
        guard !state.isClosed else {
            throw PartitionLogError(.notLeaderOrFollower, "\(topicPartition): the log is closed")
        }
    }
}
