public import KafkaProtocol

/// Where a record of a stream has its place while it waits, and the key that it has on the changelog: a byte 0 (the order is
/// that of times), the time, the key's bytes, a number. The value there is a `BufferedChange`.
@usableFromInline
struct BufferedPlace: Comparable {
    /// The key on the changelog.
    @usableFromInline let logged: Bytes
    @usableFromInline let timestamp: Int64
    /// The bytes of the record's key.
    @usableFromInline let keyBytes: Bytes
    /// Tells records of the same key and time apart, in order of arrival.
    @usableFromInline let number: Int32
    /// Whether the key on the changelog is that of an older Millrace.
    @usableFromInline var isOlder = false

    @inlinable
    init<Key>(timestamp: Int64, _ key: Key, _ serde: Serde<Key>, number: Int32) throws {
        var writer = ByteWriter(capacity: 48)
        writer.write(0 as UInt8)
        writer.write(timestamp)
        try serde.encode(key, &writer)
        writer.write(number)
        logged = writer.finish()
        self.timestamp = timestamp
        keyBytes = logged[9..<logged.count - 4]
        self.number = number
    }

    init(_ logged: Bytes) throws {
        var reader = ByteReader(logged)
        guard try reader.read(UInt8.self) == 0 else { throw SerdeError("a record that waits in another order than of times") }
        self.logged = logged
        timestamp = try reader.read(Int64.self)
        keyBytes = try reader.readSlice(reader.remaining - 4)
        number = try reader.read(Int32.self)
    }

    private init(older logged: Bytes, timestamp: Int64, keyBytes: Bytes, number: Int32) {
        self.logged = logged
        self.timestamp = timestamp
        self.keyBytes = keyBytes
        self.number = number
        isOlder = true
    }

    @inlinable static func == (a: Self, b: Self) -> Bool { !(a < b) && !(b < a) }
    @inlinable static func < (a: Self, b: Self) -> Bool {
        if a.timestamp != b.timestamp { return a.timestamp < b.timestamp }
        return a.keyBytes != b.keyBytes ? a.keyBytes < b.keyBytes : a.number < b.number
    }

    /// The number after another.
    @usableFromInline static func number(after last: Int32) -> Int32 { last == .max ? 0 : max(0, last) + 1 }

    /// Reads a record of the changelog. In the layout of an older Millrace the key was the time, the number, the key's bytes,
    /// and the value the headers and the value's bytes. The layouts are told apart by the time, which is in the key and in the
    /// value of the present one.
    @usableFromInline
    static func read<Value>(
        _ key: Bytes, _ value: Bytes, _ serde: Serde<BufferedChange<Value>>, _ inner: Serde<Value>
    ) throws -> (BufferedPlace, BufferedChange<Value>) {
        do {
            let (place, change) = (try BufferedPlace(key), try serde.decode(value))
            guard change.origin.timestamp == place.timestamp else { throw SerdeError("times of key and value differ") }
            return (place, change)
        } catch {
            guard let found = try? older(key, value, inner) else { throw error }
            return found
        }
    }

    private static func older<Value>(
        _ key: Bytes, _ value: Bytes, _ inner: Serde<Value>
    ) throws -> (BufferedPlace, BufferedChange<Value>) {
        var reader = ByteReader(key)
        let (time, number) = (try reader.read(Int64.self), try reader.read(UInt32.self))
        let place = BufferedPlace(
            older: key, timestamp: time, keyBytes: try reader.readSlice(reader.remaining),
            number: Int32(truncatingIfNeeded: number) & .max)
        return (place, try OlderLayouts.buffered(value, inner, timestamp: time))
    }
}
