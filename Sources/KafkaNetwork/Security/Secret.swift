/// A password or key in text form that no description, dump or log shows.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself, for the one who needs it.
    public let revealed: String

    /// Wraps `text`.
    public init(_ text: String) { revealed = text }

    /// Stars, whatever the secret is.
    public var description: String { "********" }
    /// Stars, whatever the secret is.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Compares in a time that depends on the lengths only.
    public static func == (left: Secret, right: Secret) -> Bool {
        areEqualInConstantTime(Array(left.revealed.utf8), Array(right.revealed.utf8))
    }
}

/// Whether two byte strings are equal, in a time that does not tell where they differ.
func areEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
}
