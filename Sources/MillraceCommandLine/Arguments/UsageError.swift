/// A command line that cannot be understood: told to the user with exit code 64 (`EX_USAGE`).
public struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, in words.
    public let message: String
    /// What the user may have meant.
    public let suggestion: String?
    /// The command it was found in, as typed: `broker topics create`.
    public internal(set) var commandPath: String?

    /// A usage error.
    public init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
        self.commandPath = nil
    }

    /// How usage texts write the kind.
    public var description: String {
        suggestion.map { "\(message); did you mean \($0)?" } ?? message
    }
}
