extension ByteReader {
    /// Reads a string. Throws for null. Invalid UTF-8 becomes U+FFFD.
    public mutating func readString(compact: Bool) throws -> String {
        guard let string = try readNullableString(compact: compact) else {
            throw KafkaProtocolError.malformed("null where a string is required")
        }
        return string
    }

    /// Reads a string or null.
    public mutating func readNullableString(compact: Bool) throws -> String? {
        let length = compact ? try readCompactCount() : Int(try read(Int16.self))
        return length < 0 ? nil : try readSlice(length).string
    }

    /// Reads bytes as a slice. Throws for null.
    public mutating func readBytes(compact: Bool) throws -> Bytes {
        guard let bytes = try readNullableBytes(compact: compact) else {
            throw KafkaProtocolError.malformed("null where bytes are required")
        }
        return bytes
    }

    /// Reads bytes, as a slice, or null.
    public mutating func readNullableBytes(compact: Bool) throws -> Bytes? {
        let length = compact ? try readCompactCount() : Int(try read(Int32.self))
        return length < 0 ? nil : try readSlice(length)
    }

    /// Reads the 16 bytes of a UUID.
    public mutating func readUUID() throws -> KafkaUUID {
        KafkaUUID(high: try read(), low: try read())
    }

    mutating func readArray<S: MessageStructure>(compact: Bool, version: Int16) throws -> [S] {
        try required(readNullableArray(compact: compact, version: version))
    }

    package mutating func readArray<I: FixedWidthInteger>(compact: Bool) throws -> [I] {
        try required(readNullableArray(compact: compact))
    }

    package mutating func readArray(compact: Bool) throws -> [String] {
        try required(readNullableArray(compact: compact))
    }

    mutating func readNullableArray<S: MessageStructure>(compact: Bool, version: Int16) throws -> [S]? {
        try readElements(compact: compact, size: 1) { reader in try S(from: &reader, version: version) }
    }

    package mutating func readNullableArray<I: FixedWidthInteger>(compact: Bool) throws -> [I]? {
        try readElements(compact: compact, size: MemoryLayout<I>.size) { reader in try reader.read() }
    }

    package mutating func readNullableArray(compact: Bool) throws -> [String]? {
        try readElements(compact: compact, size: 1) { reader in try reader.readString(compact: compact) }
    }

    /// Reads a structure, if the byte before it says that there is one.
    mutating func readNullable<S: MessageStructure>(version: Int16) throws -> S? {
        try read(Int8.self) < 0 ? nil : try S(from: &self, version: version)
    }

    /// Reads elements of at least `size` bytes. A length that the rest of the input cannot hold is turned down before
    /// anything is allocated for it, and room is made as elements arrive.
    package mutating func readElements<E>(
        compact: Bool, size: Int, _ element: (inout ByteReader) throws -> E
    ) throws -> [E]? {
        let count = compact ? try readCompactCount() : Int(try read(Int32.self))
        guard count >= 0 else { return nil }
        guard count <= remaining / size else {
            throw KafkaProtocolError(.truncated, "\(count) elements do not fit into \(remaining) bytes")
        }
        var elements: [E] = []
        elements.reserveCapacity(min(count, 256))
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    private func required<E>(_ array: [E]?) throws -> [E] {
        guard let array else { throw KafkaProtocolError.malformed("null where an array is required") }
        return array
    }

    /// Reads a length of the compact form; -1 for null.
    private mutating func readCompactCount() throws -> Int {
        let raw = try readUnsignedVarint()
        guard raw <= UInt64(Int32.max) else { throw KafkaProtocolError.malformed("\(raw) is too long a length") }
        return Int(raw) - 1
    }

    /// Reads a section of tagged fields: calls `field` with the tag of each and a reader of its bytes. What `field`
    /// does not read is passed over.
    package mutating func readTaggedFields(_ field: (UInt64, inout ByteReader) throws -> Void) throws {
        let count = try readUnsignedVarint()
        guard count <= UInt64(remaining) else {
            throw KafkaProtocolError(.truncated, "\(count) tagged fields do not fit into \(remaining) bytes")
        }
        for _ in 0..<count {
            let tag = try readUnsignedVarint()
            let size = try readUnsignedVarint()
            guard size <= UInt64(remaining) else {
                throw KafkaProtocolError(.truncated, "a tagged field of \(size) bytes, \(remaining) left")
            }
            var content = ByteReader(try readSlice(Int(size)))
            try field(tag, &content)
        }
    }

    /// Passes over a section of tagged fields.
    package mutating func skipTaggedFields() throws { try readTaggedFields { _, _ in } }
}
