/// The options and arguments of a command line, checked against the command's declaration.
public struct ParsedArguments: Sendable {
    /// The words that call the command: `broker topics create`.
    public internal(set) var commandPath = ""
    /// The arguments without a dash, in order.
    public internal(set) var positionals: [String] = []
    var flags: Set<String> = []
    var values: [String: [String]] = [:]

    /// Whether the flag is given.
    public func flag(_ name: String) -> Bool { flags.contains(name) }

    /// The option's value, or its default; nil if it has neither.
    public func text(_ name: String) -> String? { values[name]?.last }

    /// All values of a repeatable option, in order.
    public func texts(_ name: String) -> [String] { values[name] ?? [] }

    /// The value of an option that is required or has a default. Throws `UsageError` if there is none.
    public func required(_ name: String) throws -> String {
        guard let value = text(name) else { throw UsageError("--\(name) is missing") }
        return value
    }

    /// The value of an option of kind `integer`.
    public func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

    /// The value of an option of kind `duration`.
    public func duration(_ name: String) -> Duration? { text(name).flatMap { try? Duration(parsing: $0) } }

    /// The value of an option of kind `size`, in bytes.
    public func bytes(_ name: String) -> Int? { text(name).flatMap { try? ByteSize(parsing: $0).bytes } }

    /// The values of a repeatable option of kind `pair`. Throws `UsageError` if a key is given twice.
    public func pairs(_ name: String) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts(name) {
            guard let equals = text.firstIndex(of: "=") else { continue }
            let key = String(text[..<equals])
            guard pairs.updateValue(String(text[text.index(after: equals)...]), forKey: key) == nil else {
                throw UsageError("--\(name) \(key) is given more than once")
            }
        }
        return pairs
    }
}
