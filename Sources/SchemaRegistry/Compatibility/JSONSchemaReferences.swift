internal import MillraceJSON

/// Finds what `$ref` in a JSON Schema stands for: a place in the same text, or another schema of the registry.
struct JSONSchemaReferences {
    private let root: JSONValue
    /// Other schemas by the names that they are referred to with, and their own ids.
    private var others: [String: JSONValue] = [:]

    init(root: JSONValue, others: [ReferredSchema]) {
        self.root = root
        for other in others {
            guard let value = try? JSONValue(parsing: other.schema.text) else { continue }
            self.others[other.name] = value
            if let id = value["$id"]?.stringValue { self.others[id] = value }
        }
    }

    /// The schema at a reference; nil if it cannot be found. A reference that the schema there is itself is not followed.
    func schema(at reference: String) -> JSONValue? {
        let hash = reference.firstIndex(of: "#") ?? reference.endIndex
        let name = String(reference[..<hash])
        guard let base = name.isEmpty || name == root["$id"]?.stringValue ? root : others[name] else { return nil }
        return Self.place(String(reference[hash...].dropFirst()), in: base)
    }

    /// The value at a JSON pointer (RFC 6901) or an anchor.
    private static func place(_ pointer: String, in root: JSONValue) -> JSONValue? {
        guard !pointer.isEmpty else { return root }
        guard pointer.hasPrefix("/") else {
            let definitions = (root["$defs"]?.members ?? []) + (root["definitions"]?.members ?? [])
            return definitions.first { $0.1["$anchor"]?.stringValue == pointer }?.1
        }
        var value = root
        for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            if let elements = value.elements, let index = Int(name), elements.indices.contains(index) {
                value = elements[index]
            } else if let member = value[name] {
                value = member
            } else {
                return nil
            }
        }
        return value
    }
}
