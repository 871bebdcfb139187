import KafkaProtocol
import Synchronization

extension PartitionLog {
    /// Deletes segments from the front that are too old or more than the log may have, by its settings, and those
    /// before the log's start.
    ///
    /// Throws `kafkaStorageError` if files cannot be removed; they are then before the log's start and go next time.
    func applyRetention(now: Int64) throws {
        try maintenance.withLock { _ in
            let (moved, waiters) = try state.withLock { state -> (Bool, [@Sendable () -> Void]) in
                try checkOpen(state)
                let count = state.expired(now: now)
                guard count > 0 else { return (false, []) }
                if count == state.segments.count { try roll(&state, now: now) }
                return (true, state.moveStart(to: state.segments[count].base))
            }
            if moved { try saveCheckpoint(sync: false) }
            for notify in waiters { notify() }
            try removePassedSegments()
        }
    }

    /// Gives up the records before `offset`, or all if it is -1; returns the log's new start.
    ///
    /// The start is remembered; files go as soon as all of their records are given up. Throws `offsetOutOfRange` for an
    /// offset beyond the high watermark.
    @discardableResult
    func deleteRecords(before offset: Int64) throws -> Int64 {
        let (start, moved, waiters) = try state.withLock { state in
            try checkOpen(state)
            let target = offset == -1 ? state.endOffset : offset
            guard target >= 0, target <= state.endOffset else {
                throw PartitionLogError(
                    .offsetOutOfRange,
                    "\(topicPartition): records before \(offset) cannot be deleted, the log ends at \(state.endOffset)")
            }
            let moved = target > state.logStartOffset
            let waiters = moved ? state.moveStart(to: target) : []
            return (state.logStartOffset, moved, waiters)
        }
        if moved { try saveCheckpoint(sync: false) }
        for notify in waiters { notify() }
        // While a compaction is at work, the next maintenance removes them.
        _ = try maintenance.withLockIfAvailable { _ in try removePassedSegments() }
        return start
    }

    /// Removes the segments all of whose records lie before the log's start. Called with `maintenance` held.
    private func removePassedSegments() throws {
        let passed = state.withLock { state in
            let count = state.segments.dropFirst().prefix { $0.base <= state.logStartOffset }.count
            let passed = state.segments.prefix(count).map(\.base)
            state.segments.removeFirst(count)
            return passed
        }
        for base in passed { try directory.removeSegment(base) }
    }
}

extension PartitionLog.State {
    /// How many segments at the front are to go, by age and size.
    fileprivate func expired(now: Int64) -> Int {
        guard configuration.cleanupPolicy.contains(.delete) else { return 0 }
        var count = 0
        if configuration.retentionMs >= 0 {
            let limit = now.saturatingSubtract(configuration.retentionMs)
            count = segments.prefix { $0.size > 0 && $0.latestTimestamp < limit }.count
        }
        if configuration.retentionBytes >= 0 {
            var excess = segments.reduce(0) { $0 + Int64($1.size) } - configuration.retentionBytes
            let bySize = segments.prefix { segment in
                excess -= Int64(segment.size)
                return segment.size > 0 && excess >= 0
            }
            count = max(count, bySize.count)
        }
        return count
    }

    /// Moves the log's start on; returns who is to be told.
    fileprivate mutating func moveStart(to offset: Int64) -> [@Sendable () -> Void] {
        checkpoint.logStartOffset = max(checkpoint.logStartOffset, offset)
        aborted.removeFirst(aborted.partitioningIndex { $0.lastOffset >= checkpoint.logStartOffset })
        // The last stable offset may have moved with it, and readers behind the start have to learn of it.
        return takeAllWaiters()
    }
}
