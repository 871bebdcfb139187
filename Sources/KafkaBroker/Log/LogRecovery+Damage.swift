import KafkaProtocol

extension LogRecovery {
    /// Ends the log before what is at the end of its last segment: a write that a crash has torn off is cut, anything else
    /// is kept aside first.
    mutating func cutTail(_ place: Int, _ piece: DamagedPiece) throws {
        let file = segments[place].file
        var scanner = BatchScanner(file: file, end: piece.bytes.upperBound)
        switch try scanner.tail(from: piece.bytes.lowerBound, expecting: piece.firstOffset) {
        case .torn:
            report(
                "\(name): cut at offset \(piece.firstOffset): the last \(piece.bytes.count) bytes of \(file.path) are a write "
                    + "that was not completed")
        case .damaged:
            try setAside(piece, of: segments[place])
        }
        try file.truncate(to: piece.bytes.lowerBound)
        segments[place].size = piece.bytes.lowerBound
        noteRepair(segments[place].base)
    }

    /// Takes pieces out of a segment. An empty batch stands in for the offsets of each, so that the log has no gap and
    /// readers pass on.
    mutating func repair(_ place: Int, _ damage: [DamagedPiece]) throws {
        let old = segments[place]
        for piece in damage { try setAside(piece, of: old) }
        let file = try LogFile(
            path: directory.path(.cleaned, old.base), create: true, truncate: true, faults: directory.faults)
        var size = 0
        var copied = 0
        for piece in damage {
            size += try copy(old.file, copied..<piece.bytes.lowerBound, to: file, at: size)
            copied = piece.bytes.upperBound
            guard let next = piece.nextOffset else { continue }
            for filler in Self.fillers(piece.firstOffset..<max(piece.firstOffset, next)) {
                try filler.withUnsafeBytes { try file.write($0, at: size) }
                size += filler.count
            }
        }
        size += try copy(old.file, copied..<old.size, to: file, at: size)
        try file.sync()
        try directory.rename(directory.path(.cleaned, old.base), directory.path(.swap, old.base))
        try directory.completeSwap(old.base, replacing: [])
        try directory.sync()
        segments[place] = LogSegment(
            base: old.base, file: try LogFile(path: directory.path(.log, old.base), faults: directory.faults),
            size: size, createdAt: old.createdAt)
        try segments[place].rebuildIndex(interval: configuration.indexIntervalBytes)
        noteRepair(old.base)
    }

    /// The checkpoint is of the time before.
    private mutating func noteRepair(_ base: Int64) { firstRepaired = min(firstRepaired ?? base, base) }

    /// Keeps a piece of a segment in a file of its own, on the disk, and tells of it.
    private func setAside(_ piece: DamagedPiece, of segment: LogSegment) throws {
        let path = try unusedPath("\(segment.file.path).\(piece.bytes.lowerBound)")
        let file = try LogFile(path: path, create: true, truncate: true, faults: directory.faults)
        _ = try copy(segment.file, piece.bytes, to: file, at: 0)
        try file.sync()
        try directory.sync()
        report(
            "\(name): the batch at byte \(piece.bytes.lowerBound) of \(segment.file.path) is damaged (\(piece.reason)): lost "
                + "\(piece.loss); its \(piece.bytes.count) bytes are kept in \(path)")
    }

    private func unusedPath(_ path: String) throws -> String {
        let names = Set(try directory.names().map { "\(directory.path)/\($0)" })
        var candidate = "\(path).damaged"
        var number = 1
        while names.contains(candidate) {
            number += 1
            candidate = "\(path).\(number).damaged"
        }
        return candidate
    }

    private func copy(_ source: LogFile, _ range: Range<Int>, to target: LogFile, at position: Int) throws -> Int {
        var at = range.lowerBound
        while at < range.upperBound {
            let piece = try source.read(min(1 << 20, range.upperBound - at), at: at)
            guard !piece.isEmpty else {
                throw PartitionLogError(.kafkaStorageError, "\(source.path) ends at byte \(at) while it is copied")
            }
            let place = position + at - range.lowerBound
            try piece.withUnsafeBytes { try target.write($0, at: place) }
            at += piece.count
        }
        return range.count
    }

    /// Batches without records that take up the offsets.
    static func fillers(_ offsets: Range<Int64>) -> [Bytes] {
        var batches: [Bytes] = []
        var first = offsets.lowerBound
        while first < offsets.upperBound {
            let delta = min(offsets.upperBound - first - 1, Int64(Int32.max))
            var checked = ByteWriter(capacity: RecordBatchHeader.size)
            checked.write(0 as Int16)  // attributes
            checked.write(Int32(delta))
            checked.write(-1 as Int64)  // base timestamp
            checked.write(-1 as Int64)  // max timestamp
            checked.write(-1 as Int64)  // producer id
            checked.write(-1 as Int16)  // producer epoch
            checked.write(-1 as Int32)  // base sequence
            checked.write(0 as Int32)  // records
            var batch = ByteWriter(capacity: RecordBatchHeader.size)
            batch.write(first)
            batch.write(RecordBatchHeader.minimumBatchLength)
            batch.write(PartitionLog.leaderEpoch)
            batch.write(2 as Int8)
            batch.write(checked.withUnsafeBytes { CRC32C.checksum($0) })
            checked.withUnsafeBytes { batch.write(raw: $0) }
            batches.append(batch.finish())
            first += delta + 1
        }
        return batches
    }
}

extension LogDirectory {
    /// Puts the outcome of a compaction, the swap file at `base`, in the place of the segment at `base` and of the ones
    /// in `replaced`. Repeating it after a crash has the same outcome.
    func completeSwap(_ base: Int64, replacing replaced: [Int64]) throws {
        for old in replaced.sorted() { try removeSegment(old) }
        try removeSidecars(base)
        try rename(path(.swap, base), path(.log, base))
    }
}
