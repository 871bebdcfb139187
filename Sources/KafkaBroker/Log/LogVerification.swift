import KafkaProtocol

/// Looks at all files of a partition without changing any.
struct LogVerification {
    private let directory: LogDirectory
    /// Whether offsets may be missing because compaction has removed their records.
    private let isCompacted: Bool
    private(set) var partition: DirectoryReport.Partition
    private var checkpoint = LogCheckpoint()
    private var hasCheckpoint = false
    /// The offset that comes next.
    private var expected: Int64 = 0

    init(_ directory: LogDirectory, name: String, isCompacted: Bool) {
        self.directory = directory
        self.isCompacted = isCompacted
        partition = DirectoryReport.Partition(name: name)
    }

    /// Does it; `reader` checks what the broker's own records say.
    mutating func run(reader: OwnRecords) {
        do {
            checkNames(try directory.names())
            try readCheckpoint()
            let bases = try directory.list()[.log] ?? []
            partition.startOffset = hasCheckpoint ? checkpoint.logStartOffset : bases.first ?? 0
            for (place, base) in bases.enumerated() {
                try verify(base, next: place + 1 < bases.count ? bases[place + 1] : nil, isFirst: place == 0, reader)
            }
            partition.segments = bases.count
            partition.endOffset = expected
            checkEnd()
        } catch {
            note(damage: true, directory.path, RequestError(error).message)
        }
    }

    private mutating func note(
        damage: Bool, _ path: String, at bytes: Range<Int>? = nil, offset: Int64? = nil, records: Int64? = nil,
        _ message: String
    ) {
        partition.findings.append(
            DirectoryReport.Finding(damage: damage, path, at: bytes, offset: offset, records: records, message))
    }

    private mutating func checkNames(_ names: [String]) {
        for name in names.sorted() {
            if name.hasSuffix(".damaged") {
                note(damage: false, "\(directory.path)/\(name)", "kept aside by an earlier start, as it could not be read")
            } else if name.hasSuffix(".tmp") || name.hasSuffix(".cleaned") || name.hasSuffix(".swap") {
                note(damage: false, "\(directory.path)/\(name)", "left by a crash; the next start sees to it")
            }
        }
    }

    private mutating func readCheckpoint() throws {
        let path = "\(directory.path)/\(LogCheckpoint.fileName)"
        guard let file = try directory.read(path) else { return note(damage: false, path, "there is no checkpoint") }
        guard let saved = LogCheckpoint(file: file) else { return note(damage: true, path, "the checkpoint is damaged") }
        checkpoint = saved
        hasCheckpoint = true
    }

    private mutating func checkEnd() {
        let known = max(checkpoint.cleanEnd?.endOffset ?? 0, checkpoint.recoveryPoint, checkpoint.logStartOffset)
        guard expected < known else { return }
        note(
            damage: true, directory.path, offset: expected, records: known - expected,
            "the log ends at offset \(expected), but by its checkpoint it had come to \(known)")
    }

    // MARK: Segments

    private mutating func verify(_ base: Int64, next: Int64?, isFirst: Bool, _ reader: OwnRecords) throws {
        let file = try LogFile(path: directory.path(.log, base), readOnly: true)
        let size = try file.size()
        partition.bytes += size
        let front = isFirst && hasCheckpoint ? checkpoint.logStartOffset : expected
        if base > front, !isFirst || hasCheckpoint { missing(front..<base, before: directory.path(.log, base), at: nil) }
        expected = base
        var scanner = BatchScanner(file: file, end: size)
        var index = loadIndex(LogSegment(base: base, file: file, size: size, createdAt: 0), isClosed: next != nil)
        let limit = next ?? .max
        while scanner.position < size {
            let position = scanner.position
            do {
                guard let item = try scanner.next() else { break }
                try check(item, &scanner, limit: limit)
                try checkRecords(item, try scanner.batch(item), reader, file.path)
                partition.batches += 1
                partition.records += Int(item.header.recordCount)
                expected = item.header.nextOffset
                index?.note(item)
            } catch let error as PartitionLogError where error.code == .corruptMessage {
                try pass(&scanner, position, limit: limit, isLast: next == nil, error.message)
                // Entries may well lead into what is damaged.
                index = nil
            }
        }
        if let fault = index?.finish() {
            note(damage: true, directory.path(fault.kind, base), "\(fault.message); \"logs repair\" makes it anew")
        }
        checkSidecars(base, limit)
    }

