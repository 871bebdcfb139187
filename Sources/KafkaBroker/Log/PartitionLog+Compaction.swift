import KafkaProtocol
import Synchronization

extension PartitionLog {
    /// Keeps only the last record of each key in the closed segments, if enough of them is new since the last time
    /// (`min.cleanable.dirty.ratio`) or with `force`. Tombstones and transaction markers are dropped after
    /// `delete.retention.ms`, data of aborted transactions at once; offsets stay. Returns whether anything was done.
    ///
    /// Appends and reads go on meanwhile. Segments are replaced one by one, each at a stroke; after a crash the next
    /// opening undoes or completes what was under way. Throws `kafkaStorageError`; the log is then as before.
    @discardableResult
    func compact(now: Int64, force: Bool = false) throws -> Bool {
        try maintenance.withLock { _ in
            // Recovery takes gaps in what was not yet synced for damage, so that has to come first.
            try flushClosedSegments()
            guard let job = try state.withLock({ try compactionJob($0, now: now, force: force) }) else { return false }
            try saveCheckpoint(sync: true)
            let (keys, end) = try lastOffsets(job)
            var cleaner = BatchCleaner(
                keys: keys, aborted: job.aborted, producers: job.producers, now: now,
                deleteRetentionMs: job.configuration.deleteRetentionMs)
            for group in job.groups(before: end) { try replace(group, job, &cleaner, now: now) }
            state.withLock { $0.checkpoint.compactedTo = max($0.checkpoint.compactedTo, end) }
            try saveCheckpoint(sync: true)
            return true
        }
    }

    /// What is to be compacted.
    private struct CompactionJob {
        var configuration: LogConfiguration
        /// The segments that may be compacted, from the start of the log, and where they end.
        var segments: [LogSegment]
        var end: Int64
        /// From here on keys were not yet looked at.
        var dirtyFrom: Int64
        var aborted: [AbortedTransaction]
        var producers: ProducerTable

        func endOffset(_ place: Int) -> Int64 { place + 1 < segments.count ? segments[place + 1].base : end }

        /// The segments before `offset` in groups that fit into one segment.
        func groups(before offset: Int64) -> [ArraySlice<LogSegment>] {
            var groups: [ArraySlice<LogSegment>] = []
            var start = 0
            var bytes = 0
            let count = segments.prefix { $0.base < offset }.count
            for place in 0..<count {
                let fits =
                    bytes + segments[place].size <= configuration.segmentBytes
                    && endOffset(place) - segments[start].base <= Int64(Int32.max)
                if place > start, !fits {
                    groups.append(segments[start..<place])
                    (start, bytes) = (place, 0)
                }
                bytes += segments[place].size
            }
            if start < count { groups.append(segments[start..<count]) }
            return groups
        }
    }

    private func compactionJob(_ state: borrowing State, now: Int64, force: Bool) throws -> CompactionJob? {
        try checkOpen(state)
        let configuration = state.configuration
        let limit = min(state.lastStableOffset, state.checkpoint.recoveryPoint)
        let lag = now.saturatingSubtract(configuration.minCompactionLagMs)
        var count = 0
        while count < state.segments.count - 1, state.segments[count + 1].base <= limit,
            configuration.minCompactionLagMs <= 0 || state.segments[count].latestTimestamp <= lag
        {
            count += 1
        }
        guard count > 0 else { return nil }
        let segments = Array(state.segments.prefix(count))
        let dirtyFrom = max(state.checkpoint.compactedTo, state.logStartOffset)
        let dirty = segments.indices.filter { state.segments[$0 + 1].base > dirtyFrom }
            .reduce(0) { $0 + segments[$1].size }
        let total = segments.reduce(0) { $0 + $1.size }
        let isWorthIt = dirty > 0 && Double(dirty) >= configuration.minCleanableDirtyRatio * Double(total)
        guard force || isWorthIt else { return nil }
        return CompactionJob(
            configuration: configuration, segments: segments, end: state.segments[count].base, dirtyFrom: dirtyFrom,
            aborted: state.aborted, producers: state.producers)
    }

