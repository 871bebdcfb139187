/// The records of a batch, one after the other, as slices of its payload. Nothing is copied or allocated unless a
/// record has headers.
///
/// Every length is checked against the payload, so that a damaged batch throws and never reads outside of it.
@frozen
public struct RecordIterator: @unchecked Sendable {
    // Sound as Sendable: `base` points into the immutable memory that `payload` keeps alive.

    /// The records without compression. Positions of `RecordPosition` count from its front.
    public let payload: Bytes
    @usableFromInline let base: UnsafePointer<UInt8>
    @usableFromInline let baseOffset: Int64
    @usableFromInline let baseTimestamp: Int64
    @usableFromInline let fixedTimestamp: Int64?
    @usableFromInline var position = 0
    @usableFromInline var remainingRecords: Int

    /// The records of `payload`, which must be without compression, of the batch with `header`.
    public init(header: RecordBatchHeader, payload: Bytes) {
        self.payload = payload
        base =
            payload.storage.map { UnsafePointer($0.base.assumingMemoryBound(to: UInt8.self)) + payload.start }
            ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        baseOffset = header.baseOffset
        baseTimestamp = header.baseTimestamp
        fixedTimestamp = header.isLogAppendTime ? header.maxTimestamp : nil
        remainingRecords = Int(header.recordCount)
    }
}

extension RecordIterator {
    /// The number of records to come.
    @inlinable public var remaining: Int { remainingRecords }

    /// The next record, or nil after the last.
    ///
    /// Throws `KafkaProtocolError` if the record makes no sense or goes beyond the payload, or if bytes are left
    /// after the last. After an error the iterator is not to be used on.
    @inlinable public mutating func next() throws -> RecordView? {
        guard let found = try nextPosition() else { return nil }
        return RecordView(
            offset: found.offset, timestamp: found.timestamp,
            key: found.keyCount < 0 ? nil : slice(found.keyStart, found.keyCount),
            value: found.valueCount < 0 ? nil : slice(found.valueStart, found.valueCount),
            headers: found.headerCount == 0 ? [] : try headers(of: found))
    }

    /// Where the next record's parts lie in `payload`, or nil after the last; throws as `next` does. The headers are
    /// not looked at until `headers(of:)`.
    @inlinable public mutating func nextPosition() throws -> RecordPosition? {
        guard remainingRecords > 0 else {
            guard position == payload.count else { throw Self.trailing(payload.count - position) }
            return nil
        }
        var at = position
        let length = try Self.varint(base, &at, payload.count)
        // The shortest record has 6 bytes after its length.
        guard length >= 6, length <= payload.count &- at else { throw Self.outside(length, payload.count &- at) }
        let end = at &+ Int(truncatingIfNeeded: length)
        at &+= 1  // attributes, unused
        let timestampDelta = try Self.varint(base, &at, end)
        let offsetDelta = try Self.varint(base, &at, end)
        let keyCount = try Self.varint(base, &at, end)
        guard keyCount >= -1, keyCount <= end &- at else { throw Self.outside(keyCount, end &- at) }
        let keyStart = at
        if keyCount > 0 { at &+= Int(truncatingIfNeeded: keyCount) }
        let valueCount = try Self.varint(base, &at, end)
        guard valueCount >= -1, valueCount <= end &- at else { throw Self.outside(valueCount, end &- at) }
        let valueStart = at
        if valueCount > 0 { at &+= Int(truncatingIfNeeded: valueCount) }
        let headerCount = try Self.varint(base, &at, end)
        // A header has at least 2 bytes; without headers the record ends here.
        guard headerCount >= 0, headerCount <= end &- at, headerCount > 0 || at == end else {
            throw Self.outside(headerCount, end &- at)
        }
        position = end
        remainingRecords &-= 1
        return RecordPosition(
            offset: baseOffset &+ offsetDelta, timestamp: fixedTimestamp ?? baseTimestamp &+ timestampDelta,
            keyStart: keyStart, keyCount: Int(truncatingIfNeeded: keyCount),
            valueStart: valueStart, valueCount: Int(truncatingIfNeeded: valueCount),
            headersStart: at, headerCount: Int(truncatingIfNeeded: headerCount), end: end)
    }

