/// The records of a batch, one after the other, as slices of its payload. Nothing is copied or allocated unless a
/// record has headers.
///
/// Every length is checked against the payload, and every offset against those of the header, so that a damaged batch
/// throws and never reads outside of it. Errors name the batch's offset and the record's place in it.
@frozen
public struct RecordIterator: @unchecked Sendable {
    // Sound as Sendable: `base` points into the immutable memory that `payload` keeps alive.

    /// The records without compression. Positions of `RecordPosition` count from its front.
    public let payload: Bytes
    @usableFromInline let base: UnsafePointer<UInt8>
    @usableFromInline let baseOffset: Int64
    @usableFromInline let baseTimestamp: Int64
    @usableFromInline let fixedTimestamp: Int64?
    @usableFromInline let lastOffsetDelta: UInt64
    @usableFromInline let recordCount: Int
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
        // Negative ones do not get through the header's checks.
        lastOffsetDelta = UInt64(max(0, header.lastOffsetDelta))
        recordCount = Int(header.recordCount)
        remainingRecords = recordCount
    }
}

extension RecordIterator {
    /// The number of records to come.
    @inlinable public var remaining: Int { remainingRecords }

    /// The next record, or nil after the last.
    ///
    /// Throws `KafkaProtocolError` if the record makes no sense or goes beyond the payload, if its offset is not one of the
    /// batch's or its time no 64-bit number, or if bytes are left after the last. After an error the iterator is not to be
    /// used on.
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
            guard position == payload.count else { throw Self.trailing(payload.count &- position, place) }
            return nil
        }
        var at = position
        let length = try Self.varint(base, &at, payload.count, place)
        // The shortest record has 6 bytes after its length.
        guard length >= 6, length <= payload.count &- at else { throw Self.outside(length, payload.count &- at, place) }
        let end = at &+ Int(truncatingIfNeeded: length)
        at &+= 1  // attributes, unused
        let timestampDelta = try Self.varint(base, &at, end, place)
        let offsetDelta = try Self.varint(base, &at, end, place)
        guard UInt64(bitPattern: offsetDelta) <= lastOffsetDelta else { throw Self.foreignOffset(offsetDelta, place) }
        let keyCount = try Self.varint(base, &at, end, place)
        guard keyCount >= -1, keyCount <= end &- at else { throw Self.outside(keyCount, end &- at, place) }
        let keyStart = at
        if keyCount > 0 { at &+= Int(truncatingIfNeeded: keyCount) }
        let valueCount = try Self.varint(base, &at, end, place)
        guard valueCount >= -1, valueCount <= end &- at else { throw Self.outside(valueCount, end &- at, place) }
        let valueStart = at
        if valueCount > 0 { at &+= Int(truncatingIfNeeded: valueCount) }
        let headerCount = try Self.varint(base, &at, end, place)
        // A header has at least 2 bytes; without headers the record ends here.
        guard headerCount >= 0, headerCount <= end &- at, headerCount > 0 || at == end else {
            throw Self.outside(headerCount, end &- at, place)
        }
        let (timestamp, isTooFar) = baseTimestamp.addingReportingOverflow(timestampDelta)
        guard !isTooFar || fixedTimestamp != nil else { throw Self.foreignTime(timestampDelta, place) }
        position = end
        remainingRecords &-= 1
        return RecordPosition(
            offset: baseOffset &+ offsetDelta, timestamp: fixedTimestamp ?? timestamp,
            keyStart: keyStart, keyCount: Int(truncatingIfNeeded: keyCount),
            valueStart: valueStart, valueCount: Int(truncatingIfNeeded: valueCount),
            headersStart: at, headerCount: Int(truncatingIfNeeded: headerCount), end: end)
    }

    /// The headers of a record that this iterator found. Throws if they make no sense.
    public func headers(of found: RecordPosition) throws -> [RecordHeader] {
        precondition(found.end <= payload.count, "a position of another batch")
        var headers: [RecordHeader] = []
        try Self.forEachHeader(base, found.headersStart, found.end, found.headerCount, placeOfLast) { keyStart, keyCount, valueStart, valueCount in
            headers.append(
                RecordHeader(
                    key: slice(keyStart, keyCount).string,
                    value: valueCount < 0 ? nil : slice(valueStart, valueCount)))
        }
        return headers
    }

    /// Throws if the headers of a record that this iterator found make no sense.
    @inlinable public func checkHeaders(of found: RecordPosition) throws {
        precondition(found.end <= payload.count, "a position of another batch")
        try Self.checkHeaders(base, found.headersStart, found.end, found.headerCount, placeOfLast)
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
}

