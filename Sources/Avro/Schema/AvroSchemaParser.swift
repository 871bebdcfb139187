import MillraceJSON

/// Makes types of JSON, and notes the definitions that it comes across.
struct AvroSchemaParser {
    /// A field's default, and the place of it.
    typealias Default = (value: JSONValue, type: AvroType, path: String)

    private(set) var definitions: [String: AvroDefinition] = [:]
    /// Definitions that have begun.
    var names: Set<String> = []
    /// Defaults with their types, which can be checked when all definitions are known.
    var defaults: [Default] = []
    private var depth = 0
    /// The greatest depth so far.
    private(set) var deepest = 0

    /// Makes the definitions of another schema known.
    mutating func add(_ reference: AvroSchema) throws(AvroSchemaError) {
        for (name, definition) in reference.definitions {
            if let known = definitions[name] {
                // Two references may share a third.
                guard AvroSchemaText.text(of: definition) == AvroSchemaText.text(of: known) else {
                    throw AvroSchemaError("two references define \(name) differently", at: "")
                }
            }
            definitions[name] = definition
            names.insert(name)
        }
    }

    /// The type that a value is, within a namespace.
    mutating func type(_ value: JSONValue, namespace: String, at path: String) throws(AvroSchemaError) -> AvroType {
        guard depth < AvroSchema.maximumDepth else {
            throw AvroSchemaError("types are nested more than \(AvroSchema.maximumDepth) deep", at: path)
        }
        depth += 1
        deepest = max(deepest, depth)
        defer { depth -= 1 }
        switch value {
        case .string(let name): return AvroType(try named(name, namespace: namespace, at: path))
        case .array(let branches): return AvroType(.union(try union(branches, namespace: namespace, at: path)))
        case .object(let members): return try type(members, value, namespace: namespace, at: path)
        default: throw AvroSchemaError("a type is a name, an object or an array", at: path)
        }
    }

    private mutating func type(
        _ members: [(String, JSONValue)], _ value: JSONValue, namespace: String, at path: String
    ) throws(AvroSchemaError) -> AvroType {
        guard let word = value["type"]?.stringValue else { throw AvroSchemaError("\"type\" expected, a name", at: path) }
        func others(_ known: String) -> [(String, JSONValue)] { members.filter { $0.0 != "type" && $0.0 != known } }
        switch word {
        case "array":
            guard let items = value["items"] else { throw AvroSchemaError("\"items\" expected", at: path) }
            return AvroType(.array(items: try type(items, namespace: namespace, at: path + "/items")), properties: others("items"))
        case "map":
            guard let values = value["values"] else { throw AvroSchemaError("\"values\" expected", at: path) }
            return AvroType(.map(values: try type(values, namespace: namespace, at: path + "/values")), properties: others("values"))
        case "record", "error", "enum", "fixed":
            return AvroType(.named(try define(word, value, members, namespace: namespace, at: path)))
        default:
            let kind = try named(word, namespace: namespace, at: path + "/type")
            // What is said of a named type belongs to its definition.
            if case .named = kind { return AvroType(kind) }
            return AvroType(kind, properties: others("type"))
        }
    }

    /// A primitive type, or one that is defined elsewhere.
    private func named(_ name: String, namespace: String, at path: String) throws(AvroSchemaError) -> AvroType.Kind {
        if let primitive = AvroType.Kind(primitive: name) { return primitive }
        let full = AvroName.full(name, in: namespace)
        if names.contains(full) { return .named(full) }
        // As in Java: what the namespace has not is looked for outside of all.
        if names.contains(name) { return .named(name) }
        throw AvroSchemaError("there is no type \(full)", at: path)
    }

    private mutating func union(_ values: [JSONValue], namespace: String, at path: String) throws(AvroSchemaError) -> [AvroType] {
        var branches: [AvroType] = []
        var seen: Set<String> = []
        for (index, value) in values.enumerated() {
            let place = "\(path)/\(index)"
            let branch = try type(value, namespace: namespace, at: place)
            if case .union = branch.kind { throw AvroSchemaError("a union directly in a union", at: place) }
            guard seen.insert(branch.name).inserted else { throw AvroSchemaError("a second \(branch.name) in a union", at: place) }
            branches.append(branch)
        }
        return branches
    }

    /// Notes a definition that is complete.
    mutating func finish(_ definition: AvroDefinition) { definitions[definition.fullName] = definition }
}
