import KafkaProtocol

/// Why a SASL exchange failed. The message never holds a password, and towards the peer it does not tell whether the
/// user exists.
public struct SASLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String { case malformed, refused, untrusted, unavailable }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// A message that is not the mechanism's.
        public static let malformed = Code(.malformed)
        /// The user or password is wrong.
        public static let refused = Code(.refused)
        /// The server did not prove that it knows the password, or asks for unsafe or absurd work.
        public static let untrusted = Code(.untrusted)
        /// The library for digests is not there.
        public static let unavailable = Code(.unavailable)
        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What failed, in words.
    public let message: String

    /// An error of kind `code`.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message with the kind of failure.
    public var description: String { errorText(message, kind: code) }

    static func malformed(_ what: String) -> SASLError { SASLError(.malformed, what) }
}