// MARK: - Varints

// These are static and take single numbers, so that the iterator of a loop stays in registers.
extension RecordIterator {
    /// Reads a zigzag varint at `at`, before `end`.
    @inlinable @inline(__always)
    static func varint(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ place: Place) throws -> Int64 {
        guard at < end else { throw outside(1, 0, place) }
        var raw = UInt64(base[at])
        let next = at &+ 1
        if raw < 0x80 {
            at = next
        } else if next < end, base[next] < 0x80 {
            raw = raw & 0x7f | UInt64(base[next]) << 7
            at = next &+ 1
        } else {
            (raw, at) = try longVarint(base, at, end, place)
        }
        return Int64(bitPattern: raw >> 1) ^ (0 &- Int64(bitPattern: raw & 1))
    }

    /// Reads a varint of three bytes or more, or one that is cut off; returns it and where it ends.
    @usableFromInline @inline(never)
    static func longVarint(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ place: Place
    ) throws -> (UInt64, Int) {
        var at = start
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end {
            let byte = base[at]
            guard shift < 63 || byte <= 1 else { throw fault("a varint has more than 64 bits", place) }
            at += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return (value, at) }
            shift += 7
        }
        throw outside(1, 0, place)
    }
}

// MARK: - Headers

extension RecordIterator {
    @usableFromInline @inline(never)
    static func checkHeaders(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ count: Int, _ place: Place
    ) throws {
        try forEachHeader(base, start, end, count, place) { _, _, _, _ in }
    }

    @inline(__always) private static func forEachHeader(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ count: Int, _ place: Place,
        _ body: (_ keyStart: Int, _ keyCount: Int, _ valueStart: Int, _ valueCount: Int) -> Void
    ) throws {
        var at = start
        for _ in 0..<count {
            let keyCount = try varint(base, &at, end, place)
            guard keyCount >= 0, keyCount <= end - at else { throw outside(keyCount, end - at, place) }
            let keyStart = at
            at += Int(keyCount)
            let valueCount = try varint(base, &at, end, place)
            guard valueCount >= -1, valueCount <= end - at else { throw outside(valueCount, end - at, place) }
            body(keyStart, Int(keyCount), at, Int(valueCount))
            at += max(0, Int(valueCount))
        }
        guard at == end else { throw trailing(end - at, place) }
    }
}

// MARK: - Errors

extension RecordIterator {
    /// Which record of which batch it is about.
    @frozen @usableFromInline
    struct Place {
        @usableFromInline let batch: Int64
        @usableFromInline let index: Int
        @usableFromInline let count: Int

        @inlinable init(batch: Int64, index: Int, count: Int) {
            self.batch = batch
            self.index = index
            self.count = count
        }
    }

    @inlinable var place: Place {
        Place(batch: baseOffset, index: recordCount &- remainingRecords, count: recordCount)
    }

    /// The place of the record that was passed last.
    @inlinable var placeOfLast: Place {
        Place(batch: baseOffset, index: recordCount &- remainingRecords &- 1, count: recordCount)
    }

    @usableFromInline @inline(never)
    static func outside(_ count: Int64, _ room: Int, _ place: Place) -> KafkaProtocolError {
        fault("a length or number is \(count) where \(room) bytes are left", place)
    }

    @usableFromInline @inline(never) static func trailing(_ count: Int, _ place: Place) -> KafkaProtocolError {
        fault("\(count) bytes are left after the last record or header", place)
    }

    @usableFromInline @inline(never) static func foreignOffset(_ delta: Int64, _ place: Place) -> KafkaProtocolError {
        fault("its offset is \(delta) after the first of the batch, which is beyond the last", place)
    }

    @usableFromInline @inline(never) static func foreignTime(_ delta: Int64, _ place: Place) -> KafkaProtocolError {
        fault("its time, \(delta) ms after the first of the batch, is no 64-bit number", place)
    }

    private static func fault(_ what: String, _ place: Place) -> KafkaProtocolError {
        KafkaProtocolError.malformed(
            "the record batch at offset \(place.batch), record \(place.index) of \(place.count): \(what)")
    }
}
