public import KafkaProtocol

/// User and password in the one message of SASL's PLAIN mechanism (RFC 4616).
public struct PlainCredentials: Sendable, Equatable {
    /// The user's name.
    public let user: String
    /// The password.
    public let password: Secret

    /// Credentials to send. Neither may be empty or hold a zero character; throws `.malformed` if so.
    public init(user: String, password: Secret) throws(SASLError) {
        guard !user.isEmpty, !user.utf8.contains(0) else {
            throw .malformed("a user name that is empty or holds a zero")
        }
        guard !password.revealed.isEmpty, !password.revealed.utf8.contains(0) else {
            throw .malformed("a password that is empty or holds a zero")
        }
        self.user = user
        self.password = password
    }

    /// Parses a client's `message`. Like Kafka it takes an authorization id only if it is empty or the user's name.
    public init(message: Bytes) throws(SASLError) {
        let parts = message.array.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("a PLAIN message of \(parts.count) parts, not 3") }
        guard let identity = String(validating: parts[0], as: UTF8.self),
            let user = String(validating: parts[1], as: UTF8.self),
            let password = String(validating: parts[2], as: UTF8.self)
        else { throw .malformed("a PLAIN message that is not UTF-8") }
        guard identity.isEmpty || identity == user else {
            throw SASLError(.refused, "the user may not act in the name of another")
        }
        try self.init(user: user, password: Secret(password))
    }

    /// The message to send. It holds the password: send it over TLS only.
    public var message: Bytes { Bytes(utf8: "\0\(user)\0\(password.revealed)") }
}
