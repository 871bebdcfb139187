public import KafkaNetwork

/// How an `HTTPServer` treats its clients.
public struct HTTPConfiguration: Sendable {
    /// Where it listens; port 0 takes any free one.
    public var address: NetworkAddress
    /// What clients must show (`Authorization: Bearer`, or as the password of any user with `Basic`), nil if nobody is asked. Needed
    /// beyond the machine itself.
    public var token: Secret?
    /// TLS, if clients must use it. Needed beyond the machine itself.
    public var tls: TLSServerContext?
    /// How much of a client is taken.
    public var limits = HTTPLimits()
    /// How a request is answered that is refused; the default is JSON with `error` and, if there is one, `code`.
    public var refusal: @Sendable (HTTPFault) -> HTTPResponse = HTTPResponse.refusal
    /// Called when the port is open, with its address.
    public var opened: @Sendable (NetworkAddress) -> Void = { _ in }

    /// A server at `address`.
    public init(_ address: NetworkAddress, token: Secret? = nil, tls: TLSServerContext? = nil) {
        self.address = address
        self.token = token
        self.tls = tls
    }

    /// Throws `NetworkError` if the server could be asked by anybody on the network, or be listened to.
    public func validate() throws {
        if let token = token?.revealed, token.isEmpty || !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
            throw NetworkError(.other, "the token for HTTP is empty, or has characters that a header cannot carry")
        }
        guard !address.host.isLoopback, token == nil || tls == nil else { return }
        throw NetworkError(
            .permission,
            "HTTP on \(address), which others can reach, needs a token and TLS; 127.0.0.1 needs neither")
    }
}
