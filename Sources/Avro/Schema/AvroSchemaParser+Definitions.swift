import MillraceJSON

extension AvroSchemaParser {
    /// Notes a record, enum or fixed type. Returns its full name.
    mutating func define(
        _ word: String, _ value: JSONValue, _ members: [(String, JSONValue)], namespace: String, at path: String
    ) throws(AvroSchemaError) -> String {
        let fullName = try name(of: value, namespace: namespace, at: path)
        guard names.insert(fullName).inserted else { throw AvroSchemaError("\(fullName) is defined twice", at: path) }
        let own = AvroName.namespace(fullName)
        let aliases = try strings("aliases", of: value, at: path)
        for alias in aliases where !AvroName.isValidFull(alias) {
            throw AvroSchemaError("\"\(alias)\" is not a name", at: path + "/aliases")
        }
        let shape: AvroDefinition.Shape
        let known: Set<String>
        switch word {
        case "enum":
            known = ["symbols", "default"]
            shape = try enumeration(value, at: path)
        case "fixed":
            known = ["size"]
            guard let size = value["size"]?.integerValue, 0...Int64(Int32.max) ~= size else {
                throw AvroSchemaError("\"size\" expected, a number of bytes", at: path)
            }
            shape = .fixed(size: Int(size))
        default:
            known = ["fields"]
            shape = .record(try fields(of: value, namespace: own, at: path))
        }
        finish(
            AvroDefinition(
                fullName: fullName, aliases: aliases.map { AvroName.full($0, in: own) }, documentation: value["doc"]?.stringValue, shape: shape,
                properties: members.filter { !known.union(["type", "name", "namespace", "aliases", "doc"]).contains($0.0) },
                isError: word == "error"))
        return fullName
    }

    private func name(of value: JSONValue, namespace: String, at path: String) throws(AvroSchemaError) -> String {
        guard let name = value["name"]?.stringValue else { throw AvroSchemaError("\"name\" expected", at: path) }
        let fullName = AvroName.full(name, in: value["namespace"]?.stringValue ?? namespace)
        guard AvroName.isValidFull(fullName), AvroType.Kind(primitive: fullName) == nil else {
            throw AvroSchemaError("\"\(fullName)\" is not a name that can be given", at: path)
        }
        return fullName
    }

    private func enumeration(_ value: JSONValue, at path: String) throws(AvroSchemaError) -> AvroDefinition.Shape {
        guard value["symbols"] != nil else { throw AvroSchemaError("\"symbols\" expected", at: path) }
        let symbols = try strings("symbols", of: value, at: path)
        var seen: Set<String> = []
        for symbol in symbols {
            guard AvroName.isValid(symbol) else { throw AvroSchemaError("\"\(symbol)\" is not a name", at: path + "/symbols") }
            guard seen.insert(symbol).inserted else { throw AvroSchemaError("a second symbol \(symbol)", at: path + "/symbols") }
        }
        guard let fallback = value["default"] else { return .enumeration(symbols: symbols, default: nil) }
        guard let fallback = fallback.stringValue, seen.contains(fallback) else {
            throw AvroSchemaError("the default is not one of the symbols", at: path + "/default")
        }
        return .enumeration(symbols: symbols, default: fallback)
    }

    private mutating func fields(of value: JSONValue, namespace: String, at path: String) throws(AvroSchemaError) -> [AvroField] {
        guard let values = value["fields"]?.elements else { throw AvroSchemaError("\"fields\" expected, an array", at: path) }
        var fields: [AvroField] = []
        var seen: Set<String> = []
        for (index, value) in values.enumerated() {
            let place = "\(path)/fields/\(index)"
            let field = try field(value, namespace: namespace, at: place)
            guard seen.insert(field.name).inserted else { throw AvroSchemaError("a second field \(field.name)", at: place) }
            if let value = field.defaultValue { defaults.append((value, field.type, place + "/default")) }
            fields.append(field)
        }
        return fields
    }

    private mutating func field(_ value: JSONValue, namespace: String, at path: String) throws(AvroSchemaError) -> AvroField {
        guard let name = value["name"]?.stringValue else { throw AvroSchemaError("\"name\" expected", at: path) }
        guard AvroName.isValid(name) else { throw AvroSchemaError("\"\(name)\" is not a name", at: path) }
        guard let type = value["type"] else { throw AvroSchemaError("\"type\" expected", at: path) }
        var order = AvroField.Order.ascending
        if let word = value["order"] {
            guard let known = word.stringValue.flatMap({ AvroField.Order(rawValue: $0) }) else {
                throw AvroSchemaError("\"order\" is ascending, descending or ignore", at: path)
            }
            order = known
        }
        let known: Set<String> = ["name", "type", "doc", "default", "order", "aliases"]
        return AvroField(
            name: name, aliases: try strings("aliases", of: value, at: path), documentation: value["doc"]?.stringValue,
            type: try self.type(type, namespace: namespace, at: path + "/type"), defaultValue: value["default"], order: order,
            properties: (value.members ?? []).filter { !known.contains($0.0) })
    }

    /// An attribute that is an array of strings; none if it is not there.
    private func strings(_ name: String, of value: JSONValue, at path: String) throws(AvroSchemaError) -> [String] {
        guard let value = value[name] else { return [] }
        let strings = value.elements?.compactMap(\.stringValue)
        guard let strings, strings.count == value.elements?.count else {
            throw AvroSchemaError("an array of strings expected", at: "\(path)/\(name)")
        }
        return strings
    }
}