    /// Goes on behind damage and takes note of it.
    private mutating func pass(
        _ scanner: inout BatchScanner, _ position: Int, limit: Int64, isLast: Bool, _ reason: String
    ) throws {
        let path = scanner.file.path
        let claimed = try? RecordBatchHeader(parsing: scanner.bytes(at: position, count: RecordBatchHeader.size))
        let goesOn = try scanner.resume(after: position, offsets: min(expected, limit)..<limit)
        if !goesOn, isLast, try scanner.tail(from: position, expecting: expected) == .torn {
            return note(
                damage: false, path, at: position..<scanner.position, offset: expected,
                "a write that was not completed; the next start cuts it off")
        }
        let after = try goesOn ? scanner.peek()?.header.baseOffset : isLast ? nil : limit
        let piece = DamagedPiece(
            bytes: position..<scanner.position, firstOffset: expected, nextOffset: after,
            claimedRecords: claimed?.recordCount, reason: reason)
        note(
            damage: true, path, at: piece.bytes, offset: expected,
            records: after.map { $0 - expected } ?? claimed.map { Int64($0.recordCount) }, "\(reason): lost \(piece.loss)")
        if let after { expected = after }
    }

    private mutating func check(_ item: BatchScanner.Item, _ scanner: inout BatchScanner, limit: Int64) throws {
        let header = item.header
        guard header.baseOffset >= expected, header.lastOffset < limit else {
            throw PartitionLogError(.corruptMessage, "it says offset \(header.baseOffset), where \(expected) is next")
        }
        guard try scanner.isIntact(item) else { throw PartitionLogError(.corruptMessage, "its checksum is wrong") }
        if header.baseOffset > expected { missing(expected..<header.baseOffset, before: scanner.file.path, at: item) }
    }

    private mutating func missing(_ offsets: Range<Int64>, before path: String, at item: BatchScanner.Item?) {
        // Compaction leaves gaps, but not from the recovery point on.
        let mayBeCompacted = isCompacted || offsets.upperBound <= checkpoint.compactedTo
        guard !mayBeCompacted || offsets.upperBound > checkpoint.recoveryPoint else { return }
        note(
            damage: true, path, at: item.map { $0.position..<$0.end }, offset: offsets.lowerBound, records: Int64(offsets.count),
            "\(offsets.count) records are missing before it, offsets \(offsets.lowerBound) to \(offsets.upperBound - 1)")
    }

    /// Looks at each record of a batch whose checksum is right.
    private mutating func checkRecords(
        _ item: BatchScanner.Item, _ bytes: Bytes, _ reader: OwnRecords, _ path: String
    ) throws {
        let header = item.header
        do {
            let batch = try RecordBatch(bytes)
            var records = try batch.records()
            var latest: Int64 = -1
            var last: Int64 = -1
            while let record = try records.nextPosition() {
                try records.checkHeaders(of: record)
                guard record.offset > last else {
                    throw KafkaProtocolError(.malformed, "the record at offset \(record.offset) comes after \(last)")
                }
                last = record.offset
                latest = max(latest, record.timestamp)
            }
            guard header.recordCount == 0 || header.isLogAppendTime || latest == max(-1, header.maxTimestamp) else {
                throw KafkaProtocolError(
                    .malformed, "it says that its latest time is \(header.maxTimestamp), its records have \(latest)")
            }
            if reader.isOwn, !header.isControl { try readOwn(batch, reader) }
        } catch let error as KafkaProtocolError {
            let isMissing = error.code == .unsupportedCompression
            note(
                damage: !isMissing, path, at: item.position..<item.end, offset: header.baseOffset,
                isMissing ? error.message : "the batch has the right checksum, but cannot be right: \(error.message)")
        }
    }

    private func readOwn(_ batch: RecordBatch, _ reader: OwnRecords) throws {
        var records = try batch.records()
        while let record = try records.next() { try reader.check(record) }
    }

    // MARK: Indexes

    /// The index of a closed segment, to be followed along its batches. What cannot be read, or fails the look that a start
    /// takes, is made anew by the next start; a wrong one that passes it leads astray. The active segment's has a checksum.
    private mutating func loadIndex(_ segment: LogSegment, isClosed: Bool) -> IndexVerification? {
        let path = directory.path(.index, segment.base)
        guard let offsets = try? directory.read(path),
            let times = try? directory.read(directory.path(.timeindex, segment.base))
        else {
            if isClosed { note(damage: false, path, "there is no index; the next start makes it") }
            return nil
        }
        let index = SegmentIndex(offsetFile: offsets, timeFile: times, segmentSize: segment.size)
        guard let index, (try? segment.fits(index)) == true else {
            note(damage: false, path, "the index does not fit; the next start makes it anew")
            return nil
        }
        return isClosed ? IndexVerification(index, base: segment.base) : nil
    }

    private mutating func checkSidecars(_ base: Int64, _ limit: Int64) {
        let snapshot = directory.path(.snapshot, base)
        if let file = try? directory.read(snapshot), ProducerTable(snapshot: file) == nil {
            note(damage: false, snapshot, "the state of the producers is damaged; the next start makes it anew")
        }
        let transactions = directory.path(.txnindex, base)
        if let file = try? directory.read(transactions), AbortedTransaction.read(file, range: base..<limit) == nil {
            note(damage: false, transactions, "the list of aborted transactions is damaged; the next start makes it anew")
        }
    }
}
