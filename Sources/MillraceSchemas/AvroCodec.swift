internal import Avro
internal import KafkaProtocol
internal import Millrace
internal import SchemaRegistry

/// What a serde of Avro needs: the writer of its own schema, and a reader for each schema that records were written with.
struct AvroCodec: Sendable {
    let writer: SchemaWriter<AvroWriter>
    let reader: SchemaReader<AvroReader>

    /// A codec of a schema, which is what records of others are read as. Throws `SchemaRegistryError` if it cannot be read or has no name
    /// where one is needed.
    init(
        _ registry: SchemaRegistryClient, _ schema: Schema, references: [(name: String, schema: Schema)], _ subject: SubjectName,
        _ options: SchemaSerdeOptions
    ) throws {
        let own = try Self.parsed(schema, references)
        writer = SchemaWriter(registry, schema, subject: try subject.name(recordName: own.name), options) { resolved in
            try AvroWriter(schema: Self.parsed(resolved.schema, resolved.references))
        }
        reader = SchemaReader(registry) { resolved in
            guard resolved.schema.type == .avro else {
                throw SerdeError("the schema with the id \(resolved.id) is of type \(resolved.schema.type.rawValue), not AVRO")
            }
            return try AvroReader(writer: Self.parsed(resolved.schema, resolved.references), reader: own)
        }
    }

    /// Asks the registry now for all that is known to be needed.
    func prepare() async throws {
        let resolved = try await writer.resolve()
        try writer.prepare(resolved)
        try reader.prepare(resolved)
    }

    private static func parsed(
        _ schema: Schema, _ references: [(name: String, schema: Schema)]
    ) throws(SchemaRegistryError) -> AvroSchema {
        do {
            var known: [AvroSchema] = []
            for reference in references { known.append(try AvroSchema(parsing: reference.schema.text, references: known)) }
            return try AvroSchema(parsing: schema.text, references: known)
        } catch {
            throw SchemaRegistryError(.configuration, "a schema cannot be read", underlying: error)
        }
    }

    /// The serde of `Codable` values.
    func serde<Value: Codable & SendableMetatype>() -> Serde<Value> {
        Serde(
            encode: { value, bytes in
                let ready = try writer.encoder()
                SchemaFraming.writeHeader(id: ready.id, into: &bytes)
                try ready.encoder.encode(value, into: &bytes)
            },
            decode: { bytes in
                let reader = try reader.decoder(id: bytes.schemaID)
                return try reader.decode(Value.self, from: bytes[SchemaFraming.headerBytes..<bytes.count])
            })
    }
}
