/// Why bytes are not a value of a type.
public struct SerdeError: Error, Sendable, CustomStringConvertible {
    /// What was expected and what was there.
    public let message: String

    /// An error with that message.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
