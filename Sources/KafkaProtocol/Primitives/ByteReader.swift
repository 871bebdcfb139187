/// Reads Kafka's types from `Bytes` front to back. Nothing traps: input that ends early or makes no sense throws
/// `KafkaProtocolError`.
@frozen
public struct ByteReader: Sendable {
    /// The bytes that are read.
    public let bytes: Bytes
    /// How many bytes have been read so far.
    @usableFromInline var consumed: Int

    /// A reader at the front of `bytes`.
    @inlinable public init(_ bytes: Bytes) {
        self.bytes = bytes
        self.consumed = 0
    }

    /// How many bytes have been read so far.
    @inlinable public var position: Int { consumed }

    /// How many bytes are left.
    @inlinable public var remaining: Int { bytes.count - consumed }

    /// Reads a big-endian integer.
    @inlinable public mutating func read<I: FixedWidthInteger>(_ type: I.Type = I.self) throws -> I {
        let size = MemoryLayout<I>.size
        guard remaining >= size else { throw KafkaProtocolError.truncated(needed: size, remaining: remaining) }
        let at = consumed
        consumed += size
        return bytes.withUnsafeBytes { I(bigEndian: $0.loadUnaligned(fromByteOffset: at, as: I.self)) }
    }

    /// Reads a byte as a Boolean; anything but 0 is true.
    @inlinable public mutating func readBool() throws -> Bool { try read(UInt8.self) != 0 }

    /// Reads a big-endian double.
    @inlinable public mutating func readDouble() throws -> Double { Double(bitPattern: try read(UInt64.self)) }

    /// Reads `count` bytes as a slice.
    @inlinable public mutating func readSlice(_ count: Int) throws -> Bytes {
        guard count >= 0, remaining >= count else {
            throw KafkaProtocolError.truncated(needed: count, remaining: remaining)
        }
        let slice = bytes[consumed..<consumed + count]
        consumed += count
        return slice
    }

    /// Passes over `count` bytes.
    @inlinable public mutating func skip(_ count: Int) throws {
        guard count >= 0, remaining >= count else {
            throw KafkaProtocolError.truncated(needed: count, remaining: remaining)
        }
        consumed += count
    }

    /// Reads a base-128 varint of at most 64 bits.
    @inlinable public mutating func readUnsignedVarint() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try read(UInt8.self)
            guard shift < 63 || byte <= 1 else { throw KafkaProtocolError.malformed("a varint of more than 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// Reads a zigzag varint (Kafka's varint and varlong).
    @inlinable public mutating func readVarint() throws -> Int64 {
        let raw = try readUnsignedVarint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }
}
