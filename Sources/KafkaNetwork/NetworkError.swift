import KafkaProtocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a connection, a listener or a frame failed. The message never holds payload or a secret.
public struct NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure. More may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case refused, unreachable, unresolved, timedOut, closed, tooLarge, addressInUse, addressNotAvailable, permission
            case shortage, tls, other
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// Nobody listens on the port.
        public static let refused = Code(.refused)
        /// There is no way to the host.
        public static let unreachable = Code(.unreachable)
        /// The host name is not known.
        public static let unresolved = Code(.unresolved)
        /// The peer did not answer in time.
        public static let timedOut = Code(.timedOut)
        /// The connection or listener was closed, here or by the peer.
        public static let closed = Code(.closed)
        /// A frame whose announced length is negative or over the limit.
        public static let tooLarge = Code(.tooLarge)
        /// The address to listen on is taken.
        public static let addressInUse = Code(.addressInUse)
        /// The address to listen on is not one of this machine's.
        public static let addressNotAvailable = Code(.addressNotAvailable)
        /// The system does not allow it.
        public static let permission = Code(.permission)
        /// The process or the system has no file descriptor or memory left.
        public static let shortage = Code(.shortage)
        /// The TLS handshake or a TLS record failed, or a certificate or key cannot be used.
        public static let tls = Code(.tls)
        /// Anything else.
        public static let other = Code(.other)
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

    /// The error for a system call's `number` (an `errno`) while doing `what`.
    static func system(_ number: Int32, _ what: String) -> NetworkError {
        NetworkError(code(of: number), "\(what): \(SystemError.text(number))")
    }

    private static func code(of number: Int32) -> Code {
        switch number {
        case ECONNREFUSED: .refused
        case ENETUNREACH, EHOSTUNREACH, EHOSTDOWN, ENETDOWN: .unreachable
        case ETIMEDOUT: .timedOut
        case ECONNRESET, EPIPE, ENOTCONN, ECONNABORTED, EBADF, ESHUTDOWN: .closed
        case EADDRINUSE: .addressInUse
        case EADDRNOTAVAIL: .addressNotAvailable
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: .shortage
        case EACCES, EPERM: .permission
        default: .other
        }
    }
}
