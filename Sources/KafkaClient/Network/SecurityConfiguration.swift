/// How a client proves who it is and makes sure who the broker is (`security.protocol`).
public struct SecurityConfiguration: Sendable, Equatable {
    /// Encryption; nil for none.
    public var tls: TLSConfiguration?
    /// The user; nil for none.
    public var sasl: SASLCredentials?

    /// Encryption, a user, both or none.
    public init(tls: TLSConfiguration? = nil, sasl: SASLCredentials? = nil) {
        self.tls = tls
        self.sasl = sasl
    }

    /// `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`, as Kafka calls the combinations.
    public var protocolName: String {
        (sasl == nil ? "" : "SASL_") + (tls == nil ? "PLAINTEXT" : "SSL")
    }
}

/// A certificate or key in PEM, by its place or as it is.
public enum PEMSource: Sendable, Hashable {
    /// A file.
    case file(String)
    /// The text itself.
    case text(String)
}

/// Whom to trust, and how to prove who one is, with TLS.
public struct TLSConfiguration: Sendable, Equatable {
    /// The certificates of the authorities that are trusted; nil for those of the machine.
    public var authorities: PEMSource?
    /// This client's certificate chain; nil for none.
    public var certificate: PEMSource?
    /// The key that belongs to the certificate.
    public var key: PEMSource?
    /// The password of the key, if it has one.
    public var keyPassword: String?
    /// Whether the broker's certificate must be for the host that was connected to.
    public var verifiesHostName: Bool

    /// Trusts the machine's authorities, and checks the host name, by default.
    public init(
        authorities: PEMSource? = nil, certificate: PEMSource? = nil, key: PEMSource? = nil,
        keyPassword: String? = nil, verifiesHostName: Bool = true
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.keyPassword = keyPassword
        self.verifiesHostName = verifiesHostName
    }
}

/// A user with a password. Printed, it shows the user alone.
public struct SASLCredentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
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
    public var password: String

    /// A user with a password.
    public init(mechanism: Mechanism, username: String, password: String) {
        self.mechanism = mechanism
        self.username = username
        self.password = password
    }

    /// The user and the mechanism.
    public var description: String { "\(username) (\(mechanism.rawValue))" }
    /// The user and the mechanism.
    public var debugDescription: String { description }
    /// Shows no password to `dump` either.
    public var customMirror: Mirror { Mirror(self, children: ["username": username, "mechanism": mechanism.rawValue]) }
}
