/// How a server shows itself and trusts clients, for all its connections. TLS 1.2 and 1.3, over the OpenSSL that is
/// loaded when the first context is made.
public final class TLSServerContext: Sendable {
    /// Whether clients show certificates, as Kafka's `ssl.client.auth`.
    public enum ClientAuthentication: String, Sendable, CaseIterable {
        /// They are not asked.
        case none
        /// They are asked and may have none; a wrong one is refused.
        case requested
        /// Those without a trusted one are refused.
        case required
    }

    /// The settings, after Kafka's `ssl.*`.
    public struct Configuration: Sendable {
        /// The server's certificate and those that lead from it to an authority.
        public var certificateChain: PEM
        /// The certificate's key; nil if it is in `certificateChain`.
        public var privateKey: PEM?
        /// What the key is encrypted with (`ssl.key.password`).
        public var keyPassword: Secret?
        /// Whether clients show certificates.
        public var clientAuthentication = ClientAuthentication.none
        /// The authorities of clients' certificates; nil for the system's.
        public var trustedCertificates: PEM?

        /// A server that asks no client for a certificate.
        public init(certificateChain: PEM, privateKey: PEM? = nil, keyPassword: Secret? = nil) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
            self.keyPassword = keyPassword
        }
    }

    let context: TLSContext

    /// Reads certificates and key. Throws `.tls` with what is wrong with them, or with the package to install if
    /// OpenSSL is not there.
    public init(_ configuration: Configuration) throws {
        context = try TLSContext(isServer: true)
        try context.identify(
            chain: configuration.certificateChain, key: configuration.privateKey ?? configuration.certificateChain,
            password: configuration.keyPassword)
        guard configuration.clientAuthentication != .none else { return }
        try context.trust(configuration.trustedCertificates, isServer: true)
        let isRequired = configuration.clientAuthentication == .required
        context.library.setVerify(
            context.pointer, SSLConstant.verifyPeer | (isRequired ? SSLConstant.verifyRequired : 0), nil)
    }
}
