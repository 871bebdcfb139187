public import KafkaNetwork

/// A user with a password (`sasl.mechanism`, `sasl.jaas.config`). Printed, it does not show the password.
public struct SASLCredentials: Sendable, Equatable {
    /// How the password is shown to be known.
    public enum Mechanism: String, Sendable, CaseIterable {
        /// The password itself is sent; only sensible with TLS.
        case plain = "PLAIN"
        /// Both sides prove that they know the password (RFC 5802, RFC 7677).
        case scramSHA256 = "SCRAM-SHA-256"
        /// The same with SHA-512.
        case scramSHA512 = "SCRAM-SHA-512"
    }

    /// How the password is shown to be known.
    public var mechanism: Mechanism
    /// The user's name.
    public var username: String
    /// The password.
    public var password: Secret

    /// A user with a password.
    public init(mechanism: Mechanism, username: String, password: Secret) {
        self.mechanism = mechanism
        self.username = username
        self.password = password
    }
}
