import Foundation
import KafkaProtocol

/// What one instance asks another: a page of rows of one partition, behind a place.
struct PeerQuestion: Sendable {
    var range = RawRange()
    var place: RowWalk<RawRow>.Place?

    private static let version: UInt8 = 1

    init(_ range: RawRange, behind place: RowWalk<RawRow>.Place? = nil) {
        self.range = range
        self.place = place
    }

    /// As it stands in a query: base64 with the letters for addresses.
    var text: String {
        var writer = ByteWriter(capacity: 64)
        writer.write(Self.version)
        writer.write(optional: range.bounds.from)
        switch range.bounds.upper {
        case .none: writer.write(0 as UInt8)
        case .through(let key):
            writer.write(1 as UInt8)
            writer.write(counted: key)
        case .below(let key):
            writer.write(2 as UInt8)
            writer.write(counted: key)
        }
        writer.write(optional: range.key)
        writer.write(range.first)
        writer.write(range.last)
        writer.write(range.isReversed)
        writer.write(optional: place)
        return Data(writer.finish().array).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Reads what `text` gives. Throws if it is something else.
    init(text: String) throws {
        let letters = text.replacing("-", with: "+").replacing("_", with: "/")
        guard let data = Data(base64Encoded: letters + String(repeating: "=", count: (4 - letters.utf8.count % 4) % 4)) else {
            throw PeerMessageError()
        }
        var reader = ByteReader(Bytes(data))
        guard try reader.read(UInt8.self) == Self.version else { throw PeerMessageError() }
        range.bounds.from = try reader.readOptional()
        switch try reader.read(UInt8.self) {
        case 0: range.bounds.upper = .none
        case 1: range.bounds.upper = .through(try reader.readCounted())
        case 2: range.bounds.upper = .below(try reader.readCounted())
        default: throw PeerMessageError()
        }
        range.key = try reader.readOptional()
        range.first = try reader.read()
        range.last = try reader.read()
        range.isReversed = try reader.readBool()
        place = try reader.readPlace()
    }
}

/// What it is answered with.
struct PeerAnswer: Sendable {
    var page = RowWalk<RawRow>.Page()
    var position = QueryPosition()

    private static let version: UInt8 = 1

    init(_ page: RowWalk<RawRow>.Page, _ position: QueryPosition) {
        self.page = page
        self.position = position
    }

    var bytes: Bytes {
        var writer = ByteWriter(capacity: 4096)
        writer.write(Self.version)
        writer.write(page.isPutOff)
        writer.write(optional: page.next)
        writer.writeUnsignedVarint(UInt64(page.items.count))
        for item in page.items {
            writer.write(counted: item.row.key)
            writer.write(counted: item.row.value)
            writer.write(item.row.timestamp)
            writer.write(item.time)
            writer.write(item.row.window != nil)
            if let window = item.row.window {
                writer.write(window.start)
                writer.write(window.end)
            }
        }
        writer.writeUnsignedVarint(UInt64(position.offsets.count))
        for (partition, offset) in position.offsets {
            writer.write(counted: Bytes(utf8: partition.topic))
            writer.write(partition.partition)
            writer.write(offset)
        }
        return writer.finish()
    }

    /// Reads what `bytes` gives. Throws if it is something else.
    init(_ bytes: Bytes) throws {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt8.self) == Self.version else { throw PeerMessageError() }
        page.isPutOff = try reader.readBool()
        page.next = try reader.readPlace()
        for _ in 0..<(try reader.readCount()) {
            let (key, value) = (try reader.readCounted(), try reader.readCounted())
            let (timestamp, time) = (try reader.read(Int64.self), try reader.readTime())
            let window = try reader.readBool() ? Window(start: try reader.read(), end: try reader.read()) : nil
            page.items.append(.init(row: RawRow(key: key, value: value, timestamp: timestamp, window: window), key: key, time: time))
        }
        for _ in 0..<(try reader.readCount()) {
            let topic = try reader.readCounted().string
            let partition = TopicPartition(topic: topic, partition: try reader.read())
            position.offsets[partition] = try reader.read()
        }
    }
}

/// Bytes of another instance that are no message, or one of a version that is not known.
struct PeerMessageError: Error, CustomStringConvertible {
    var description: String { "this is no message of an instance of this version" }
}

extension ByteWriter {
    fileprivate mutating func write(counted bytes: Bytes) {
        writeUnsignedVarint(UInt64(bytes.count))
        write(raw: bytes)
    }

    fileprivate mutating func write(optional bytes: Bytes?) {
        write(bytes != nil)
        if let bytes { write(counted: bytes) }
    }

    fileprivate mutating func write(_ time: EntryTime) {
        write(time.time)
        write(time.rank)
    }

    fileprivate mutating func write(optional place: RowWalk<RawRow>.Place?) {
        write(place != nil)
        guard let place else { return }
        write(counted: place.key)
        write(place.time)
        writeUnsignedVarint(UInt64(place.count))
    }
}

extension ByteReader {
    /// A number of bytes or rows. Far below what an `Int` holds, so that it can be counted on from there.
    fileprivate mutating func readCount() throws -> Int {
        guard let count = Int32(exactly: try readUnsignedVarint()) else { throw PeerMessageError() }
        return Int(count)
    }

    fileprivate mutating func readCounted() throws -> Bytes { try readSlice(try readCount()) }

    fileprivate mutating func readOptional() throws -> Bytes? { try readBool() ? try readCounted() : nil }

    fileprivate mutating func readTime() throws -> EntryTime { EntryTime(try read(), try read()) }

    fileprivate mutating func readPlace() throws -> RowWalk<RawRow>.Place? {
        try readBool() ? RowWalk<RawRow>.Place(key: try readCounted(), time: try readTime(), count: try readCount()) : nil
    }
}
