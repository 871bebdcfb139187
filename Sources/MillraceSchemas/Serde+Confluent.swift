public import KafkaProtocol
public import Millrace
public import SchemaRegistry

extension Serde {
    /// Values of a format of one's own whose schema is in a registry, in Confluent's frame: a zero, the schema's id, and the value.
    ///
    /// For Protocol Buffers by the types of `SwiftProtobuf`:
    /// ```swift
    /// let orders = Serde.confluent(
    ///     schema: Schema(orderProto, type: .protobuf), subject: .topic("orders"), recordName: Order.protoMessageName,
    ///     messageIndexes: [0], registry: registry,
    ///     encode: { writer.write(raw: Bytes(try $0.serializedBytes() as [UInt8])) },
    ///     decode: { try Order(serializedBytes: $0.array) })
    /// ```
    /// The schema gets its id when the first value is written; the thread of its task waits for the registry then, as long as the
    /// registry's client tries (`SchemaRegistryConfiguration.timeout`). `SchemaRegistryClient.confluentSerde` does that at the start instead.
    /// Values are read whatever the schema is that they were written with; a record without an id cannot be read.
    ///
    /// - Parameters:
    ///   - schema: The schema of what is written.
    ///   - subject: The subject that it is a version of.
    ///   - recordName: The full name of the type, where the subject is named after it.
    ///   - messageIndexes: Which message of the schema values are, if they are messages of Protocol Buffers; those of what is read are
    ///     passed over. Nil for other formats.
    ///   - registry: Where schemas are.
    ///   - options: How the schema gets its id.
    ///   - encode: Appends the bytes of a value.
    ///   - decode: Reads a value from its bytes, a slice of the fetched batch.
    ///   - detach: Makes a value fit to be kept, if it is such a slice (see `Serde.detach`).
    /// Throws `SchemaRegistryError` if the subject needs a name that there is not.
    public static func confluent(
        schema: Schema, subject: SubjectName, recordName: String? = nil, messageIndexes: [Int]? = nil,
        registry: SchemaRegistryClient, options: SchemaSerdeOptions = SchemaSerdeOptions(),
        encode: @escaping @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void,
        decode: @escaping @Sendable (_ bytes: Bytes) throws -> Value, detach: (@Sendable (Value) -> Value)? = nil
    ) throws -> Serde {
        let writer = SchemaWriter(registry, schema, subject: try subject.name(recordName: recordName), options) { _ in () }
        return framed(writer, messageIndexes, encode, decode, detach)
    }

    static func framed(
        _ writer: SchemaWriter<Void>, _ messageIndexes: [Int]?,
        _ encode: @escaping @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void,
        _ decode: @escaping @Sendable (_ bytes: Bytes) throws -> Value, _ detach: (@Sendable (Value) -> Value)?
    ) -> Serde {
        Serde(
            encode: { value, bytes in
                SchemaFraming.writeHeader(id: try writer.encoder().id, into: &bytes)
                if let messageIndexes { SchemaFraming.write(messageIndexes: messageIndexes, into: &bytes) }
                try encode(value, &bytes)
            },
            decode: { bytes in
                _ = try bytes.schemaID
                var value = bytes[SchemaFraming.headerBytes..<bytes.count]
                if messageIndexes != nil {
                    var reader = ByteReader(value)
                    _ = try SchemaFraming.readMessageIndexes(from: &reader)
                    value = value[(value.count - reader.remaining)..<value.count]
                }
                return try decode(value)
            },
            detach: detach)
    }
}

extension SchemaRegistryClient {
    /// `Serde.confluent`, whose schema has its id already when this returns: nothing waits later. Throws `SchemaRegistryError`.
    public func confluentSerde<Value>(
        schema: Schema, subject: SubjectName, recordName: String? = nil, messageIndexes: [Int]? = nil,
        options: SchemaSerdeOptions = SchemaSerdeOptions(),
        encode: @escaping @Sendable (_ value: Value, _ writer: inout ByteWriter) throws -> Void,
        decode: @escaping @Sendable (_ bytes: Bytes) throws -> Value, detach: (@Sendable (Value) -> Value)? = nil
    ) async throws -> Serde<Value> {
        let writer = SchemaWriter(self, schema, subject: try subject.name(recordName: recordName), options) { _ in () }
        try writer.prepare(try await writer.resolve())
        return .framed(writer, messageIndexes, encode, decode, detach)
    }
}

extension Bytes {
    /// The id in front of a record.
    var schemaID: Int32 {
        get throws { try withUnsafeBytes { bytes throws(SchemaRegistryError) in try SchemaFraming.id(of: bytes) } }
    }
}
