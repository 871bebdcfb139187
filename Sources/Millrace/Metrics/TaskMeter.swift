import KafkaClient
import KafkaProtocol
import MillraceMetrics
import Synchronization

/// Counts what a task does: some numbers a turn, batch and commit, nothing for a record.
final class TaskMeter: Sendable {
    private let figures = Mutex(TaskFigures())

    /// The figures as of the last turn.
    var current: TaskFigures { figures.withLock { $0 } }

    /// What a turn has come to.
    struct Turn {
        /// Milliseconds by the client's clock: when it began, when its records were taken over, processed, and schedules by the wall
        /// clock called.
        var began: Int64
        var polled: Int64
        var processed: Int64
        var ended: Int64
        var wallClock: Int64
        var records: Int
        var hasPunctuated: Bool
    }

    /// A turn of `core` has ended.
    func note(_ turn: Turn, _ core: TaskCore) { figures.withLock { $0.note(turn, core) } }

    /// These batches are to be sent.
    func note(_ batches: [PreparedBatch], at now: Int64, wallClock: Int64) {
        guard !batches.isEmpty else { return }
        figures.withLock { $0.note(batches, at: now, wallClock: wallClock) }
    }

    /// Stores take so much, as of a commit.
    func note(_ sizes: [String: TaskFigures.StoreSize], at now: Int64) { figures.withLock { $0.note(sizes, at: now) } }

    /// A commit has taken so many milliseconds.
    func noteCommit(took time: Int64, at now: Int64) {
        figures.withLock { figures in
            figures.commits += 1
            figures.commitTime.note(Double(time), at: now)
        }
    }
}

extension TaskFigures {
    fileprivate mutating func note(_ sizes: [String: StoreSize], at now: Int64) {
        for (store, size) in sizes {
            guard let use = size.cacheUse else { continue }
            let before = stores[store]?.cacheUse ?? CacheUse()
            let (updates, hits) = (use.updates &- before.updates, use.hits &- before.hits)
            if updates > 0 {
                hitRatios[store, default: WindowedStat()].note(Double(hits) / Double(updates), times: Int64(updates), at: now)
            }
        }
        stores = sizes
    }

    fileprivate mutating func note(_ turn: TaskMeter.Turn, _ core: TaskCore) {
        let now = turn.ended
        polls += 1
        pollTime.note(Double(turn.polled - turn.began), at: now)
        if turn.hasPunctuated {
            punctuations += 1
            punctuateTime.note(Double(turn.ended - turn.processed), at: now)
        }
        if turn.records > 0 {
            let time = Double(turn.processed - turn.polled)
            turnTime.note(time, at: now)
            recordTime.note(time / Double(turn.records), times: Int64(turn.records), at: now)
            recordsPerTurn.note(Double(turn.records), at: now)
        }
        let task = core.task
        let left = task.dropped.total - dropped.total
        if left > 0 { droppedRate.note(1, times: left, at: now) }
        dropped = task.dropped
        bad = task.badRecords
        streamTime = task.streamTime
        for step in task.context.asyncSteps { calls[step.name, default: Calls()].note(step.figures, at: now) }
        for index in task.inputs.indices { note(task.inputs[index], core, turn) }
    }

    private mutating func note(_ input: TaskInput, _ core: TaskCore, _ turn: TaskMeter.Turn) {
        let partition = input.topicPartition
        inputs[
            partition.topic,
            default: Input(
                partition: partition.partition, step: core.task.sources[partition.topic] ?? "", isInternal: input.isInternal)
        ].note(input, end: core.endOffset(of: partition), turn)
    }

    fileprivate mutating func note(_ batches: [PreparedBatch], at now: Int64, wallClock: Int64) {
        for batch in batches {
            let records = Int64(batch.recordCount)
            outputs[batch.topicPartition.topic, default: Output()].note(
                records, Int64(batch.sizeInBytes), latency: streamTime >= 0 ? wallClock.saturatingSubtract(streamTime) : nil, at: now)
            batchBytes.note(Double(batch.sizeInBytes), at: now)
        }
    }
}

extension TaskFigures.Input {
    fileprivate mutating func note(_ input: TaskInput, end known: Int64?, _ turn: TaskMeter.Turn) {
        let fresh = input.processed - records
        if fresh > 0 {
            rate.note(1, times: fresh, at: turn.ended)
            if input.partitionTime >= 0 {
                let age = max(0, turn.wallClock.saturatingSubtract(input.partitionTime))
                latency.note(age, times: fresh, at: turn.ended)
                latencyRange.note(Double(age), times: fresh, at: turn.ended)
            }
        }
        records = input.processed
        bytes = input.takenBytes
        position = input.position
        end = known
        time = input.partitionTime
    }
}

extension TaskFigures.Output {
    fileprivate mutating func note(_ count: Int64, _ size: Int64, latency time: Int64?, at now: Int64) {
        records += count
        bytes += size
        batches += 1
        rate.note(1, times: count, at: now)
        guard let time else { return }
        latency.note(max(0, time), times: count, at: now)
        latencyRange.note(Double(max(0, time)), times: count, at: now)
    }
}
