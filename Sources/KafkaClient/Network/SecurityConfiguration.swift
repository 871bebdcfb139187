public import KafkaNetwork

/// How a client proves who it is and makes sure who the broker is (`security.protocol`).
public struct SecurityConfiguration: Sendable {
    /// Encryption; nil for none.
    public var tls: TLSClientContext.Configuration?
    /// The user; nil for none.
    public var sasl: SASLCredentials?

    /// Encryption, a user, both or none.
    public init(tls: TLSClientContext.Configuration? = nil, sasl: SASLCredentials? = nil) {
        self.tls = tls
        self.sasl = sasl
    }
}
