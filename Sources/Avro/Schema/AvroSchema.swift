public import MillraceJSON
import KafkaProtocol

/// An Avro schema: what kind of values there are, and the records, enums and fixed types that it is made of.
///
/// ```swift
/// let schema = try AvroSchema(parsing: #"{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}"#)
/// schema.canonicalForm  // {"name":"Order","type":"record","fields":[{"name":"id","type":"long"}]}
/// ```
///
/// A schema is a value and never changes. It follows the specification of Avro 1.11; a logical type that makes no sense for its type is
/// passed over, as the specification has it. Whether data of one schema can be read by another says `AvroCompatibility`; `AvroReader` and
/// `AvroWriter` read and write them.
public struct AvroSchema: Sendable {
    /// How deeply types may be nested in the text of a schema.
    public static let maximumDepth = 100
    private static let maximumDepthWithReferences = 500
    /// How many bytes the text of a schema may have.
    public static let maximumTextSize = 4 << 20

    /// The type of the values.
    public let type: AvroType
    /// The records, enums and fixed types that `type` and the others are made of, by full name, with those of references.
    public let definitions: [String: AvroDefinition]
    /// The full names of those that came with references.
    let referenced: Set<String>
    /// How deeply types are nested in the text with references at the most.
    let depth: Int

    /// The schema that a JSON text is.
    ///
    /// - Parameters:
    ///   - text: A JSON object or array, or the name of a type in quotes. Primitive types may be named without quotes.
    ///   - references: Schemas whose named types the text may use without defining them (the references of a schema registry).
    ///   - checksDefaults: Whether defaults that are not values of their fields are errors. Else they show when they are needed.
    ///
    /// Throws `AvroSchemaError`.
    public init(parsing text: String, references: [AvroSchema] = [], checksDefaults: Bool = true) throws {
        guard text.utf8.count <= Self.maximumTextSize else {
            throw AvroSchemaError("a schema of more than \(Self.maximumTextSize) bytes", at: "")
        }
        let name = text.utf8.count < 64 ? text.filter { !$0.isWhitespace } : ""
        if AvroType.Kind(primitive: name) != nil {
            try self.init(json: .string(name))
            return
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw AvroSchemaError("not JSON: \(error)", at: "")
        }
        try self.init(json: value, references: references, checksDefaults: checksDefaults)
    }

    /// The schema that a JSON value is; see `init(parsing:references:checksDefaults:)`.
    public init(json: JSONValue, references: [AvroSchema] = [], checksDefaults: Bool = true) throws {
        var parser = AvroSchemaParser()
        for reference in references { try parser.add(reference) }
        let referenced = Set(parser.definitions.keys)
        let type = try parser.type(json, namespace: "", at: "")
        let depth = parser.deepest + (references.map(\.depth).max() ?? 0)
        guard depth <= Self.maximumDepthWithReferences else { throw AvroSchemaError("references are nested too deeply", at: "") }
        self.init(type: type, definitions: parser.definitions, referenced: referenced, depth: depth)
        if checksDefaults { try check(parser.defaults) }
    }

    private init(type: AvroType, definitions: [String: AvroDefinition], referenced: Set<String>, depth: Int) {
        self.type = type
        self.depth = depth
        self.definitions = definitions
        self.referenced = referenced
    }

    private func check(_ defaults: [AvroSchemaParser.Default]) throws(AvroSchemaError) {
        var encoder = AvroDefaultEncoder(definitions: definitions)
        var writer = ByteWriter()
        for field in defaults {
            do throws(AvroDefaultEncoder.Fault) {
                try encoder.encode(field.value, as: field.type, into: &writer)
            } catch {
                throw AvroSchemaError("the default is \(error.text)", at: field.path)
            }
            writer.removeAll()
        }
    }

    /// The definition that a type stands for; nil for types without a name.
    public func definition(of type: AvroType) -> AvroDefinition? {
        if case .named(let name) = type.kind { definitions[name] } else { nil }
    }

    /// The full name of the record, enum or fixed type that the schema is; nil for others.
    public var name: String? {
        if case .named(let name) = type.kind { name } else { nil }
    }
}

extension AvroSchema: Equatable, CustomStringConvertible {
    /// Whether both have the same text, with documentation, properties and what comes of references.
    public static func == (left: AvroSchema, right: AvroSchema) -> Bool {
        left.text(withReferences: true) == right.text(withReferences: true)
    }

    /// The JSON text, in one line.
    public var description: String { text() }
}
