/// The settings that a topology is built with: those given, and the defaults of the others. All have been checked.
public struct TopologySettings: Sendable {
    private let values: [String: String]

    /// The `given` settings and the defaults of those `declared`. Throws `UsageError` for a name that is not declared and
    /// for a value that is not of its setting's kind.
    public init(_ given: [String: String], declared: [TopologySetting]) throws {
        var values: [String: String] = [:]
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let setting = declared.first(where: { $0.name == name }) else {
                let names = declared.map(\.name)
                let list = names.isEmpty ? "it has no settings" : "its settings are \(names.joined(separator: ", "))"
                throw UsageError(
                    "--set: the topology has no setting \"\(name)\" (\(list))", suggestion: nearest(to: name, in: names)
                )
            }
            do { try setting.kind.check(value) } catch { throw UsageError("--set \(name): \(error)") }
            values[name] = value
        }
        for setting in declared where values[setting.name] == nil { values[setting.name] = setting.defaultValue }
        self.values = values
    }

    /// The setting's value; nil if there is neither a value nor a default.
    public subscript(_ name: String) -> String? { values[name] }

    /// A whole number; nil if there is neither a value nor a default. Throws `UsageError` if it is none.
    public func integer(_ name: String) throws -> Int? {
        try read(name) { text in
            guard let number = Int(text) else { throw ValueError("\"\(text)\" is not a whole number") }
            return number
        }
    }

    /// A duration such as `500ms`, `20s` or `7d`; nil if there is neither a value nor a default. Throws `UsageError` if it
    /// is none.
    public func duration(_ name: String) throws -> Duration? { try read(name) { try Duration(parsing: $0) } }

    /// A number of bytes such as `64KiB`; nil if there is neither a value nor a default. Throws `UsageError` if it is none.
    public func bytes(_ name: String) throws -> Int? { try read(name) { try ByteSize(parsing: $0).bytes } }

    /// `true` or `false`; nil if there is neither a value nor a default. Throws `UsageError` if it is none.
    public func boolean(_ name: String) throws -> Bool? {
        try read(name) { text in
            guard let value = Bool(text) else { throw ValueError("\"\(text)\" is neither true nor false") }
            return value
        }
    }

    private func read<Value>(_ name: String, _ body: (String) throws -> Value) throws -> Value? {
        guard let text = values[name] else { return nil }
        do { return try body(text) } catch { throw UsageError("--set \(name): \(error)") }
    }
}
