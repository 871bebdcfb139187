import KafkaProtocol

/// Why a broker could not be opened or could not go on. What a client does wrong is answered to the client with a
/// `KafkaErrorCode` instead.
public struct BrokerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of fault. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String { case locked, unwritable, corrupt, incompatible, storage, closed, configuration }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// Another process or another broker of this process has the data directory.
        public static let locked = Code(.locked)
        /// The data directory cannot be made or written to.
        public static let unwritable = Code(.unwritable)
        /// A file of the broker makes no sense.
        public static let corrupt = Code(.corrupt)
        /// The data directory was written by a newer release.
        public static let incompatible = Code(.incompatible)
        /// The file system reported an error.
        public static let storage = Code(.storage)
        /// The broker is closed.
        public static let closed = Code(.closed)
        /// The configuration makes no sense.
        public static let configuration = Code(.configuration)
        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of fault.
    public let code: Code
    /// What was being done to which file or directory, and what is wrong.
    public let message: String
    /// The error below, if there is one.
    public let underlying: (any Error)?

    /// An error of kind `code`.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// Whether the same call can succeed later without anything being repaired: the directory's owner may end.
    public var isRetriable: Bool { code == .locked }
    /// Whether the broker cannot go on.
    public var isFatal: Bool { true }

    /// The message with the error below, or else the kind of fault.
    public var description: String { errorText(message, kind: code, beneath: underlying) }
}
