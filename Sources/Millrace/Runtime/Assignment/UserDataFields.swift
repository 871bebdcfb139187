import KafkaProtocol

/// Fields at the end of user data, by their tags (KIP-482). Readers of an earlier version pass over what comes after what they know, and
/// later ones over tags that they do not know, so that fields can be added while versions mix.
struct UserDataFields {
    private var fields: [UInt64: Bytes] = [:]

    /// No fields.
    init() {}

    /// Reads what is left; nothing stands for no fields.
    init(_ reader: inout ByteReader) throws {
        guard reader.remaining > 0 else { return }
        for _ in 0..<(try reader.readCount()) {
            let tag = try reader.readUnsignedVarint()
            fields[tag] = try reader.readSlice(try reader.readCount())
        }
    }

    subscript(tag: UInt64) -> Bytes? {
        get { fields[tag] }
        set { fields[tag] = newValue }
    }

    /// Writes them; nothing if there are none.
    func write(to writer: inout ByteWriter) {
        guard !fields.isEmpty else { return }
        writer.writeUnsignedVarint(UInt64(fields.count))
        for (tag, bytes) in fields.sorted(by: { $0.key < $1.key }) {
            writer.writeUnsignedVarint(tag)
            writer.writeUnsignedVarint(UInt64(bytes.count))
            writer.write(raw: bytes)
        }
    }
}
