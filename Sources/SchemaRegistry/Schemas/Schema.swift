public import KafkaProtocol

/// A schema as a registry keeps it: its text, its language, and the schemas of the registry that it refers to.
///
/// Schemas are equal if their texts have the same bytes; the registry compares what it has made of a text (`SchemaRules`).
public struct Schema: Sendable, Hashable {
    /// The text: JSON for Avro and JSON Schema, a `.proto` file for Protocol Buffers.
    @Name public var text: String
    /// The language.
    public var type: SchemaType
    /// The schemas that it refers to by name.
    public var references: [SchemaReference]

    /// A schema.
    public init(_ text: String, type: SchemaType = .avro, references: [SchemaReference] = []) {
        self.text = text
        self.type = type
        self.references = references
    }
}

/// A name in a schema that stands for another one, of which the registry has this version.
public struct SchemaReference: Sendable, Hashable {
    /// The name: a full name in Avro, a URI in JSON Schema, a file in Protocol Buffers.
    @Name public var name: String
    /// The subject that has the other schema.
    @Name public var subject: String
    /// The version of it, from 1.
    public var version: Int32

    /// A reference.
    public init(name: String, subject: String, version: Int32) {
        self.name = name
        self.subject = subject
        self.version = version
    }
}

extension SchemaReference: Codable {
    private enum CodingKeys: String, CodingKey { case name, subject, version }

    /// Reads a reference from a member of `references`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name),
            subject: try container.decode(String.self, forKey: .subject),
            version: try container.decode(Int32.self, forKey: .version))
    }

    /// Writes a reference as a member of `references`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(subject, forKey: .subject)
        try container.encode(version, forKey: .version)
    }
}
