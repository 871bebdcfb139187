public import KafkaNetwork

/// How a `BrokerServer` treats its clients. The name of Kafka's setting is given where there is one.
public struct ServerConfiguration: Sendable {
    /// The address that clients are told to connect to (`advertised.listeners`); nil for the one that the server
    /// listens on, or, if that stands for all addresses of the machine, the one that the client has connected to.
    public var advertised: NetworkAddress?
    /// The largest request, in bytes (`socket.request.max.bytes`).
    public var maxRequestBytes = 100 << 20
    /// The bytes of requests and answers under way, of all connections together (`queued.max.request.bytes`). While there
    /// are more, no connection is read on, and a fetch is answered with 1 MiB or one batch at most.
    public var maxBytesUnderWay = 512 << 20
    /// The most connections (`max.connections`); more are closed at once.
    public var maxConnections = 4096
    /// The most connections from one address (`max.connections.per.ip`).
    public var maxConnectionsPerAddress = Int.max
    /// After how many milliseconds a connection that neither asks nor is answered is closed
    /// (`connections.max.idle.ms`).
    public var idleTimeout: Int64 = 600_000
    /// TLS, if clients must use it (`security.protocol` SSL and SASL_SSL).
    public var tls: TLSServerContext?
    /// The mechanisms of which clients must use one to prove who they are (`sasl.enabled.mechanisms`); if there are none,
    /// nobody is asked.
    public var saslMechanisms: [SASLMechanism] = []
    /// How many milliseconds pass before a failed login is answered, and its connection closed
    /// (`connection.failed.authentication.delay.ms`).
    public var failedAuthenticationDelay: Int64 = 100
    /// How many milliseconds clients have to take their last answers when the server stops.
    public var closingTimeout: Int64 = 5_000

    /// The defaults.
    public init() {}
}
