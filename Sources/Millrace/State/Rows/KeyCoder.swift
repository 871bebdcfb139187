public import KafkaProtocol

/// Keys of a store as bytes and back. Rows are told apart by their keys' bytes, as in Kafka Streams, so that results do not
/// depend on what goes through topics and what does not; `==` of the key's type plays no part.
@usableFromInline
struct KeyCoder<Key> {
    @usableFromInline let serde: Serde<Key>
    /// Memory for keys that have to be encoded.
    @usableFromInline let scratch = Scratch()

    @inlinable init(_ serde: Serde<Key>) { self.serde = serde }

    /// Calls `body` with the bytes of a key, which are valid during the call only. It must not use this coder again.
    @inlinable @inline(__always)
    func withBytes<R>(_ key: Key, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        // Which type it is is decided when the code is specialised.
        switch serde.form {
        case .bigEndian:
            if let number = key as? Int64 { return try withUnsafeBytes(of: number.bigEndian, body) }
            if let number = key as? Int32 { return try withUnsafeBytes(of: number.bigEndian, body) }
            if let number = key as? Double { return try withUnsafeBytes(of: number.bitPattern.bigEndian, body) }
        case .utf8:
            if let text = key as? String,
                let result = try text.utf8.withContiguousStorageIfAvailable({ try body(UnsafeRawBufferPointer($0)) })
            {
                return result
            }
        case .raw:
            if let bytes = key as? Bytes {
                return try bytes.withUnsafeBytes { bytes throws(any Error) -> R in try body(bytes) }
            }
        case .other: break
        }
        scratch.writer.removeAll()
        try serde.encode(key, &scratch.writer)
        return try scratch.writer.withUnsafeBytes { bytes throws(any Error) -> R in try body(bytes) }
    }

    /// The key that has those bytes.
    @inlinable
    func decode(_ bytes: UnsafeRawBufferPointer) throws -> Key { try serde.decode(copying: bytes) }

    /// Throws if the bytes, of a changelog, are no key.
    @inlinable
    func check(_ bytes: UnsafeRawBufferPointer) throws { if serde.form != .raw { _ = try decode(bytes) } }
    @inlinable
    func check(_ bytes: Bytes) throws { if serde.form != .raw { _ = try serde.decode(bytes) } }
}
