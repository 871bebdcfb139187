#if canImport(Glibc)
    public import Glibc
#elseif canImport(Darwin)
    public import Darwin
#endif

/// A growing buffer that Kafka's types are written to, big-endian. Reusable: `removeAll` keeps the memory.
@frozen
public struct ByteWriter: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var length: Int
    /// What was given to a writer that gathers; released by `deinit` or `finishParts`.
    @usableFromInline var gathered: Unmanaged<GatheredSlices>?

    /// The number of bytes written so far.
    @inlinable public var count: Int { length }

    /// An empty writer with room for `capacity` bytes.
    @inlinable public init(capacity: Int = 256) {
        let room = max(capacity, 16)
        guard let base = malloc(room) else { preconditionFailure("out of memory") }
        self.base = base
        self.capacity = room
        self.length = 0
    }

    deinit {
        free(base)
        gathered?.release()
    }

    /// Makes room for `extra` more bytes.
    @inlinable public mutating func reserve(_ extra: Int) {
        if count + extra > capacity { grow(to: count + extra) }
    }

    @usableFromInline @inline(never) mutating func grow(to needed: Int) {
        let room = max(needed, capacity * 2)
        guard let moved = realloc(base, room) else { preconditionFailure("out of memory") }
        base = moved
        capacity = room
    }

    /// Forgets what was written, keeps the memory.
    @inlinable public mutating func removeAll() { length = 0 }

    /// Cuts back to the first `length` bytes.
    @inlinable public mutating func truncate(to length: Int) {
        precondition(length >= 0 && length <= self.length)
        self.length = length
    }

    /// The bytes so far; valid during the call only.
    @inlinable public func withUnsafeBytes<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// What was written as `Bytes`, without a copy; the writer is used up.
    @inlinable public consuming func finish() -> Bytes {
        precondition(gathered == nil, "a writer that gathers ends with finishParts()")
        let bytes = Bytes(storage: ByteStorage(base: base, capacity: capacity), start: 0, count: count)
        discard self
        return bytes
    }

    /// A copy of what was written.
    @inlinable public func copy() -> Bytes { withUnsafeBytes { Bytes(copying: $0) } }

    /// Writes an integer in big-endian order.
    @inlinable public mutating func write<I: FixedWidthInteger>(_ value: I) {
        let size = MemoryLayout<I>.size
        reserve(size)
        base.storeBytes(of: value.bigEndian, toByteOffset: count, as: I.self)
        length += size
    }

    /// Overwrites the integer at `offset`.
    @inlinable public mutating func overwrite<I: FixedWidthInteger>(_ value: I, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<I>.size <= count)
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: I.self)
    }

    /// Writes one byte, 1 or 0.
    @inlinable public mutating func write(_ value: Bool) { write(value ? 1 as UInt8 : 0) }

    /// Writes an IEEE 754 double in big-endian order.
    @inlinable public mutating func write(_ value: Double) { write(value.bitPattern) }

    /// Writes the bytes as they are.
    @inlinable public mutating func write(raw buffer: UnsafeRawBufferPointer) {
        guard let source = buffer.baseAddress, buffer.count > 0 else { return }
        reserve(buffer.count)
        (base + count).copyMemory(from: source, byteCount: buffer.count)
        length += buffer.count
    }

    /// Writes the bytes as they are.
    @inlinable public mutating func write(raw bytes: Bytes) {
        bytes.withUnsafeBytes { write(raw: $0) }
    }

    /// Writes the string's UTF-8 without a length.
    @inlinable public mutating func write(utf8 string: String) {
        var string = string
        string.withUTF8 { write(raw: UnsafeRawBufferPointer($0)) }
    }

    /// Writes a base-128 varint of an unsigned number, low groups first.
    @inlinable public mutating func writeUnsignedVarint(_ value: UInt64) {
        reserve(10)
        var rest = value
        while rest >= 0x80 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            length += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        length += 1
    }

    /// Writes a zigzag varint (Kafka's varint and varlong).
    @inlinable public mutating func writeVarint(_ value: Int64) {
        writeUnsignedVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// Inserts a varint at `offset`, moving what was written from there on.
    package mutating func insertUnsignedVarint(_ value: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset <= count)
        let size = value == 0 ? 1 : (70 - value.leadingZeroBitCount) / 7
        reserve(size)
        memmove(base + offset + size, base + offset, count - offset)
        let end = count + size
        length = offset
        writeUnsignedVarint(value)
        length = end
    }

    /// Writes `count` zero bytes.
    public mutating func writeZeros(_ count: Int) {
        reserve(count)
        memset(base + length, 0, count)
        length += count
    }

    /// Makes room for `capacity` bytes, lets `fill` write into it, and keeps as many as it returns.
    public mutating func write(
        upTo capacity: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Int
    ) rethrows {
        reserve(capacity)
        let used = try fill(UnsafeMutableRawBufferPointer(start: base + length, count: capacity))
        precondition(used >= 0 && used <= capacity, "more bytes reported than there is room for")
        length += used
    }
}