    /// The last offset of each key in what was not yet looked at, and up to where that is: a whole number of segments,
    /// fewer than all if there are too many keys.
    private func lastOffsets(_ job: CompactionJob) throws -> (KeyOffsets, Int64) {
        var keys = KeyOffsets()
        let aborted = Dictionary(grouping: job.aborted, by: \.producerId)
        for (place, segment) in job.segments.enumerated() where job.endOffset(place) > job.dirtyFrom {
            var scanner = BatchScanner(file: segment.file, end: segment.size)
            while let item = try scanner.next() {
                guard !item.header.isControl, !BatchCleaner.isAborted(item.header, aborted) else { continue }
                do {
                    try note(try RecordBatch(try scanner.batch(item)), in: &keys)
                } catch let error as KafkaProtocolError {
                    report(
                        "\(topicPartition): compaction leaves the batch at \(item.header.baseOffset) alone: \(error)")
                }
            }
            if keys.count >= job.configuration.maxCompactionKeys { return (keys, job.endOffset(place)) }
        }
        return (keys, job.end)
    }

    private func note(_ batch: RecordBatch, in keys: inout KeyOffsets) throws {
        try batch.validateChecksum()
        var records = try batch.records()
        while let record = try records.nextPosition() {
            guard record.keyCount >= 0 else { continue }
            let hash = records.payload[record.keyStart..<record.keyStart + record.keyCount].withUnsafeBytes {
                KeyOffsets.Hash($0)
            }
            keys.note(hash, offset: record.offset)
        }
    }

    /// Writes what is kept of a group of segments into one, and puts that in their place.
    private func replace(
        _ group: ArraySlice<LogSegment>, _ job: CompactionJob, _ cleaner: inout BatchCleaner, now: Int64
    ) throws {
        guard let first = group.first else { return }
        let path = directory.path(.cleaned, first.base)
        let file = try LogFile(path: path, create: true, truncate: true, faults: directory.faults)
        var cleaned = LogSegment(base: first.base, file: file, createdAt: first.createdAt)
        var output = ByteWriter(capacity: 1 << 20)
        for segment in group { try copy(segment, job, &cleaner, into: &cleaned, &output) }
        try write(&output, to: cleaned)
        let replaced = group.map(\.base)
        if cleaned.size == 0 {
            try directory.remove(path)
            for base in replaced { try directory.removeSegment(base) }
        } else {
            try file.sync()
            try directory.rename(path, directory.path(.swap, first.base))
            try directory.completeSwap(first.base, replacing: Array(replaced.dropFirst()))
            try directory.saveSidecars(of: cleaned, aborted: [], sync: true)
        }
        cleaned.isSynced = true
        state.withLock { state in
            guard let place = state.segments.firstIndex(where: { $0.base == first.base }) else { return }
            let range = place..<place + replaced.count
            let markers = first.base..<state.endOffset(ofSegment: range.upperBound - 1)
            state.segments.replaceSubrange(range, with: cleaned.size > 0 ? [cleaned] : [])
            // Their data is gone; were they still listed, a reader would wait for markers that may be gone, too.
            state.aborted.removeAll { markers.contains($0.lastOffset) }
        }
    }

    private func copy(
        _ segment: LogSegment, _ job: CompactionJob, _ cleaner: inout BatchCleaner, into cleaned: inout LogSegment,
        _ output: inout ByteWriter
    ) throws {
        var scanner = BatchScanner(file: segment.file, end: segment.size)
        while let item = try scanner.next() {
            let bytes = try scanner.batch(item)
            let outcome: BatchCleaner.Outcome
            do {
                // Written anew, a damaged batch would pass for a good one.
                try RecordBatch(bytes).validateChecksum()
                outcome = try cleaner.clean(item.header, bytes)
            } catch is KafkaProtocolError {
                cleaner.keepUnread(item.header)
                outcome = .keep
            }
            let kept: Bytes
            switch outcome {
            case .drop: continue
            case .keep: kept = bytes
            case .replace(let new): kept = new
            }
            cleaned.note(try RecordBatchHeader(parsing: kept), interval: job.configuration.indexIntervalBytes)
            output.write(raw: kept)
            if output.count >= 1 << 20 { try write(&output, to: cleaned) }
        }
    }

    /// Writes what is collected to the end of the file, which is included in the segment's size already.
    private func write(_ output: inout ByteWriter, to segment: borrowing LogSegment) throws {
        let count = output.count
        try output.withUnsafeBytes { try segment.file.write($0, at: segment.size - count) }
        output.removeAll()
    }
}
