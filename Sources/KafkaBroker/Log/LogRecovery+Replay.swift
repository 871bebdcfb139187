import KafkaProtocol

extension LogRecovery {
    /// Follows the batches of a segment. What is no batch, or when they are to be checked a damaged one, is set aside.
    mutating func replay(_ place: Int, checking: Bool) throws {
        let before = (producers, aborted, endOffset)
        let damage = try follow(place, checking: checking)
        guard let last = damage.last else { return }
        guard checking else {
            // Then its other batches have to be looked at as well.
            (producers, aborted, endOffset) = before
            return try replay(place, checking: true)
        }
        if damage.count == 1, last.bytes.upperBound == segments[place].size, place == segments.count - 1 {
            try cutTail(place, last)
        } else {
            try repair(place, damage)
        }
    }

    /// Goes through a segment's batches; returns what is between them.
    private mutating func follow(_ place: Int, checking: Bool) throws -> [DamagedPiece] {
        let base = segments[place].base
        let size = segments[place].size
        // Offsets that the segment can have: the next one's are not its own.
        let limit = place + 1 < segments.count ? segments[place + 1].base : Int64.max
        if place > 0, base > endOffset { reportGap(endOffset..<base) }
        // The file's name goes before what the end of the one before it says, which may be damaged.
        endOffset = base
        // What was appended since the checkpoint has no gaps. Compaction leaves some, but only before it.
        let isStrict = checking && hasCheckpoint && base >= checkpoint.recoveryPoint
        var scanner = BatchScanner(file: segments[place].file, end: size)
        var damage: [DamagedPiece] = []
        var index = LogSegment(base: base, file: segments[place].file, createdAt: segments[place].createdAt)
        while scanner.position < size {
            let position = scanner.position
            do {
                guard let item = try scanner.next() else { break }
                if checking {
                    try check(item, &scanner, isStrict: isStrict, limit: limit)
                    index.note(item.header, interval: configuration.indexIntervalBytes)
                }
                let marker = item.header.isControl ? TransactionMarker(controlBatch: try scanner.batch(item)) : nil
                if let ended = producers.replay(item.header, marker: marker, now: now) { aborted.append(ended) }
                endOffset = item.header.nextOffset
            } catch let error as PartitionLogError where error.code == .corruptMessage {
                let claimed = try? RecordBatchHeader(parsing: scanner.bytes(at: position, count: RecordBatchHeader.size))
                let goesOn = try scanner.resume(after: position, offsets: endOffset..<limit)
                let next = try goesOn ? scanner.peek()?.header.baseOffset : place + 1 < segments.count ? limit : nil
                damage.append(
                    DamagedPiece(
                        bytes: position..<scanner.position, firstOffset: endOffset, nextOffset: next,
                        claimedRecords: claimed?.recordCount, reason: error.message))
                if let next { endOffset = next }
                guard checking else { return damage }
            }
        }
        if checking {
            index.size = size
            segments[place] = index
        }
        return damage
    }

    private func check(_ item: BatchScanner.Item, _ scanner: inout BatchScanner, isStrict: Bool, limit: Int64) throws {
        let header = item.header
        func damaged(_ what: String) -> PartitionLogError {
            PartitionLogError(.corruptMessage, what)
        }
        guard header.baseOffset >= endOffset, !isStrict || header.baseOffset == endOffset, header.lastOffset < limit else {
            throw damaged("it says offset \(header.baseOffset), where \(endOffset) is next")
        }
        guard !isStrict || header.partitionLeaderEpoch == PartitionLog.leaderEpoch else {
            throw damaged("it says leader epoch \(header.partitionLeaderEpoch)")
        }
        guard try scanner.isIntact(item) else { throw damaged("its checksum is wrong") }
    }
}

extension BatchScanner {
    /// The next batch, without passing it; nil at the end.
    mutating func peek() throws -> Item? {
        var copy = self
        return try copy.next()
    }
}
