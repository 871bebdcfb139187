import KafkaProtocol

/// Reads a file of a row log part by part, in large blocks of which the parts are slices.
struct RowPartReader {
    private let file: any StateFile
    /// Up to where the file is read.
    private let end: Int
    private let verifies: Bool
    private let blockBytes: Int
    private var block = Bytes()
    private var blockStart = 0
    /// Where the next part begins.
    private(set) var position = 0

    /// A part: its header, and its entries and marker.
    struct Part {
        let header: RowChunkHeader
        let body: Bytes

        /// The marker, if the chunk ends with this part.
        func marker() throws -> RowMarker? {
            guard header.isLast else { return nil }
            return try RowMarker(body[Int(header.entryBytes)..<body.count])
        }
    }

    /// A reader of the first `end` bytes of a file; `verifies` says whether checksums of entries are looked at, too.
    init(_ file: any StateFile, end: Int, verifies: Bool = true, blockBytes: Int = 1 << 20) {
        self.file = file
        self.end = end
        self.verifies = verifies
        self.blockBytes = blockBytes
    }

    /// The next part; nil after the last. Throws `RowLogDamage` if what follows is not a whole part, `NewerStateVersion`,
    /// and what reading throws.
    mutating func next() throws -> Part? {
        guard position < end else { return nil }
        let header = try RowChunkHeader(bytes(RowChunkHeader.size, at: position))
        let start = position + RowChunkHeader.size
        let body = try bytes(header.bodyBytes, at: start)
        if verifies, CRC32C.checksum(body) != header.checksum {
            throw RowLogDamage("a part has another checksum than its header says")
        }
        position = start + body.count
        return Part(header: header, body: body)
    }

    /// So many bytes of the file; memory is taken only for what is there.
    private mutating func bytes(_ count: Int, at start: Int) throws -> Bytes {
        guard count <= end - start else { throw RowLogDamage.tornPart }
        if start < blockStart || start + count > blockStart + block.count {
            let room = min(max(count, blockBytes), end - start)
            block = try Bytes(capacity: room) { try file.read(into: $0, at: start) }
            blockStart = start
            guard block.count >= count else { throw RowLogDamage("the file is shorter than it was") }
        }
        return block[start - blockStart..<start - blockStart + count]
    }
}
