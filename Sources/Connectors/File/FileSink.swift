public import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes records to files in a directory, each record once: a file holds a run of one partition's records, and its name says which.
///
/// A file is written as `TOPIC-PARTITION.part`; when it is large or old enough it is synced and gets its name,
/// `TOPIC-PARTITION-FIRST-LAST` and a suffix, with the offsets of its first and last record in 20 digits. Only then do its records count,
/// and a start goes on after the last name. So a directory has each record once, after `kill -9` too, as long as a partition's files are
/// all in it: of several processes either all write to one directory, or a record can be in the directories of two after a crash.
public struct FileSink: RecordSink {
    private let directory: String
    private let suffix: String
    private let rollBytes: Int
    private let rollAfter: Duration
    private let encode: @Sendable (SinkRecord, TopicPartition, inout ByteWriter) throws -> Void
    /// The time, for tests another one's.
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    private var parts: [TopicPartition: FilePart] = [:]

    /// A sink of the directory, which is made if it is not there.
    /// - Parameters:
    ///   - rollBytes: A file of this size gets its name.
    ///   - rollAfter: So does one as old as that, though its partition brings nothing more.
    ///   - encode: Writes a record; by default the value and a line feed.
    public init(
        directory: String, suffix: String = ".txt", rollBytes: Int = 64 << 20, rollAfter: Duration = .seconds(60),
        encode:
            @escaping @Sendable (
                _ record: SinkRecord, _ partition: TopicPartition, _ writer: inout ByteWriter
            ) throws -> Void = { record, _, writer in
                record.value?.withUnsafeBytes { writer.write(raw: $0) }
                writer.write(UInt8(ascii: "\n"))
            }
    ) {
        self.directory = directory
        self.suffix = suffix
        self.rollBytes = max(rollBytes, 1)
        self.rollAfter = rollAfter
        self.encode = encode
    }

    public mutating func open(_ partition: TopicPartition) async throws -> Int64? {
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else {
            throw FileFault("cannot make \(directory): \(SystemError.text(errno))")
        }
        parts[partition] = nil
        if unlink(partPath(partition)) != 0, errno != ENOENT {
            throw FileFault("cannot remove \(partPath(partition)): \(SystemError.text(errno))")
        }
        var next: Int64?
        for name in try fileNames(in: directory) {
            guard let run = FileSinkName(name, suffix: suffix), run.partition == partition, run.last < .max else { continue }
            next = max(next ?? 0, run.last + 1)
        }
        return next
    }

    public mutating func write(_ records: [SinkRecord], of partition: TopicPartition) async throws -> Int64? {
        if let first = records.first, let last = records.last {
            var writer = ByteWriter(capacity: 64 << 10)
            for record in records { try encode(record, partition, &writer) }
            let part = try parts[partition] ?? FilePart(partPath(partition), first: first.offset, since: now())
            parts[partition] = part
            try writer.withUnsafeBytes { bytes throws in try part.append(bytes) }
            part.last = last.offset
        }
        guard let part = parts[partition], part.size >= rollBytes || now() - part.since >= rollAfter else { return nil }
        return try roll(part, partition)
    }

    public mutating func close(_ partition: TopicPartition) async throws -> Int64? {
        try parts[partition].flatMap { try roll($0, partition) }
    }

    /// Gives a file its name; the offset after it.
    private mutating func roll(_ part: FilePart, _ partition: TopicPartition) throws -> Int64? {
        parts[partition] = nil
        let name = FileSinkName(partition: partition, first: part.first, last: part.last)
        try part.finish(as: "\(directory)/\(name.text)\(suffix)", in: directory)
        return part.last < .max ? part.last + 1 : nil
    }

    private func partPath(_ partition: TopicPartition) -> String {
        "\(directory)/\(partition.topic)-\(partition.partition).part"
    }
}

/// The name of a file with a run of records: `TOPIC-PARTITION-FIRST-LAST`.
struct FileSinkName: Equatable {
    var partition: TopicPartition
    var first: Int64
    var last: Int64

    init(partition: TopicPartition, first: Int64, last: Int64) {
        self.partition = partition
        self.first = first
        self.last = last
    }

    /// What a name says; nil if it is none of these.
    init?(_ name: String, suffix: String) {
        guard name.hasSuffix(suffix) else { return nil }
        let parts = name.dropLast(suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, let number = Int32(parts[parts.count - 3]), number >= 0,
            let first = Int64(parts[parts.count - 2]), let last = Int64(parts[parts.count - 1]), 0 <= first, first <= last
        else { return nil }
        // The name that it would get: what only looks like one is another's file.
        let topic = parts.dropLast(3).joined(separator: "-")
        self.init(partition: TopicPartition(topic: topic, partition: number), first: first, last: last)
        guard (text + suffix).utf8.elementsEqual(name.utf8) else { return nil }
    }

    var text: String { "\(partition.topic)-\(partition.partition)-\(padded(first))-\(padded(last))" }

    private func padded(_ offset: Int64) -> String {
        let digits = String(offset)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }
}

/// A file that is being written, and has no name yet that counts.
private final class FilePart {
    let path: String
    let first: Int64
    let since: ContinuousClock.Instant
    var last: Int64
    private(set) var size = 0
    private let descriptor: Int32

    init(_ path: String, first: Int64, since: ContinuousClock.Instant) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFault("cannot make \(path): \(SystemError.text(errno))") }
        self.path = path
        self.first = first
        self.since = since
        last = first
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = Self.systemWrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count > 0 {
                done += count
            } else if errno != EINTR {
                throw FileFault("cannot write \(path): \(SystemError.text(errno))")
            }
        }
        size += bytes.count
    }

    /// Makes what was written safe, under its name.
    func finish(as name: String, in directory: String) throws {
        guard fsync(descriptor) == 0 else { throw FileFault("cannot sync \(path): \(SystemError.text(errno))") }
        guard rename(path, name) == 0 else { throw FileFault("cannot rename \(path) to \(name): \(SystemError.text(errno))") }
        let folder = open(directory, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw FileFault("cannot open \(directory): \(SystemError.text(errno))") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw FileFault("cannot sync \(directory): \(SystemError.text(errno))") }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        write(descriptor, bytes, count)
    }
}
