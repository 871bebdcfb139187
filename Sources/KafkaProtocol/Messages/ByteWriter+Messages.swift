extension ByteWriter {
    /// Writes a string or null; `compact` as flexible versions do (length plus one as a varint), else with a 2-byte
    /// length.
    ///
    /// Throws `KafkaProtocolError` if the string has more than 32767 bytes of UTF-8, the most that Kafka allows.
    public mutating func write(_ string: String?, compact: Bool) throws {
        guard var string else { return writeNull(compact: compact, size: 2) }
        try string.withUTF8 { utf8 in
            guard utf8.count <= Int(Int16.max) else {
                throw KafkaProtocolError.malformed("a string of \(utf8.count) bytes is too long")
            }
            if compact { writeUnsignedVarint(UInt64(utf8.count) + 1) } else { write(Int16(utf8.count)) }
            write(raw: UnsafeRawBufferPointer(utf8))
        }
    }

    /// Writes bytes or null; `compact` as flexible versions do (length plus one as a varint), else with a 4-byte
    /// length.
    public mutating func write(_ bytes: Bytes?, compact: Bool) throws {
        guard let bytes else { return writeNull(compact: compact, size: 4) }
        try writeCount(bytes.count, compact: compact)
        write(raw: bytes)
    }

    /// Writes the 16 bytes of a UUID.
    public mutating func write(_ uuid: KafkaUUID) {
        write(uuid.high)
        write(uuid.low)
    }

    /// Writes an array of structures or null.
    mutating func write<S: MessageStructure>(_ array: [S]?, compact: Bool, version: Int16) throws {
        guard let array else { return writeNull(compact: compact, size: 4) }
        try writeCount(array.count, compact: compact)
        for element in array { try element.encode(into: &self, version: version) }
    }

    /// Writes an array of integers or null.
    package mutating func write<I: FixedWidthInteger>(_ array: [I]?, compact: Bool) throws {
        guard let array else { return writeNull(compact: compact, size: 4) }
        try writeCount(array.count, compact: compact)
        for element in array { write(element) }
    }

    /// Writes an array of strings or null.
    package mutating func write(_ array: [String]?, compact: Bool) throws {
        guard let array else { return writeNull(compact: compact, size: 4) }
        try writeCount(array.count, compact: compact)
        for element in array { try write(element, compact: compact) }
    }

    /// Writes a structure, after a byte that tells whether there is one.
    mutating func write<S: MessageStructure>(_ structure: S?, version: Int16) throws {
        guard let structure else { return write(-1 as Int8) }
        write(1 as Int8)
        try structure.encode(into: &self, version: version)
    }

    private mutating func writeNull(compact: Bool, size: Int) {
        if compact {
            write(0 as UInt8)
        } else if size == 2 {
            write(-1 as Int16)
        } else {
            write(-1 as Int32)
        }
    }

    package mutating func writeCount(_ count: Int, compact: Bool) throws {
        guard count < Int(Int32.max) else { throw KafkaProtocolError.malformed("\(count) is too long a length") }
        if compact { writeUnsignedVarint(UInt64(count) + 1) } else { write(Int32(count)) }
    }
}

// Tagged fields (KIP-482): their number, then each one's tag, size and bytes. The number is below 128 and hence one
// byte, which is written first and counted up; a size is known only once the field is written and is inserted then.
extension ByteWriter {
    /// Writes an empty section of tagged fields.
    package mutating func writeNoTaggedFields() { write(0 as UInt8) }

    /// Begins a section of tagged fields, empty so far; returns the section for `writeTaggedField`.
    package mutating func beginTaggedFields() -> Int {
        write(0 as UInt8)
        return count - 1
    }

    /// Adds a field to the section. Fields are to be added in the order of their tags.
    package mutating func writeTaggedField(
        _ tag: UInt64, in section: Int, _ body: (inout ByteWriter) throws -> Void
    ) rethrows {
        let number = withUnsafeBytes { $0[section] }
        overwrite(number + 1, at: section)
        writeUnsignedVarint(tag)
        let start = count
        try body(&self)
        insertUnsignedVarint(UInt64(count - start), at: start)
    }
}