    /// The headers of a record that this iterator found. Throws if they make no sense.
    public func headers(of found: RecordPosition) throws -> [RecordHeader] {
        precondition(found.end <= payload.count, "a position of another batch")
        var headers: [RecordHeader] = []
        var at = found.headersStart
        for _ in 0..<found.headerCount {
            let keyCount = try Self.varint(base, &at, found.end)
            guard keyCount >= 0, keyCount <= found.end - at else { throw Self.outside(keyCount, found.end - at) }
            let key = slice(at, Int(keyCount)).string
            at += Int(keyCount)
            let valueCount = try Self.varint(base, &at, found.end)
            guard valueCount >= -1, valueCount <= found.end - at else { throw Self.outside(valueCount, found.end - at) }
            headers.append(RecordHeader(key: key, value: valueCount < 0 ? nil : slice(at, Int(valueCount))))
            at += max(0, Int(valueCount))
        }
        guard at == found.end else { throw Self.trailing(found.end - at) }
        return headers
    }

    /// The key of a record that this iterator found, or nil.
    @inlinable public func key(of found: RecordPosition) -> Bytes? {
        precondition(found.end <= payload.count, "a position of another batch")
        return found.keyCount < 0 ? nil : slice(found.keyStart, found.keyCount)
    }

    /// The value of a record that this iterator found, or nil.
    @inlinable public func value(of found: RecordPosition) -> Bytes? {
        precondition(found.end <= payload.count, "a position of another batch")
        return found.valueCount < 0 ? nil : slice(found.valueStart, found.valueCount)
    }

    /// Calls `body` with key and value, nil where they are null, of a record that this iterator found. The pointers
    /// are valid during the call only; no reference count is touched.
    @inlinable public func withUnsafeKeyAndValue<R, E: Error>(
        of found: RecordPosition, _ body: (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) throws(E) -> R
    ) throws(E) -> R {
        // Sound: `payload` keeps the memory alive, the iterator is borrowed during the call, and a position, which
        // only iterators make, has its key and value before its end.
        precondition(found.end <= payload.count, "a position of another batch")
        return try body(
            found.keyCount < 0 ? nil : UnsafeRawBufferPointer(start: base + found.keyStart, count: found.keyCount),
            found.valueCount < 0
                ? nil : UnsafeRawBufferPointer(start: base + found.valueStart, count: found.valueCount))
    }

    // The bounds have been checked by `nextPosition`; the arithmetic cannot overflow.
    @inlinable func slice(_ start: Int, _ count: Int) -> Bytes {
        Bytes(storage: payload.storage, start: payload.start &+ start, count: count)
    }

    /// Reads a zigzag varint at `at`, before `end`.
    @inlinable @inline(__always)
    static func varint(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int) throws -> Int64 {
        guard at < end else { throw outside(1, 0) }
        var raw = UInt64(base[at])
        let next = at &+ 1
        if raw < 0x80 {
            at = next
        } else if next < end, base[next] < 0x80 {
            raw = raw & 0x7f | UInt64(base[next]) << 7
            at = next &+ 1
        } else {
            (raw, at) = try longVarint(base, at, end)
        }
        return Int64(bitPattern: raw >> 1) ^ (0 &- Int64(bitPattern: raw & 1))
    }

    /// Reads a varint of three bytes or more, or one that is cut off; returns it and where it ends.
    @usableFromInline @inline(never)
    static func longVarint(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) throws -> (UInt64, Int) {
        var at = start
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end {
            let byte = base[at]
            guard shift < 63 || byte <= 1 else { throw KafkaProtocolError.malformed("a varint of more than 64 bits") }
            at += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return (value, at) }
            shift += 7
        }
        throw outside(1, 0)
    }

    @usableFromInline @inline(never) static func outside(_ count: Int64, _ room: Int) -> KafkaProtocolError {
        KafkaProtocolError.malformed("a record has a length or number of \(count) where \(room) bytes are left")
    }

    @usableFromInline @inline(never) static func trailing(_ count: Int) -> KafkaProtocolError {
        KafkaProtocolError.malformed("\(count) bytes are left after a batch's last record or a record's last header")
    }
}
