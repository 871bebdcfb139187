import KafkaProtocol

/// What stands before each part of a row log.
///
/// A row log is a sequence of chunks, each of which holds what one commit has changed. A chunk is written in one part or
/// more; the last one ends in a marker, and makes the chunk valid. A part is this header, its entries, and the marker:
/// ```
/// magic 4, version 1, kind 1, is last 1, unused 1, chunk 8, part 4, number of entries 4, bytes of entries 4,
/// bytes of marker 4, base time 8, CRC-32C of entries and marker 4, CRC-32C of the header before 4
/// ```
/// with numbers in big-endian order. Headers of all versions have this size and end in their checksum, so that a newer
/// version can be told from damage.
struct RowChunkHeader: Equatable, Sendable {
    /// What a chunk is.
    enum Kind: UInt8, Sendable {
        /// What has changed since the chunk before.
        case changes = 0
        /// All rows there were: the first chunk of a log that was compacted.
        case base = 1
    }

    static let size = 48
    static let magic: UInt32 = 0x4D52_4F57
    static let version: UInt8 = 1

    var kind = Kind.changes
    /// Whether the chunk ends with this part.
    var isLast = true
    /// The number of the chunk in its log, from 1; a base has that of the last chunk that it stands for.
    var chunk: UInt64
    /// The number of the part in its chunk, from 0.
    var part: UInt32 = 0
    var entryCount: UInt32 = 0
    var entryBytes: UInt32 = 0
    var markerBytes: UInt32 = 0
    /// What the times of the entries are counted from.
    var baseTime: Int64 = 0
    /// Of the entries and the marker.
    var checksum: UInt32 = 0

    /// The bytes that follow the header.
    var bodyBytes: Int { Int(entryBytes) + Int(markerBytes) }
}

extension RowChunkHeader {
    /// Puts the header over the first bytes of `writer`.
    func write(over writer: inout ByteWriter) {
        writer.overwrite(Self.magic, at: 0)
        writer.overwrite(Self.version, at: 4)
        writer.overwrite(kind.rawValue, at: 5)
        writer.overwrite((isLast ? 1 : 0) as UInt8, at: 6)
        writer.overwrite(0 as UInt8, at: 7)
        writer.overwrite(chunk, at: 8)
        writer.overwrite(part, at: 16)
        writer.overwrite(entryCount, at: 20)
        writer.overwrite(entryBytes, at: 24)
        writer.overwrite(markerBytes, at: 28)
        writer.overwrite(baseTime, at: 32)
        writer.overwrite(checksum, at: 40)
        let own = writer.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[..<44])) }
        writer.overwrite(own, at: 44)
    }

    /// Reads a header. Throws `RowLogDamage` if it is none, and `NewerStateVersion`.
    init(_ bytes: Bytes) throws {
        guard bytes.count >= Self.size else { throw RowLogDamage("\(bytes.count) bytes are no header") }
        var reader = ByteReader(bytes)
        guard try reader.read(UInt32.self) == Self.magic else { throw RowLogDamage("no chunk begins there") }
        let version = try reader.read(UInt8.self)
        let kind = try reader.read(UInt8.self)
        isLast = try reader.readBool()
        try reader.skip(1)
        chunk = try reader.read()
        part = try reader.read()
        entryCount = try reader.read()
        entryBytes = try reader.read()
        markerBytes = try reader.read()
        baseTime = try reader.read()
        checksum = try reader.read()
        guard try reader.read(UInt32.self) == CRC32C.checksum(bytes[0..<44]) else {
            throw RowLogDamage("a header has another checksum than it says")
        }
        guard version <= Self.version else { throw NewerStateVersion(found: Int(version), known: Int(Self.version)) }
        guard let kind = Kind(rawValue: kind), version == Self.version, isLast == (markerBytes > 0) else {
            throw RowLogDamage("a header makes no sense")
        }
        self.kind = kind
    }
}

/// Bytes of a row log that are not what was written.
struct RowLogDamage: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    /// A part of which only the beginning is there: a program that is killed while it writes leaves it.
    static let tornPart = RowLogDamage("the file ends in the middle of a part")
}

/// Local state of a later version of this program.
struct NewerStateVersion: Error, Equatable, CustomStringConvertible {
    let found: Int
    let known: Int
    var description: String { "its format has version \(found), this program knows versions up to \(known)" }
}
