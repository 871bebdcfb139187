public import MillraceHTTP
public import KafkaNetwork

/// What an application serves over HTTP: its health, metrics, state and stores as JSON, events, and a page that shows them live.
///
/// ```swift
/// configuration.http = StreamsHTTP(NetworkAddress(host: "127.0.0.1", port: 8080))
/// ```
public struct StreamsHTTP: Sendable {
    /// Where, and who may ask.
    public var server: HTTPConfiguration
    /// How many records of changelogs may be left to be put back for the application to be called ready (`/readyz`).
    public var readyWithin: Int64 = 10_000
    /// How other instances' certificates are checked when they are asked for keys that they have; nil asks only those without TLS.
    public var peers: TLSClientContext?
    /// What the page shows besides the application: figures of the program's own. Called about every two seconds, and when
    /// somebody looks; must return at once.
    public var panels: @Sendable () -> [LivePanel] = { [] }

    /// Serves at `address`, to the machine itself unless `server` is given a token and TLS.
    public init(_ address: NetworkAddress) { self.init(HTTPConfiguration(address)) }

    /// Serves as `server` says.
    public init(_ server: HTTPConfiguration) { self.server = server }
}
