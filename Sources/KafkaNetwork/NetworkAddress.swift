/// A host and a TCP port, as Kafka's `bootstrap.servers` and `listeners` name them.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name or an IP address in text form, IPv6 without brackets.
    public var host: String
    /// The port, 0 to 65535; 0 lets the system choose one where a listener is bound.
    public var port: Int

    /// An address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, IPv6 addresses in brackets.
    public var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
