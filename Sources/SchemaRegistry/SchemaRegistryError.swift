/// What went wrong with a schema registry, or with a record whose schema is in one: what was being done, and what may help.
public struct SchemaRegistryError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure. More may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case refused, unreachable, malformed, incompatible, notFound, configuration, storage }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// The registry answered with an error; `errorCode` says which.
        public static let refused = Code(.refused)
        /// No registry has answered in time.
        public static let unreachable = Code(.unreachable)
        /// A record without the id of a schema, or an answer that cannot be read.
        public static let malformed = Code(.malformed)
        /// The schema is not compatible with those before it in its subject.
        public static let incompatible = Code(.incompatible)
        /// There is no such subject, version or schema.
        public static let notFound = Code(.notFound)
        /// A setting makes no sense.
        public static let configuration = Code(.configuration)
        /// The topic of an embedded registry cannot be read or written.
        public static let storage = Code(.storage)
        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of failure.
    public var code: Code
    /// What was being done, and what happened.
    public var message: String
    /// The registry's own code, such as 40401, if it has answered with an error.
    public var errorCode: Int?
    /// The error behind this one, if any.
    public var underlying: (any Error)?

    /// An error.
    public init(_ code: Code, _ message: String, errorCode: Int? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.errorCode = errorCode
        self.underlying = underlying
    }

    /// Whether the same call may succeed later without a change on this side.
    public var isRetriable: Bool { code == .unreachable || code == .storage }

    @usableFromInline static func unframed(_ what: String) -> SchemaRegistryError {
        SchemaRegistryError(.malformed, "not a record with the id of its schema: \(what)")
    }

    /// The message with the kind of failure and the error behind it.
    public var description: String {
        "\(message) (\(code)\(errorCode.map { " \($0)" } ?? ""))\(underlying.map { ": \($0)" } ?? "")"
    }
}
