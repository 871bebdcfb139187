public import KafkaProtocol

/// The frame around records of which a registry has the schema, as Confluent's serializers write it: a zero, the schema's id in four
/// bytes, and the record.
public enum SchemaFraming {
    /// The bytes before the record: a zero and the id.
    public static let headerBytes = 5

    /// Appends the header of a record with the schema `id`.
    @inlinable public static func writeHeader(id: Int32, into writer: inout ByteWriter) {
        writer.write(0 as UInt8)
        writer.write(id)
    }

    /// The id in front of a record. Throws `SchemaRegistryError` with `.malformed` if there is none.
    @inlinable public static func id(of bytes: UnsafeRawBufferPointer) throws(SchemaRegistryError) -> Int32 {
        guard bytes.count >= headerBytes else { throw .unframed("\(bytes.count) bytes are too few for the id of a schema") }
        guard bytes[0] == 0 else {
            throw .unframed("the first byte is \(bytes[0]), not 0 as with records whose schema is in a registry")
        }
        return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int32.self))
    }

    /// Appends which message of a `.proto` file a record is: its place among the file's messages, then among those inside of that one,
    /// and so on. Stands between header and record with Protocol Buffers.
    public static func write(messageIndexes: [Int], into writer: inout ByteWriter) {
        // The first message of a file, which is nearly always meant, is one byte.
        guard messageIndexes != [0] else { return writer.write(0 as UInt8) }
        writer.writeVarint(Int64(messageIndexes.count))
        for index in messageIndexes { writer.writeVarint(Int64(index)) }
    }

    /// Reads what `write(messageIndexes:into:)` has written. Throws if that is not what is there.
    public static func readMessageIndexes(from reader: inout ByteReader) throws -> [Int] {
        let count = try reader.readVarint()
        if count == 0 { return [0] }
        // Each has a byte at least.
        guard count > 0, count <= reader.remaining else { throw SchemaRegistryError.unframed("a list of \(count) message indexes") }
        var indexes: [Int] = []
        for _ in 0..<count {
            guard let index = Int(exactly: try reader.readVarint()), index >= 0 else {
                throw SchemaRegistryError.unframed("a message index below zero")
            }
            indexes.append(index)
        }
        return indexes
    }
}
