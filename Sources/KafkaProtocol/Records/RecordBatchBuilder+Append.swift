#if canImport(Glibc)
    public import Glibc
#elseif canImport(Darwin)
    public import Darwin
#endif

extension RecordBatchBuilder {
    /// Adds a record at `offsetDelta` after the batch's base offset, which must be above that of the record before:
    /// compaction leaves gaps. Traps if it is not, so check offsets that come from outside before.
    @inlinable
    public func append(
        offsetDelta: Int, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [RecordHeader] = []
    ) {
        if count == 0 { begin(timestamp: timestamp) }
        precondition(
            offsetDelta > lastDelta && offsetDelta <= Int(Int32.max), "offsets of a batch rise and fit 31 bits")
        // Times further apart than the format can say are brought as near as it can.
        let timestampDelta = Self.zigzag(timestamp.saturatingSubtract(baseTimestamp))
        let offsetDeltaRaw = UInt64(truncatingIfNeeded: offsetDelta) << 1
        let keyCount = key?.count ?? -1
        let valueCount = value?.count ?? -1
        let keyCountRaw = Self.zigzag(Int64(keyCount))
        let valueCountRaw = Self.zigzag(Int64(valueCount))
        let headersSize = headers.isEmpty ? 1 : Self.size(of: headers)
        let size =
            1 + Self.varintSize(timestampDelta) + Self.varintSize(offsetDeltaRaw) + Self.varintSize(keyCountRaw)
            + max(keyCount, 0) + Self.varintSize(valueCountRaw) + max(valueCount, 0) + headersSize
        precondition(size <= Int(Int32.max), "a record of 2 GiB or more")
        // Room for everything at once, so that the writing below need not look.
        writer.reserve(size + 10)

        let start = writer.base.assumingMemoryBound(to: UInt8.self)
        var at = start + writer.length
        Self.put(UInt64(truncatingIfNeeded: size) << 1, &at)
        at.pointee = 0  // attributes
        at += 1
        Self.put(timestampDelta, &at)
        Self.put(offsetDeltaRaw, &at)
        Self.put(keyCountRaw, &at)
        if keyCount > 0, let source = key?.baseAddress {
            memcpy(at, source, keyCount)
            at += keyCount
        }
        Self.put(valueCountRaw, &at)
        if valueCount > 0, let source = value?.baseAddress {
            memcpy(at, source, valueCount)
            at += valueCount
        }
        if headers.isEmpty {
            at.pointee = 0
            at += 1
            writer.length = at - start
        } else {
            writer.length = at - start
            write(headers)
        }
        lastDelta = offsetDelta
        count += 1
        if timestamp > maxTimestamp { maxTimestamp = timestamp }
    }

    @inlinable @inline(__always) static func zigzag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value << 1) ^ (value >> 63))
    }

    /// The bytes of a varint: a seventh of its bits, rounded up.
    @inlinable @inline(__always) static func varintSize(_ raw: UInt64) -> Int {
        ((64 - (raw | 1).leadingZeroBitCount) * 9 + 64) >> 6
    }

    @inlinable @inline(__always) static func put(_ raw: UInt64, _ at: inout UnsafeMutablePointer<UInt8>) {
        var rest = raw
        while rest >= 0x80 {
            at.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            at += 1
            rest >>= 7
        }
        at.pointee = UInt8(truncatingIfNeeded: rest)
        at += 1
    }

    @usableFromInline @inline(never) static func size(of headers: [RecordHeader]) -> Int {
        var size = varintSize(zigzag(Int64(headers.count)))
        for header in headers {
            let keyCount = header.key.utf8.count
            let valueCount = header.value?.count ?? -1
            size += varintSize(zigzag(Int64(keyCount))) + keyCount
            size += varintSize(zigzag(Int64(valueCount))) + max(valueCount, 0)
        }
        return size
    }

    @usableFromInline @inline(never) func write(_ headers: [RecordHeader]) {
        writer.writeVarint(Int64(headers.count))
        for header in headers {
            writer.writeVarint(Int64(header.key.utf8.count))
            writer.write(utf8: header.key)
            writer.writeVarint(Int64(header.value?.count ?? -1))
            if let value = header.value { writer.write(raw: value) }
        }
    }
}
