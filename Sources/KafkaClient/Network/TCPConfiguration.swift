/// How a client connects to brokers over TCP. The defaults are near those of Kafka's own clients.
public struct TCPConfiguration: Sendable {
    /// How long it may take until a connection stands, name look-up included (`socket.connection.setup.timeout.ms`).
    public var connectTimeout: Duration
    /// How long a broker may take to answer (`request.timeout.ms`). Requests that let the broker wait, such as Fetch
    /// and JoinGroup, get that time besides.
    public var requestTimeout: Duration
    /// After how long without a request a connection is closed (`connections.max.idle.ms`).
    public var idleTimeout: Duration
    /// The wait before a broker is connected to again (`reconnect.backoff.ms`). It doubles with each failure in a row.
    public var reconnectBackoff: Duration
    /// The longest such wait (`reconnect.backoff.max.ms`).
    public var maximumReconnectBackoff: Duration
    /// The largest answer that is taken, in bytes.
    public var maximumResponseBytes: Int
    /// Encryption and user.
    public var security: SecurityConfiguration

    /// A configuration.
    public init(
        connectTimeout: Duration = .seconds(10), requestTimeout: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(540), reconnectBackoff: Duration = .milliseconds(50),
        maximumReconnectBackoff: Duration = .seconds(1), maximumResponseBytes: Int = 256 << 20,
        security: SecurityConfiguration = SecurityConfiguration()
    ) {
        self.connectTimeout = connectTimeout
        self.requestTimeout = requestTimeout
        self.idleTimeout = idleTimeout
        self.reconnectBackoff = reconnectBackoff
        self.maximumReconnectBackoff = maximumReconnectBackoff
        self.maximumResponseBytes = maximumResponseBytes
        self.security = security
    }

    /// When to connect again.
    var reconnectPolicy: RetryPolicy {
        RetryPolicy(initialBackoff: reconnectBackoff, maximumBackoff: maximumReconnectBackoff)
    }
}
