internal import MillraceJSON

/// What a JSON Schema says, as far as it is compared: one kind of values, or several schemas together.
///
/// A schema with keywords of several kinds (a type and an `enum`, a type and `anyOf`) is all of them together, and one with several types is
/// any of them. Titles, descriptions, examples, formats and unknown keywords say nothing.
indirect enum JSONSchemaShape {
    /// How schemas are put together.
    enum Criterion: String { case allOf, anyOf, oneOf }

    case anything
    case nothing
    /// `null` or `boolean`.
    case plain(String)
    case string(JSONValue)
    case number(JSONValue, isInteger: Bool)
    case array(JSONValue)
    case object(JSONValue)
    case enumeration([JSONValue])
    case combination(Criterion, [JSONValue])
    case not(JSONValue)
    /// What is not understood, and therefore the same only if its text is.
    case opaque(JSONValue)

    /// Keywords that say of what type values are, where `type` does not.
    private static let keywords: [(type: String, names: Set<String>)] = [
        (
            "object",
            [
                "properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
                "dependencies", "dependentRequired", "dependentSchemas", "propertyNames", "unevaluatedProperties",
            ]
        ),
        (
            "array",
            [
                "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains",
                "maxContains", "unevaluatedItems",
            ]
        ),
        ("string", ["minLength", "maxLength", "pattern"]),
        ("number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ]

    /// The shape of a schema that is no reference.
    init(_ schema: JSONValue) {
        guard let members = schema.members else {
            self = schema.boolValue == false ? .nothing : .anything
            return
        }
        var parts: [JSONSchemaShape] = []
        if let values = schema["enum"]?.elements { parts.append(.enumeration(values)) }
        if let value = schema["const"] { parts.append(.enumeration([value])) }
        for criterion in [Criterion.allOf, .anyOf, .oneOf] {
            if let schemas = schema[criterion.rawValue]?.elements { parts.append(.combination(criterion, schemas)) }
        }
        if let other = schema["not"] { parts.append(.not(other)) }
        let conditions = members.filter { ["if", "then", "else"].contains($0.0) }
        if !conditions.isEmpty { parts.append(.opaque(.object(conditions))) }
        let types = schema["type"]?.elements?.compactMap(\.stringValue) ?? schema["type"]?.stringValue.map { [$0] } ?? []
        if types.count > 1 {
            parts.append(.combination(.anyOf, types.map { Self.only(members, of: $0) }))
        } else if let type = types.first {
            parts.append(Self.shape(of: type, schema))
        } else {
            for (type, names) in Self.keywords where members.contains(where: { names.contains($0.0) }) {
                parts.append(Self.shape(of: type, schema))
            }
        }
        switch parts.count {
        case 0: self = .anything
        case 1: self = parts[0]
        default: self = .combination(.allOf, parts.map { $0.schema })
        }
    }

    private static func shape(of type: String, _ schema: JSONValue) -> JSONSchemaShape {
        switch type {
        case "string": .string(schema)
        case "number": .number(schema, isInteger: false)
        case "integer": .number(schema, isInteger: true)
        case "array": .array(schema)
        case "object": .object(schema)
        case "null", "boolean": .plain(type)
        default: .opaque(schema)
        }
    }

    /// The schema of one type, with its keywords alone.
    private static func only(_ members: [(String, JSONValue)], of type: String) -> JSONValue {
        let names = keywords.first { $0.type == (type == "integer" ? "number" : type) }?.names ?? []
        return .object([("type", .string(type))] + members.filter { names.contains($0.0) })
    }

    /// The shape as a schema of its own.
    private var schema: JSONValue {
        switch self {
        case .anything: .bool(true)
        case .nothing: .bool(false)
        case .plain(let type): .object([("type", .string(type))])
        case .string(let schema): Self.only(schema.members ?? [], of: "string")
        case .number(let schema, let isInteger): Self.only(schema.members ?? [], of: isInteger ? "integer" : "number")
        case .array(let schema): Self.only(schema.members ?? [], of: "array")
        case .object(let schema): Self.only(schema.members ?? [], of: "object")
        case .enumeration(let values): .object([("enum", .array(values))])
        case .combination(let criterion, let schemas): .object([(criterion.rawValue, .array(schemas))])
        case .not(let schema): .object([("not", schema)])
        case .opaque(let schema): schema
        }
    }
}
