import KafkaProtocol

/// Where an entry of a row log lies in the part that it was read from.
struct RowLogEntry: Equatable {
    let keyStart: Int
    let keyCount: Int
    let valueStart: Int
    /// Negative for a deletion.
    let valueCount: Int
    let headersStart: Int
    /// Negative if there are none.
    let headersCount: Int
    let timestamp: Int64

    var isDeletion: Bool { valueCount < 0 }

    var key: Range<Int> { keyStart..<keyStart + keyCount }
    /// Nil for a deletion.
    var value: Range<Int>? { valueCount < 0 ? nil : valueStart..<valueStart + valueCount }
    /// Nil if there are none.
    var headers: Range<Int>? { headersCount < 0 ? nil : headersStart..<headersStart + headersCount }
}

/// The entries of one part, one after the other: the length of the key, the key, the length of the value and one, doubled and
/// with its lowest bit set if there are headers, or zero for a deletion, the value, the length of the headers and the headers
/// if there are any, and the time less the part's base time. Lengths are varints.
///
/// Nothing is copied, and no length is believed before it is compared with what there is.
struct RowLogEntries {
    private let base: UnsafePointer<UInt8>
    private let end: Int
    private let baseTime: Int64
    private var at = 0
    private var remaining: UInt32

    /// The entries in the first bytes of `body`, which must stay where it is meanwhile.
    init(_ header: RowChunkHeader, in body: UnsafeRawBufferPointer) throws {
        guard body.count >= Int(header.entryBytes) else { throw RowLogDamage("a part ends before its entries do") }
        base =
            body.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        end = Int(header.entryBytes)
        baseTime = header.baseTime
        remaining = header.entryCount
    }

    /// The next entry; nil after the last. Throws `RowLogDamage` if it makes no sense.
    mutating func next() throws -> RowLogEntry? {
        guard remaining > 0 else {
            guard at == end else { throw RowLogDamage("\(end - at) bytes are left after the last entry") }
            return nil
        }
        remaining &-= 1
        let keyCount = try varint()
        guard keyCount <= UInt64(truncatingIfNeeded: end &- at) else { throw Self.outside(keyCount, end - at) }
        let keyStart = at
        at &+= Int(truncatingIfNeeded: keyCount)
        let code = try varint()
        let length = code >> 1
        guard length <= UInt64(truncatingIfNeeded: end &- at) &+ 1, code != 1 else {
            throw Self.outside(length, end - at)
        }
        let valueStart = at
        if length > 1 { at &+= Int(truncatingIfNeeded: length) &- 1 }
        guard at <= end else { throw Self.outside(length, end - valueStart) }
        var (headersStart, headersCount) = (at, -1)
        if code & 1 != 0 {
            let count = try varint()
            guard count <= UInt64(truncatingIfNeeded: end &- at) else { throw Self.outside(count, end - at) }
            (headersStart, headersCount) = (at, Int(truncatingIfNeeded: count))
            at &+= headersCount
        }
        let time = try varint()
        return RowLogEntry(
            keyStart: keyStart, keyCount: Int(truncatingIfNeeded: keyCount), valueStart: valueStart,
            valueCount: Int(truncatingIfNeeded: length) &- 1, headersStart: headersStart, headersCount: headersCount,
            timestamp: baseTime &+ (Int64(bitPattern: time >> 1) ^ (0 &- Int64(bitPattern: time & 1))))
    }

    @inline(__always)
    private mutating func varint() throws -> UInt64 {
        guard at < end else { throw Self.outside(1, 0) }
        let first = base[at]
        at &+= 1
        return first < 0x80 ? UInt64(first) : try longVarint(first)
    }

    @inline(never)
    private mutating func longVarint(_ first: UInt8) throws -> UInt64 {
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while at < end {
            let byte = base[at]
            at &+= 1
            guard shift < 63 || byte <= 1 else { throw RowLogDamage("a length of more than 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Self.outside(1, 0)
    }

    @inline(never)
    private static func outside(_ count: UInt64, _ room: Int) -> RowLogDamage {
        RowLogDamage("a length is \(count) where \(room) bytes are left")
    }
}
