/// What is wrong with bytes that should have been Kafka's, or with a value that Kafka's format cannot hold.
public struct KafkaProtocolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of fault. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String { case truncated, malformed, corrupt, unsupportedVersion, unsupportedCompression }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// The input ended early.
        public static let truncated = Code(.truncated)
        /// The input makes no sense.
        public static let malformed = Code(.malformed)
        /// A checksum does not match.
        public static let corrupt = Code(.corrupt)
        /// A version of a message that is not known here.
        public static let unsupportedVersion = Code(.unsupportedVersion)
        /// A compression whose library is not there, or of an unknown number.
        public static let unsupportedCompression = Code(.unsupportedCompression)
        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of fault.
    public let code: Code
    /// What was found, in words.
    public let message: String

    /// An error of kind `code`.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message with the kind of fault.
    public var description: String { errorText(message, kind: code) }

    /// The input ended with `needed` bytes expected and `remaining` left.
    @usableFromInline static func truncated(needed: Int, remaining: Int) -> KafkaProtocolError {
        KafkaProtocolError(.truncated, "\(needed) bytes expected, \(remaining) left")
    }

    /// The input makes no sense.
    @usableFromInline static func malformed(_ what: String) -> KafkaProtocolError {
        KafkaProtocolError(.malformed, what)
    }
}
