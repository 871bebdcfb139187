public import KafkaProtocol

/// When an entry of a row is: what entries of one key are told apart and ordered by.
@usableFromInline
struct EntryTime: Comparable, Sendable {
    /// What retention counts by, in milliseconds.
    @usableFromInline let time: Int64
    /// Orders entries of one time.
    @usableFromInline let rank: Int64

    @inlinable init(_ time: Int64, _ rank: Int64 = 0) {
        self.time = time
        self.rank = rank
    }

    @inlinable static func < (a: EntryTime, b: EntryTime) -> Bool { a.time != b.time ? a.time < b.time : a.rank < b.rank }

    /// The last one of a time.
    @inlinable static func last(of time: Int64) -> EntryTime { EntryTime(time, .max) }
}

/// How windows of a key are ordered, and told in the keys of a changelog, as in Kafka Streams' stores.
@usableFromInline
enum WindowLayout: Sendable {
    /// By their starts; all are of one size. Key, start, and a sequence number that is 0.
    case starts(size: Int64)
    /// Sessions, by their ends and then by their starts. Key, end, start.
    case sessions
    /// Records of joins, each by its time and its number. Key, time, number.
    case records

    @inlinable
    func time(of window: Window) -> EntryTime {
        switch self {
        case .starts, .records: EntryTime(window.start)
        case .sessions: EntryTime(window.end, window.start)
        }
    }

    @inlinable
    func window(at time: EntryTime) -> Window {
        switch self {
        case .starts(let size): Window(start: time.time, end: time.time.saturatingAdd(size))
        case .records: Window(start: time.time, end: time.time)
        case .sessions: Window(start: time.rank, end: time.time)
        }
    }

    /// The event time of a window's value that a record of the time `changedAt` changed last: that time, but a session's end.
    @inlinable
    func timestamp(at time: EntryTime, changedAt: Int64) -> Int64 {
        switch self {
        case .starts, .records: changedAt
        case .sessions: time.time
        }
    }

    /// Appends what comes after the key's own bytes.
    @inlinable
    func write(_ time: EntryTime, to writer: inout ByteWriter) {
        writer.write(time.time)
        switch self {
        case .starts: writer.write(0 as Int32)
        case .records: writer.write(Int32(truncatingIfNeeded: time.rank))
        case .sessions: writer.write(time.rank)
        }
    }

    /// The parts of a changelog's key.
    @usableFromInline
    func split(_ bytes: Bytes) throws -> (key: Bytes, time: EntryTime) {
        switch self {
        case .starts:
            let (key, start, _) = try Self.splitStart(bytes)
            return (key, EntryTime(start))
        case .records:
            let (key, time, number) = try Self.splitStart(bytes)
            return (key, EntryTime(time, Int64(number)))
        case .sessions:
            guard bytes.count >= 16 else { throw SerdeError("a session key of \(bytes.count) bytes") }
            let split = bytes.count - 16
            return try bytes[split..<bytes.count].reading {
                (bytes[0..<split], EntryTime(try $0.read(Int64.self), try $0.read(Int64.self)))
            }
        }
    }

    /// The same of bytes that are valid during a call.
    func split(_ bytes: UnsafeRawBufferPointer) throws -> (key: UnsafeRawBufferPointer, time: EntryTime) {
        var isSession = false
        if case .sessions = self { isSession = true }
        let size = isSession ? 16 : Self.startSize
        guard bytes.count >= size else { throw SerdeError("a window store key of \(bytes.count) bytes") }
        let split = bytes.count - size
        let time = Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: split, as: Int64.self))
        let rank: Int64 =
            switch self {
            case .starts: 0
            case .records: Int64(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: split + 8, as: Int32.self)))
            case .sessions: Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: split + 8, as: Int64.self))
            }
        return (UnsafeRawBufferPointer(rebasing: bytes[..<split]), EntryTime(time, rank))
    }

    /// What a window store's key has after the key itself.
    static let startSize = 12

    /// The key, the start and the sequence number of a window store's key.
    @usableFromInline
    static func splitStart(_ bytes: Bytes) throws -> (key: Bytes, start: Int64, sequence: Int32) {
        guard bytes.count >= startSize else { throw SerdeError("a window store key of \(bytes.count) bytes") }
        let split = bytes.count - startSize
        return try bytes[split..<bytes.count].reading {
            (bytes[0..<split], try $0.read(Int64.self), try $0.read(Int32.self))
        }
    }
}
