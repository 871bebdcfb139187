import KafkaProtocol

/// What a log knows of itself beyond its segments, in one small file that is replaced as a whole.
struct LogCheckpoint: Sendable, Equatable {
    /// Where the log was when it was closed. If the active segment is still that long, nothing happened since.
    struct CleanEnd: Sendable, Equatable {
        var endOffset: Int64
        var activeBase: Int64
        var activeSize: Int
        /// The checksum of the active segment's index files and of the snapshot, which are not waited for; nil in files of
        /// earlier releases, which waited.
        var sidecars: UInt32?
    }

    /// Records before this offset are gone for readers, even if a segment still holds them.
    var logStartOffset: Int64 = 0
    /// Segments that end before this offset are on the disk and need no check after a crash.
    var recoveryPoint: Int64 = 0
    /// Up to this offset compaction has seen every key.
    var compactedTo: Int64 = 0
    var cleanEnd: CleanEnd?

    static let fileName = "log.checkpoint"
    private static let version: Int16 = 2
    private static let sizes: [Int16: Int] = [1: 54, 2: 58]

    /// The file's content: version, CRC-32C of the rest, the fields.
    var file: Bytes {
        var writer = ByteWriter(capacity: 64)
        writer.write(logStartOffset)
        writer.write(recoveryPoint)
        writer.write(compactedTo)
        writer.write(cleanEnd?.endOffset ?? -1)
        writer.write(cleanEnd?.activeBase ?? -1)
        writer.write(Int64(cleanEnd?.activeSize ?? -1))
        writer.write(cleanEnd?.sidecars ?? 0)
        var file = ByteWriter(capacity: 64)
        file.write(Self.version)
        file.write(writer.withUnsafeBytes { CRC32C.checksum($0) })
        writer.withUnsafeBytes { file.write(raw: $0) }
        return file.finish()
    }

    init() {}

    /// What a checkpoint file says; nil if it is damaged.
    init?(file: Bytes) {
        var reader = ByteReader(file)
        guard let version = try? reader.read(Int16.self), file.count == Self.sizes[version],
            let crc = try? reader.read(UInt32.self),
            crc == file[6..<file.count].withUnsafeBytes({ CRC32C.checksum($0) }),
            let start = try? reader.read(Int64.self), let recovery = try? reader.read(Int64.self),
            let compacted = try? reader.read(Int64.self), let end = try? reader.read(Int64.self),
            let base = try? reader.read(Int64.self), let size = try? reader.read(Int64.self), start >= 0
        else { return nil }
        logStartOffset = start
        recoveryPoint = recovery
        compactedTo = compacted
        guard end >= 0, size >= 0 else { return }
        cleanEnd = CleanEnd(
            endOffset: end, activeBase: base, activeSize: Int(size), sidecars: try? reader.read(UInt32.self))
    }
}
