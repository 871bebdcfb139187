import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension PartitionLog {
    /// Gives the batch its offsets and its latest time and writes it to the active segment, of which a new one is begun
    /// if need be. Returns the header as written.
    ///
    /// The records are written from where they are: the header is copied, patched and followed by the rest of the batch
    /// in one gathering write. If that fails the file is cut back and the state is as before.
    func write(_ batch: IncomingBatch, now: Int64, to state: inout State) throws -> RecordBatchHeader {
        let records = Int64(batch.header.lastOffsetDelta) + 1
        guard let endOffset = state.endOffset.checkedAdd(records) else {
            throw PartitionLogError(
                .unknownServerError, "\(topicPartition): there are no offsets left after \(state.endOffset)")
        }
        let stamp = Stamp(
            offset: state.endOffset, batch: batch,
            logAppendTime: state.configuration.messageTimestampType == .logAppendTime ? now : nil)
        if state.active.isFull(
            adding: batch.bytes.count, lastOffset: endOffset - 1, maxTimestamp: stamp.maxTimestamp, now: now,
            configuration: state.configuration)
        {
            try roll(&state, now: now)
        }
        if state.needsTruncation {
            try state.active.file.truncate(to: state.active.size)
            state.needsTruncation = false
        }
        let header: RecordBatchHeader
        do {
            header = try Self.write(batch.bytes, stamp, to: state.active)
        } catch {
            state.needsTruncation = (try? state.active.file.truncate(to: state.active.size)) == nil
            throw error
        }
        state.active.note(header, interval: state.configuration.indexIntervalBytes)
        state.unsyncedRecords = state.unsyncedRecords.saturatingAdd(records)
        state.unsyncedSince = state.unsyncedSince ?? now
        state.endOffset = endOffset
        return header
    }

    private static func write(
        _ batch: Bytes, _ stamp: Stamp, to segment: borrowing LogSegment
    ) throws -> RecordBatchHeader {
        let size = RecordBatchHeader.size
        return try batch.withUnsafeBytes { source in
            try withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { patch in
                try withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
                    let rest = UnsafeRawBufferPointer(rebasing: source[size...])
                    patch.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<size]))
                    stamp.apply(to: patch, rest: rest)
                    vectors.initializeElement(at: 0, to: iovec(iov_base: patch.baseAddress, iov_len: patch.count))
                    vectors.initializeElement(
                        at: 1,
                        to: iovec(iov_base: UnsafeMutableRawPointer(mutating: rest.baseAddress), iov_len: rest.count))
                    try segment.file.write(vectors, count: source.count, at: segment.size)
                    return try RecordBatchHeader(parsing: UnsafeRawBufferPointer(patch))
                }
            }
        }
    }

    /// Closes the active segment and begins a new one: the indexes and the producers' state are saved. If that fails
    /// the old segment stays the active one.
    func roll(_ state: inout State, now: Int64) throws {
        let base = state.endOffset
        if state.needsTruncation {
            try state.active.file.truncate(to: state.active.size)
            state.needsTruncation = false
        }
        try saveSidecars(state, segment: state.segments.count - 1, sync: false)
        // The file comes before the snapshot, so that a snapshot without one is a sign that the segment was lost.
        let file = try LogFile(path: directory.path(.log, base), create: true, truncate: true, faults: directory.faults)
        do {
            try directory.replace(directory.path(.snapshot, base), with: state.producers.snapshot, sync: false)
        } catch {
            try directory.remove(file.path)
            throw error
        }
        state.segments.append(LogSegment(base: base, file: file, createdAt: now))
        state.hasNewFiles = true
    }

    /// Writes the index files of a segment.
    func saveSidecars(_ state: borrowing State, segment place: Int, sync: Bool) throws {
        let base = state.segments[place].base
        let markers = base..<max(state.endOffset(ofSegment: place), base)
        let aborted = state.aborted.filter { markers.contains($0.lastOffset) }
        try directory.saveSidecars(of: state.segments[place], aborted: aborted, sync: sync)
    }
}

extension LogDirectory {
    /// Writes the index files of a segment in which transactions were `aborted`.
    func saveSidecars(of segment: borrowing LogSegment, aborted: [AbortedTransaction], sync: Bool) throws {
        try replace(path(.index, segment.base), with: segment.index.offsetFile, sync: sync)
        try replace(path(.timeindex, segment.base), with: segment.index.timeFile, sync: sync)
        try replace(path(.txnindex, segment.base), with: AbortedTransaction.file(aborted), sync: sync)
    }

    /// The checksum of the index files of the segment at `base` and of the snapshot at `end`, as they are; nil if one is
    /// missing.
    func sidecarsChecksum(_ base: Int64, end: Int64) throws -> UInt32? {
        var crc: UInt32 = 0
        for path in [path(.index, base), path(.timeindex, base), path(.txnindex, base), path(.snapshot, end)] {
            guard let file = try read(path) else { return nil }
            crc = CRC32C.checksum(file, continuing: crc)
        }
        return crc
    }
}

/// What the broker puts into the header of a batch that it appends.
private struct Stamp {
    let offset: Int64
    let isLogAppendTime: Bool
    let maxTimestamp: Int64
    /// Whether the header has these times already, so that its checksum stays.
    private let isTimeKept: Bool

    init(offset: Int64, batch: IncomingBatch, logAppendTime: Int64?) {
        self.offset = offset
        isLogAppendTime = logAppendTime != nil
        maxTimestamp = logAppendTime ?? batch.maxTimestamp
        isTimeKept = logAppendTime == nil && batch.header.maxTimestamp == batch.maxTimestamp
    }

    func apply(to header: UnsafeMutableRawBufferPointer, rest: UnsafeRawBufferPointer) {
        header.storeBytes(of: offset.bigEndian, as: Int64.self)
        header.storeBytes(
            of: PartitionLog.leaderEpoch.bigEndian, toByteOffset: BatchField.partitionLeaderEpoch, as: Int32.self)
        guard !isTimeKept else { return }
        if isLogAppendTime { header[BatchField.attributes + 1] |= UInt8(RecordBatchHeader.Attribute.logAppendTime) }
        header.storeBytes(of: maxTimestamp.bigEndian, toByteOffset: BatchField.maxTimestamp, as: Int64.self)
        let checked = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(header)[BatchField.attributes...])
        let crc = CRC32C.checksum(rest, continuing: CRC32C.checksum(checked))
        header.storeBytes(of: crc.bigEndian, toByteOffset: BatchField.crc, as: UInt32.self)
    }
}
