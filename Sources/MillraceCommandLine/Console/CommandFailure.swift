/// A failure with a message for the user and an exit code.
public struct CommandFailure: Error, Sendable, CustomStringConvertible {
    /// What failed, in words.
    public let description: String
    /// How the program ends.
    public let exitCode: Int32

    /// A failure.
    public init(_ description: String, exitCode: Int32 = ExitCode.failure) {
        self.description = description
        self.exitCode = exitCode
    }
}
