/// How much of a client an `HTTPServer` takes.
public struct HTTPLimits: Sendable {
    /// The longest request line, in bytes; a longer one is answered with 414.
    public var requestLine = 8 << 10
    /// The most bytes of header lines, trailers included; more are answered with 431.
    public var headerBytes = 16 << 10
    /// The most header lines, trailers included; more are answered with 431.
    public var headerCount = 64
    /// The largest body, in bytes; a larger one is answered with 413.
    public var body = 64 << 10
    /// After how many requests a connection is closed.
    public var requestsPerConnection = 1000
    /// The most connections; more are closed at once.
    public var connections = 256
    /// How long a client may take to set up TLS, to send a request from its first byte to its last, to take a piece of an answer,
    /// and between two requests; and how long an answer may be in the making. Then its connection is closed.
    public var patience = Duration.seconds(30)

    /// The defaults.
    public init() {}
}
