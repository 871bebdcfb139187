/// An argument without a dash.
public struct CommandPositional: Sendable {
    /// What stands for it in the help.
    public let name: String
    /// One sentence for the help.
    public let summary: String
    /// Whether it takes all the arguments that are left, at least one. The last one only.
    public let isRepeatable: Bool
    /// Whether it may be left out.
    public let isOptional: Bool

    /// A positional argument.
    public init(_ name: String, _ summary: String, isRepeatable: Bool = false, isOptional: Bool = false) {
        self.name = name
        self.summary = summary
        self.isRepeatable = isRepeatable
        self.isOptional = isOptional
    }
}
