/// How a client trusts servers and shows itself, for all its connections. TLS 1.2 and 1.3, over the OpenSSL that is
/// loaded when the first context is made.
public final class TLSClientContext: Sendable {
    /// The settings, after Kafka's `ssl.*`.
    public struct Configuration: Sendable {
        /// The authorities to trust (`ssl.truststore.location`, `.certificates`); nil for the system's.
        public var trustedCertificates: PEM?
        /// The client's certificate and those that lead from it to an authority (`ssl.keystore.location`,
        /// `.certificate.chain`); nil to show none.
        public var certificateChain: PEM?
        /// The certificate's key (`ssl.keystore.key`); nil if it is in `certificateChain`.
        public var privateKey: PEM?
        /// What the key is encrypted with (`ssl.key.password`).
        public var keyPassword: Secret?
        /// Whether the server's certificate must name the host that was connected to. False is Kafka's empty
        /// `ssl.endpoint.identification.algorithm`: whoever owns any trusted certificate can pose as the server.
        public var verifiesHostName = true

        /// The system's authorities, no certificate of its own, host names checked.
        public init() {}
    }

    let context: TLSContext
    let verifiesHostName: Bool

    /// Reads certificates and key. Throws `.tls` with what is wrong with them, or with the package to install if
    /// OpenSSL is not there.
    public init(_ configuration: Configuration = Configuration()) throws {
        context = try TLSContext(isServer: false)
        verifiesHostName = configuration.verifiesHostName
        try context.trust(configuration.trustedCertificates)
        if let chain = configuration.certificateChain {
            try context.identify(
                chain: chain, key: configuration.privateKey ?? chain, password: configuration.keyPassword)
        }
        context.library.setVerify(context.pointer, SSLConstant.verifyPeer, nil)
    }
}
