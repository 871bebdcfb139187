internal import MillraceJSON
internal import KafkaProtocol
public import Millrace
public import SchemaRegistry

extension Serde where Value: Codable & SendableMetatype {
    /// JSON whose schema is in a registry, in Confluent's frame, as its JSON Schema serializers write it.
    ///
    /// Values are read and written as by `Serde.json`. They are not checked against the schema, which is for readers and for the registry to
    /// compare. The schema gets its id when the first value is written; the thread of its task waits for the registry then, as long as
    /// the registry's client tries. `SchemaRegistryClient.jsonSchemaSerde` does that at the start instead.
    ///
    /// - Parameters:
    ///   - type: The type of the values.
    ///   - schema: The text of a JSON Schema.
    ///   - references: The schemas of the registry that it refers to.
    ///   - subject: The subject that it is a version of; where that is named after the record, after the schema's title.
    ///   - registry: Where schemas are.
    ///   - options: How the schema gets its id.
    /// Throws `SchemaRegistryError` if the subject needs a title and there is none.
    public static func jsonSchema(
        _ type: Value.Type = Value.self, schema: String, references: [SchemaReference] = [], subject: SubjectName,
        registry: SchemaRegistryClient, options: SchemaSerdeOptions = SchemaSerdeOptions()
    ) throws -> Serde {
        framed(try registry.jsonWriter(schema, references, subject, options), nil, encodeJSON, decodeJSON, nil)
    }

    fileprivate static var encodeJSON: @Sendable (Value, inout ByteWriter) throws -> Void {
        { value, writer in try JSONCoder.encode(value) { writer.write(raw: $0) } }
    }

    fileprivate static var decodeJSON: @Sendable (Bytes) throws -> Value {
        { bytes in
            do {
                return try bytes.withUnsafeBytes { bytes throws(any Error) in try JSONCoder.decode(Value.self, from: bytes) }
            } catch {
                throw SerdeError("not a \(Value.self) in JSON: \(error)")
            }
        }
    }
}

extension SchemaRegistryClient {
    /// `Serde.jsonSchema`, whose schema has its id already when this returns: nothing waits later. Throws `SchemaRegistryError`.
    public func jsonSchemaSerde<Value: Codable & SendableMetatype>(
        _ type: Value.Type = Value.self, schema: String, references: [SchemaReference] = [], subject: SubjectName,
        options: SchemaSerdeOptions = SchemaSerdeOptions()
    ) async throws -> Serde<Value> {
        let writer = try jsonWriter(schema, references, subject, options)
        try writer.prepare(try await writer.resolve())
        return .framed(writer, nil, Serde<Value>.encodeJSON, Serde<Value>.decodeJSON, nil)
    }

    fileprivate func jsonWriter(
        _ text: String, _ references: [SchemaReference], _ subject: SubjectName, _ options: SchemaSerdeOptions
    ) throws -> SchemaWriter<Void> {
        struct Titled: Decodable { var title: String? }
        var text = text
        let title = try? text.withUTF8 { try JSONCoder.decode(Titled.self, from: UnsafeRawBufferPointer($0)) }.title
        let schema = Schema(text, type: .json, references: references)
        return SchemaWriter(self, schema, subject: try subject.name(recordName: title), options) { _ in () }
    }
}
