import KafkaProtocol
import Synchronization

extension PartitionLog {
    /// What was read, and where the log's limits were.
    struct ReadResult: Sendable {
        /// Whole batches in one buffer. The first may begin before the offset asked for, if it contains it; a
        /// compacted log may have nothing at the offset, then the first begins after it.
        var records = Bytes()
        var highWatermark: Int64
        var lastStableOffset: Int64
        var logStartOffset: Int64
        /// For readers of committed data: the aborted transactions that have data in `records`.
        var abortedTransactions: [AbortedTransaction] = []
    }

    /// What a read needs to know, so that it can do without the lock.
    private struct Plan {
        var file: LogFile
        var position: Int
        var end: Int
        /// The next segment's first offset, if there is one.
        var next: Int64?
        /// Records from here on are not for this reader.
        var limit: Int64
        /// Whether compaction may have left nothing at the offset.
        var allowsGap: Bool
        var aborted: [AbortedTransaction]
        var result: ReadResult
    }

    /// Reads whole batches from the one that holds `offset`, at most `maxBytes` of them, from one segment.
    ///
    /// With `minOneBatch` the first batch comes even if it is larger. Readers of committed data get nothing from the
    /// first open transaction on. At the end of the log there is nothing, and no error.
    ///
    /// Throws `offsetOutOfRange` before the log's start and beyond its end, `corruptMessage` if the file is damaged,
    /// `kafkaStorageError` if it cannot be read.
    func read(
        from offset: Int64, maxBytes: Int, isolation: Isolation = .readUncommitted, minOneBatch: Bool = true
    ) throws -> ReadResult {
        var plan = try state.withLock { try self.plan(offset, isolation, $0, strict: true) }
        guard offset < plan.limit else { return plan.result }
        while true {
            if let found = try findBatches(plan, offset, maxBytes, minOneBatch) {
                plan.result.records = found.records
                if isolation == .readCommitted, !plan.aborted.isEmpty, found.nextOffset > offset {
                    plan.result.abortedTransactions = plan.aborted.overlapping(offset..<found.nextOffset)
                }
                return plan.result
            }
            guard let next = plan.next, next < plan.limit else { return plan.result }
            let (limit, result) = (plan.limit, plan.result)
            plan = try state.withLock { try self.plan(max(offset, next), isolation, $0, strict: false) }
            (plan.limit, plan.result) = (limit, result)
        }
    }

    private func plan(
        _ offset: Int64, _ isolation: Isolation, _ state: borrowing State, strict: Bool
    ) throws -> Plan {
        try checkOpen(state)
        let stable = state.lastStableOffset
        if strict, offset < state.logStartOffset || offset > state.endOffset {
            throw PartitionLogError(
                .offsetOutOfRange,
                "\(topicPartition): offset \(offset), there are \(state.logStartOffset) to \(state.endOffset)")
        }
        let place = state.segmentIndex(for: offset)
        return state.withSegment(place) { segment in
            Plan(
                file: segment.file, position: segment.index.position(before: offset - segment.base), end: segment.size,
                next: place + 1 < state.segments.count ? state.segments[place + 1].base : nil,
                limit: isolation == .readCommitted ? stable : state.endOffset,
                allowsGap: offset < state.checkpoint.compactedTo,
                aborted: isolation == .readCommitted ? state.aborted : [],
                result: ReadResult(
                    highWatermark: state.endOffset, lastStableOffset: stable, logStartOffset: state.logStartOffset))
        }
    }

    /// The batches in the plan's segment from the one that holds `offset` or follows it; nil if there are none.
    private func findBatches(
        _ plan: Plan, _ offset: Int64, _ maxBytes: Int, _ minOneBatch: Bool
    ) throws -> BatchWindow.Found? {
        var position = plan.position
        var allowsGap = plan.allowsGap || position == 0
        // The index leads to a few kilobytes before the batch.
        var wanted = max(maxBytes, RecordBatchHeader.size).saturatingAdd(8192)
        while position < plan.end {
            let bytes = try plan.file.read(min(wanted, plan.end - position), at: position)
            let window = BatchWindow(
                offset: offset, limit: plan.limit, maxBytes: maxBytes, minOneBatch: minOneBatch, allowsGap: allowsGap)
            switch window.look(at: bytes) {
            case .found(let found):
                return found
            case .nothingMore:
                return BatchWindow.Found(records: Bytes(), nextOffset: offset)
            case .passed(let count):
                guard count <= plan.end - position else { throw damaged(plan, position) }
                position += count
                wanted = max(maxBytes, RecordBatchHeader.size).saturatingAdd(8192)
            case .needs(let count, let passed):
                guard passed + count <= plan.end - position else { throw damaged(plan, position + passed) }
                position += passed
                wanted = max(count, maxBytes)
            case .gap:
                // The index leads too far, or there is nothing: so it shows from the front.
                allowsGap = true
                position = 0
            case .damaged(let at):
                // An index entry that leads astray costs a scan from the front, not the data.
                guard position == plan.position, position > 0, at == 0 else { throw damaged(plan, position + at) }
                position = 0
            }
        }
        return nil
    }

    private func damaged(_ plan: Plan, _ position: Int) -> PartitionLogError {
        PartitionLogError(
            .corruptMessage, "\(topicPartition): no record batch at byte \(position) of \(plan.file.path)")
    }
}

extension PartitionLog.State {
    /// Calls `body` with a segment in place, without a copy of its index.
    borrowing func withSegment<Result>(_ place: Int, _ body: (borrowing LogSegment) throws -> Result) rethrows -> Result {
        try body(segments[place])
    }
}

extension [AbortedTransaction] {
    /// Those with data in `range`; `self` is in the order of the markers.
    func overlapping(_ range: Range<Int64>) -> [AbortedTransaction] {
        var found: [AbortedTransaction] = []
        for transaction in self[partitioningIndex { $0.lastOffset >= range.lowerBound }...] {
            if transaction.firstOffset < range.upperBound { found.append(transaction) }
            // All that follow began after this point.
            if transaction.lastStableOffset >= range.upperBound { break }
        }
        return found
    }
}
