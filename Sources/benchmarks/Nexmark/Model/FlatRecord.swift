import KafkaProtocol
import Millrace

/// A value that is its bytes: a kind, numbers of eight bytes at fixed places (the highest byte first), then text. Fields are
/// read where they lie, so that decoding is a check of the size, encoding a copy, and a step that looks at two numbers pays
/// for two.
protocol FlatRecord: DefaultSerde, Sendable {
    var bytes: Bytes { get }
    /// Throws if the bytes are too few, or of another kind.
    init(_ bytes: Bytes) throws
}

extension FlatRecord {
    static var defaultSerde: Serde<Self> {
        Serde(encode: { $1.write(raw: $0.bytes) }, decode: { try Self($0) }, detach: { $0.detached() })
    }

    /// The same in memory of its own.
    func detached() -> Self { (try? Self(bytes.detached())) ?? self }
}

extension Bytes {
    /// The number in the eight bytes from `offset` on, which must be there.
    @inline(__always)
    func number(at offset: Int) -> Int64 {
        precondition(offset >= 0 && offset + 8 <= count, "a number outside of the bytes")
        return withUnsafeBytes { Int64(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: Int64.self)) }
    }
}

extension ByteReader {
    /// Reads text of at most 255 bytes, after its length.
    mutating func readText() throws -> Bytes { try readSlice(Int(read(UInt8.self))) }
    /// Reads bytes after their number.
    mutating func readBlock() throws -> Bytes { try readSlice(Int(read(UInt32.self))) }
}

extension ByteWriter {
    /// Writes bytes after their number.
    mutating func write(block bytes: Bytes) {
        write(UInt32(bytes.count))
        write(raw: bytes)
    }
}
