public import Millrace
public import SchemaRegistry

extension Serde where Value: Codable & SendableMetatype {
    /// Avro whose schema is in a registry, in Confluent's frame, as its Avro serializers write it.
    ///
    /// ```swift
    /// struct Order: Codable { var id: Int64; var customer: String }
    ///
    /// let orders = try Serde.avro(Order.self, schema: Schema(text), subject: .topic("orders"), registry: registry)
    /// ```
    /// Records are read with the schema that they were written with, as values of `schema`, by Avro's schema resolution: fields that they
    /// lack have their defaults. `AvroReader` says which Swift types go with which schemas; an `AvroValue` is any of them.
    ///
    /// The schema gets its id when the first value is written, and each other one is asked for when its first record comes. The thread of
    /// the task waits for the registry then, as long as the registry's client tries (`SchemaRegistryConfiguration.timeout`), which tells if
    /// there is no answer. `SchemaRegistryClient.avroSerde` asks at the start instead; code of a Swift task, such as a test with
    /// `TopologyTestDriver`, should take that one.
    ///
    /// - Parameters:
    ///   - type: The type of the values.
    ///   - schema: The schema of what is written, and of what is read.
    ///   - subject: The subject that it is a version of; where that is named after the record, after the schema's full name.
    ///   - registry: Where schemas are.
    ///   - options: How the schema gets its id.
    /// Throws `SchemaRegistryError` if the schema cannot be read, refers to others (which takes `avroSerde`), or has no name and needs one.
    public static func avro(
        _ type: Value.Type = Value.self, schema: Schema, subject: SubjectName, registry: SchemaRegistryClient,
        options: SchemaSerdeOptions = SchemaSerdeOptions()
    ) throws -> Serde {
        try AvroCodec(registry, schema, references: [], subject, options).serde()
    }
}

extension SchemaRegistryClient {
    /// `Serde.avro`, whose schema has its id already when this returns: only schemas of other writers are waited for later.
    ///
    /// Throws `SchemaRegistryError`.
    public func avroSerde<Value: Codable & SendableMetatype>(
        _ type: Value.Type = Value.self, schema: Schema, subject: SubjectName, options: SchemaSerdeOptions = SchemaSerdeOptions()
    ) async throws -> Serde<Value> {
        try await preparedCodec(schema, subject, options).serde()
    }

    private func preparedCodec(
        _ schema: Schema, _ subject: SubjectName, _ options: SchemaSerdeOptions
    ) async throws -> AvroCodec {
        let codec = try AvroCodec(self, schema, references: try await references(of: schema), subject, options)
        try await codec.prepare()
        return codec
    }
}
