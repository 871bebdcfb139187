import MillraceJSON
import KafkaProtocol

extension AvroSchema {
    /// The JSON text in one line, with documentation and properties, members in the order in which Java writes them.
    ///
    /// - Parameter withReferences: Whether types that came with references are defined in the text, so that it stands alone.
    public func text(withReferences: Bool = false) -> String {
        var writer = AvroSchemaText(definitions: definitions, written: withReferences ? [] : referenced)
        return writer.json(of: type, namespace: "").bytes.string
    }
}

/// Writes types as JSON, each definition where it is first used.
struct AvroSchemaText {
    let definitions: [String: AvroDefinition]
    /// The full names of those that are defined already.
    var written: Set<String>

    /// The text of one definition, with the names of others only.
    static func text(of definition: AvroDefinition) -> String {
        var writer = AvroSchemaText(definitions: [:], written: [])
        return writer.json(of: definition, namespace: "").bytes.string
    }

    mutating func json(of type: AvroType, namespace: String) -> JSONValue {
        switch type.kind {
        case .array(let items): .object([("type", "array"), ("items", json(of: items, namespace: namespace))] + type.properties)
        case .map(let values): .object([("type", "map"), ("values", json(of: values, namespace: namespace))] + type.properties)
        case .union(let branches): .array(branches.map { json(of: $0, namespace: namespace) })
        case .named(let name):
            if written.insert(name).inserted, let definition = definitions[name] {
                json(of: definition, namespace: namespace)
            } else {
                .string(AvroName.namespace(name) == namespace ? AvroName.simple(name) : name)
            }
        default: type.properties.isEmpty ? .string(type.name) : .object([("type", .string(type.name))] + type.properties)
        }
    }

    mutating func json(of definition: AvroDefinition, namespace: String) -> JSONValue {
        var members: [(String, JSONValue)] = [("type", .string(definition.word)), ("name", .string(definition.name))]
        if definition.namespace != namespace { members.append(("namespace", .string(definition.namespace))) }
        if let text = definition.documentation { members.append(("doc", .string(text))) }
        switch definition.shape {
        case .record(let fields): members.append(("fields", .array(fields.map { json(of: $0, namespace: definition.namespace) })))
        case .enumeration(let symbols, let fallback):
            members.append(("symbols", .array(symbols.map { .string($0) })))
            if let fallback { members.append(("default", .string(fallback))) }
        case .fixed(let size): members.append(("size", .count(size)))
        }
        members += definition.properties
        if !definition.aliases.isEmpty { members.append(("aliases", .array(definition.aliases.map { .string($0) }))) }
        return .object(members)
    }

    private mutating func json(of field: AvroField, namespace: String) -> JSONValue {
        var members: [(String, JSONValue)] = [("name", .string(field.name)), ("type", json(of: field.type, namespace: namespace))]
        if let text = field.documentation { members.append(("doc", .string(text))) }
        if let value = field.defaultValue { members.append(("default", value)) }
        if field.order != .ascending { members.append(("order", .string(field.order.rawValue))) }
        if !field.aliases.isEmpty { members.append(("aliases", .array(field.aliases.map { .string($0) }))) }
        return .object(members + field.properties)
    }
}
