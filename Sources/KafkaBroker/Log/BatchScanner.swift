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

    /// The next batch, or nil at the end. Throws `corruptMessage` if what is there is no whole batch.
    mutating func next() throws -> Item? {
        guard position < end else { return nil }
        let bytes = try bytes(at: position, count: RecordBatchHeader.size)
        guard let header = try? RecordBatchHeader(parsing: bytes), header.sizeInBytes <= end - position else {
            throw PartitionLogError(.corruptMessage, "no whole batch at byte \(position) of \(file.path)")
        }
        defer { position += header.sizeInBytes }
        return Item(header: header, position: position)
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
        var at = item.position + BatchField.attributes
        var crc: UInt32 = 0
        while at < item.end {
            let piece = try bytes(at: at, count: min(item.end - at, Self.chunkSize))
            guard !piece.isEmpty else { return false }
            crc = piece.withUnsafeBytes { CRC32C.checksum($0, continuing: crc) }
            at += piece.count
        }
        return crc == item.header.crc
    }

    /// The bytes there, fewer only at the end.
    private mutating func bytes(at start: Int, count: Int) throws -> Bytes {
        if start < chunkStart || start + count > chunkStart + chunk.count {
            chunk = try file.read(min(max(count, Self.chunkSize), end - start), at: start)
            chunkStart = start
        }
        let offset = start - chunkStart
        return chunk[offset..<min(offset + count, chunk.count)]
    }
}

/// Where the fields of a record batch are.
typealias BatchField = RecordBatchHeader.FieldOffset
