import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension PartitionLog {
    /// Gives the batches their offsets and writes them to the active segment, of which a new one is begun if need be.
    /// Returns the headers as written.
    ///
    /// The records are written from where they are: each header is copied, patched and followed by the rest of its
    /// batch in one gathering write. If that fails the file is cut back and the state is as before.
    func write(
        _ batches: ArraySlice<IncomingBatch>, of records: Bytes, now: Int64, to state: inout State
    ) throws -> [RecordBatchHeader] {
        var bytes = 0
        var endOffset = state.endOffset
        var maxTimestamp: Int64 = -1
        for batch in batches {
            bytes += batch.range.count
            endOffset += Int64(batch.header.lastOffsetDelta) + 1
            maxTimestamp = max(maxTimestamp, batch.header.maxTimestamp)
        }
        let logAppendTime = state.configuration.messageTimestampType == .logAppendTime ? now : nil
        if state.active.isFull(
            adding: bytes, lastOffset: endOffset - 1, maxTimestamp: logAppendTime ?? maxTimestamp, now: now,
            configuration: state.configuration)
        {
            try roll(&state, now: now)
        }
        if state.needsTruncation {
            try state.active.file.truncate(to: state.active.size)
            state.needsTruncation = false
        }
        let headers: [RecordBatchHeader]
        do {
            headers = try Self.gather(
                batches, of: records, from: state.endOffset, logAppendTime: logAppendTime, count: bytes,
                into: state.active)
        } catch {
            state.needsTruncation = (try? state.active.file.truncate(to: state.active.size)) == nil
            throw error
        }
        for header in headers { state.active.note(header, interval: state.configuration.indexIntervalBytes) }
        state.unsyncedRecords += endOffset - state.endOffset
        state.unsyncedSince = state.unsyncedSince ?? now
        state.endOffset = endOffset
        return headers
    }

    private static func gather(
        _ batches: ArraySlice<IncomingBatch>, of records: Bytes, from baseOffset: Int64, logAppendTime: Int64?,
        count: Int, into segment: borrowing LogSegment
    ) throws -> [RecordBatchHeader] {
        let size = RecordBatchHeader.size
        return try records.withUnsafeBytes { source in
            try withUnsafeTemporaryAllocation(byteCount: batches.count * size, alignment: 8) { patches in
                try withUnsafeTemporaryAllocation(of: iovec.self, capacity: batches.count * 2) { vectors in
                    var headers: [RecordBatchHeader] = []
                    headers.reserveCapacity(batches.count)
                    var offset = baseOffset
                    for (place, batch) in batches.enumerated() {
                        let original = UnsafeRawBufferPointer(rebasing: source[batch.range])
                        let patch = UnsafeMutableRawBufferPointer(rebasing: patches[place * size..<(place + 1) * size])
                        let rest = UnsafeRawBufferPointer(rebasing: original[size...])
                        patch.copyMemory(from: UnsafeRawBufferPointer(rebasing: original[..<size]))
                        stamp(patch, rest: rest, offset: offset, logAppendTime: logAppendTime)
                        headers.append(try RecordBatchHeader(parsing: UnsafeRawBufferPointer(patch)))
                        vectors.initializeElement(
                            at: place * 2, to: iovec(iov_base: patch.baseAddress, iov_len: patch.count))
                        vectors.initializeElement(
                            at: place * 2 + 1,
                            to: iovec(
                                iov_base: UnsafeMutableRawPointer(mutating: rest.baseAddress), iov_len: rest.count))
                        offset += Int64(batch.header.lastOffsetDelta) + 1
                    }
                    try segment.file.write(vectors, count: count, at: segment.size)
                    return headers
                }
            }
        }
    }

    /// Puts offset, leader epoch and, if it is given, the broker's time into a header. Only the time is part of the
    /// checksum.
    private static func stamp(
        _ header: UnsafeMutableRawBufferPointer, rest: UnsafeRawBufferPointer, offset: Int64, logAppendTime: Int64?
    ) {
        header.storeBytes(of: offset.bigEndian, as: Int64.self)
        header.storeBytes(of: leaderEpoch.bigEndian, toByteOffset: BatchField.partitionLeaderEpoch, as: Int32.self)
        guard let logAppendTime else { return }
        header[BatchField.attributes + 1] |= 8
        header.storeBytes(of: logAppendTime.bigEndian, toByteOffset: BatchField.maxTimestamp, as: Int64.self)
        let checked = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(header)[BatchField.attributes...])
        let crc = CRC32C.checksum(rest, continuing: CRC32C.checksum(checked))
        header.storeBytes(of: crc.bigEndian, toByteOffset: BatchField.crc, as: UInt32.self)
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
        try directory.replace(directory.path(.snapshot, base), with: state.producers.snapshot, sync: false)
        let file = try LogFile(path: directory.path(.log, base), create: true, truncate: true, faults: directory.faults)
        state.segments.append(LogSegment(base: base, file: file, createdAt: now))
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
}
