/// A value of a JSON text, with integers at their full 64 bits.
enum JSONValue: Decodable, Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .bool(try container.decode(Bool.self))
        }
    }
}

/// The fields of a JSON object, by name, with errors that say which one is missing or of another type.
struct Fields: Equatable, Sendable {
    let values: [String: JSONValue]
    /// What the object is, for error messages.
    let what: String

    init(_ value: JSONValue, _ what: String) throws {
        guard case .object(let values) = value else { throw CaseError("\(what) is not an object") }
        self.values = values
        self.what = what
    }

    subscript(name: String) -> JSONValue? { values[name] }

    /// Throws if there is a field of another name: what is not understood must not be passed over.
    func allow(_ names: Set<String>) throws {
        if let name = values.keys.sorted().first(where: { !names.contains($0) }) {
            throw CaseError("\(what): nothing is known of \"\(name)\"")
        }
    }

    /// A text that must be there.
    func text(_ name: String) throws -> String {
        guard let text = try optionalText(name) else { throw missing(name) }
        return text
    }

    /// A text that may be left out.
    func optionalText(_ name: String) throws -> String? {
        switch values[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw CaseError("\(what): \"\(name)\" is not a string")
        }
    }

    /// An integer that must be there.
    func integer(_ name: String) throws -> Int64 {
        guard let integer = try optionalInteger(name) else { throw missing(name) }
        return integer
    }

    /// An integer that may be left out.
    func optionalInteger(_ name: String) throws -> Int64? {
        switch values[name] {
        case nil, .null: return nil
        case .integer(let integer): return integer
        default: throw CaseError("\(what): \"\(name)\" is not an integer")
        }
    }

    /// A list; empty if left out.
    func list(_ name: String) throws -> [JSONValue] {
        switch values[name] {
        case nil, .null: return []
        case .array(let list): return list
        default: throw CaseError("\(what): \"\(name)\" is not a list")
        }
    }

    /// A string, an integer or null; null if left out.
    func cell(_ name: String) throws -> Cell? {
        switch values[name] {
        case nil, .null: return nil
        case .string(let text): return .string(text)
        case .integer(let integer): return .int64(integer)
        default: throw CaseError("\(what): \"\(name)\" is neither a string nor an integer nor null")
        }
    }

    private func missing(_ name: String) -> CaseError { CaseError("\(what): \"\(name)\" is missing") }
}

/// Why a case cannot be run: its file is broken, or it asks for what is not there.
struct CaseError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
