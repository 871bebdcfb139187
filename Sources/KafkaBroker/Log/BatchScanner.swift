import KafkaProtocol

/// Goes through the batches of a segment file front to back, reading large pieces.
struct BatchScanner {
    /// A batch that was found: its header and where it is.
    struct Item {
        var header: RecordBatchHeader
        var position: Int
        var end: Int { position + header.sizeInBytes }
    }

    let file: LogFile
    /// Where the part of the file ends that is looked at.
    let end: Int
    /// Where the next batch begins.
    private(set) var position: Int
    private var chunk = Bytes()
    private var chunkStart = 0
    private static let chunkSize = 1 << 20

    init(file: LogFile, from position: Int = 0, end: Int) {
        self.file = file
        self.position = position
        self.end = end
    }

    /// The next batch, or nil at the end. Throws `corruptMessage` if what is there is no whole batch; the position stays.
    mutating func next() throws -> Item? {
        guard position < end else { return nil }
        guard let item = try item(at: position) else {
            throw PartitionLogError(.corruptMessage, "no whole batch at byte \(position) of \(file.path)")
        }
        position = item.end
        return item
    }

    /// The whole batch.
    mutating func batch(_ item: Item) throws -> Bytes {
        let bytes = try bytes(at: item.position, count: item.header.sizeInBytes)
        guard bytes.count == item.header.sizeInBytes else {
            throw PartitionLogError(.corruptMessage, "\(file.path) ends within the batch at byte \(item.position)")
        }
        return bytes
    }

    /// Whether the batch's checksum is right.
    mutating func isIntact(_ item: Item) throws -> Bool {
        try checksum(from: item.position + BatchField.attributes, to: item.end) == item.header.crc
    }

    /// The checksum of a part of the file.
    mutating func checksum(from start: Int, to end: Int) throws -> UInt32 {
        var at = start
        var crc: UInt32 = 0
        while at < end {
            let piece = try bytes(at: at, count: min(end - at, Self.chunkSize))
            guard !piece.isEmpty else { break }
            crc = piece.withUnsafeBytes { CRC32C.checksum($0, continuing: crc) }
            at += piece.count
        }
        return crc
    }

    private mutating func item(at position: Int) throws -> Item? {
        let bytes = try bytes(at: position, count: RecordBatchHeader.size)
        guard let header = try? RecordBatchHeader(parsing: bytes), header.sizeInBytes <= end - position else { return nil }
        return Item(header: header, position: position)
    }

    /// The bytes there, fewer only at the end.
    mutating func bytes(at start: Int, count: Int) throws -> Bytes {
        if start < chunkStart || start + count > chunkStart + chunk.count {
            chunk = try file.read(min(max(count, Self.chunkSize), end - start), at: start)
            chunkStart = start
        }
        let offset = start - chunkStart
        return chunk[offset..<min(offset + count, chunk.count)]
    }
}

extension BatchScanner {
    /// Goes on behind damage: from the first whole batch after `damage` whose checksum is right and whose offsets lie within
    /// `offsets`, or, if there is none, from the end. Returns whether there is one.
    mutating func resume(after damage: Int, offsets: Range<Int64>) throws -> Bool {
        // Most damage leaves the length alone.
        if let damaged = try item(at: damage), try isGood(damaged.end, offsets) {
            position = damaged.end
            return true
        }
        var at = damage + 1
        while at + RecordBatchHeader.size <= end {
            let piece = try bytes(at: at, count: min(Self.chunkSize, end - at))
            guard piece.count >= RecordBatchHeader.size else { break }
            // Whether a batch may begin at a byte shows 16 bytes on, by the number of the format.
            let candidates = piece.withUnsafeBytes { bytes in
                (0...bytes.count - RecordBatchHeader.size).filter { bytes[$0] < 0x80 && bytes[$0 + BatchField.magic] == 2 }
            }
            let front = at
            for candidate in candidates where try isGood(front + candidate, offsets) {
                position = front + candidate
                return true
            }
            at = front + piece.count - RecordBatchHeader.size + 1
        }
        position = end
        return false
    }

    private mutating func isGood(_ position: Int, _ offsets: Range<Int64>) throws -> Bool {
        guard position + RecordBatchHeader.size <= end, let item = try item(at: position),
            item.header.partitionLeaderEpoch == PartitionLog.leaderEpoch,
            offsets.contains(item.header.baseOffset), item.header.lastOffset < offsets.upperBound
        else { return false }
        return try isIntact(item)
    }
}

/// Where the fields of a record batch are.
typealias BatchField = RecordBatchHeader.FieldOffset
