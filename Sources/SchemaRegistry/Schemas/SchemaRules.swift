internal import Avro
internal import MillraceJSON
internal import KafkaProtocol

/// What a registry knows of the languages of schemas.
enum SchemaRules {
    /// The form of a schema in which it is kept and compared: without white space, and for Avro without what says nothing. With
    /// `normalize` members of a JSON Schema have no order. Protocol Buffers stay as they are. Throws 42201 if it is no schema.
    static func canonical(
        _ schema: Schema, normalize: Bool, references: [ReferredSchema]
    ) throws(RegistryRefusal) -> Schema {
        var canonical = schema
        switch schema.type {
        case .avro: canonical.text = try avro(ResolvedSchema(schema: schema, references: references)).text()
        case .json:
            let value = try json(schema)
            if let fault = JSONSchemaCheck.fault(in: value) { throw .invalidSchema(fault) }
            canonical.text = (normalize ? value.sorted : value).bytes.string
        case .protobuf: break
        }
        return canonical
    }

    /// Why two versions of a schema do not go together as `level` asks; empty if they do.
    static func incompatibilities(
        of new: ResolvedSchema, with old: ResolvedSchema, level: CompatibilityLevel
    ) throws(RegistryRefusal) -> [String] {
        guard new.schema.type == old.schema.type else {
            return ["the schema is of type \(new.schema.type.rawValue), the earlier one of type \(old.schema.type.rawValue)"]
        }
        var reasons: [String] = []
        switch new.schema.type {
        case .avro:
            let (new, old) = (try avro(new), try avro(old))
            if level.readsOlder { reasons += AvroCompatibility.incompatibilities(reader: new, writer: old).map(\.description) }
            if level.isReadByOlder { reasons += AvroCompatibility.incompatibilities(reader: old, writer: new).map(\.description) }
        case .json:
            let (newValue, oldValue) = (try json(new.schema), try json(old.schema))
            let newReferences = JSONSchemaReferences(root: newValue, others: new.references)
            let oldReferences = JSONSchemaReferences(root: oldValue, others: old.references)
            if level.readsOlder {
                reasons += JSONSchemaComparison.differences(from: oldValue, oldReferences, to: newValue, newReferences).map(\.description)
            }
            if level.isReadByOlder {
                reasons += JSONSchemaComparison.differences(from: newValue, newReferences, to: oldValue, oldReferences).map(\.description)
            }
        case .protobuf:
            reasons.append(
                "schemas of type PROTOBUF are not compared by this registry: to change one, set the subject's compatibility to NONE")
        }
        return reasons
    }

    /// An Avro schema with what it refers to.
    private static func avro(_ schema: ResolvedSchema) throws(RegistryRefusal) -> AvroSchema {
        do {
            var known: [AvroSchema] = []
            // Each can use those before it, which it may refer to.
            for reference in schema.references { known.append(try AvroSchema(parsing: reference.schema.text, references: known)) }
            return try AvroSchema(parsing: schema.schema.text, references: known)
        } catch {
            throw .invalidSchema("\(error)")
        }
    }

    private static func json(_ schema: Schema) throws(RegistryRefusal) -> JSONValue {
        do {
            return try JSONValue(parsing: schema.text)
        } catch {
            throw .invalidSchema("\(error)")
        }
    }
}

extension JSONValue {
    /// The same with members in the order of their names.
    fileprivate var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(members.map { ($0.0, $0.1.sorted) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) })
        default: self
        }
    }
}
