public import MillraceHTTP
public import KafkaBroker
public import KafkaClient
internal import KafkaNetwork
internal import KafkaProtocol

/// Opens the brokers that `--broker` can name.
///
/// One place for all programs, so that a new way to a broker (TCP) is added here alone.
public struct BrokerConnector: Sendable {
    /// Settings of the embedded broker.
    public var configuration: BrokerConfiguration
    /// Told remarkable events of the embedded broker.
    public var console: Console
    /// Security and time-outs of connections to a cluster.
    public var clientProperties: ClientProperties
    /// Whether the embedded broker's directory is to be deleted afterwards, so that nothing need be safe on the disk.
    public var isTemporary: Bool
    /// Where other programs reach the embedded broker; nil if they do not.
    public var listener: BrokerListener?
    /// Where the embedded broker's metrics are served; nil for nowhere.
    public var http: HTTPConfiguration?
    /// Where the embedded broker's schema registry is served; nil for nowhere.
    public var schemaRegistry: HTTPConfiguration?

    /// A connector.
    public init(
        configuration: BrokerConfiguration = BrokerConfiguration(), console: Console,
        clientProperties: ClientProperties = ClientProperties(), isTemporary: Bool = false,
        listener: BrokerListener? = nil
    ) {
        self.configuration = configuration
        self.console = console
        self.clientProperties = clientProperties
        self.isTemporary = isTemporary
        self.listener = listener
    }

    /// Opens the broker at `address`, calls `body` with a client of it, and closes both before it returns.
    ///
    /// The embedded broker runs beside `body`; if it fails, `body` is cancelled and the broker's error is thrown.
    /// Throws
    /// `BrokerError` if the data directory cannot be had, `KafkaError` if no broker of a cluster can be reached within
    /// some seconds, and what `body` throws. Cancelling the caller ends the broker too: to stop `body` so that it can
    /// still commit, cancel inside of it (`StopSignal.cancelling`). With `allowsTopicCreation` false, asking for an
    /// unknown topic is an error; with `mustExist`, so is a directory in which there is no broker's data yet. With
    /// `waitsForCluster` a cluster that cannot be reached is left to `body`.
    public func withClient<R: Sendable>(
        of address: BrokerAddress, clientID: String, allowsTopicCreation: Bool = true, mustExist: Bool = false,
        waitsForCluster: Bool = false,
        _ body: @escaping @Sendable (KafkaClient) async throws -> R
    ) async throws -> R {
        switch address {
        case .embedded(let directory):
            let console = console
            guard !mustExist || Broker.exists(in: directory) else {
                throw CommandFailure(
                    "there is no broker's data in \(directory); \"broker topics create\" and \"broker serve\" make it")
            }
            raiseFileLimit()
            keepFreedBuffers()
            let broker = try Broker.open(directory: directory, configuration: configuration, log: console.tell)
            return try await running(broker) {
                let client = KafkaClient(
                    transport: broker.transport(clientID: clientID), clientID: clientID,
                    allowsTopicCreation: allowsTopicCreation)
                return try await withSchemaRegistry(broker) { try await body(client) }
            }
        case .cluster(let endpoints):
            if let warning = clientProperties.warning { console.warning(warning) }
            return try await withKafkaClient(
                bootstrap: endpoints.map { NetworkAddress(host: $0.host, port: $0.port) }, clientID: clientID,
                configuration: clientProperties.tcp, allowsTopicCreation: allowsTopicCreation
            ) { client in
                if waitsForCluster { return try await body(client) }
                // A wrong address should not look like a slow cluster.
                _ = try await client.retrying("connect", timeout: .seconds(5)) { _ in
                    try await client.send(MetadataRequest(topics: [], allowAutoTopicCreation: false), to: nil)
                }
                return try await body(client)
            }
        }
    }

    private enum Ended<R: Sendable>: Sendable {
        case broker
        case http
        case body(R)
    }

    /// Runs `body` beside the server, which ends after it: clients get the answers to what they have asked.
    private func withServer<R: Sendable>(
        _ server: BrokerServer?, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> Ended<R> {
        guard let server else { return .body(try await body()) }
        async let serving: Void = server.run()
        let result: Result<R, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        server.stop()
        await serving
        return .body(try result.get())
    }

    /// Runs `body` beside the broker's loop and closes the broker when either has ended.
    private func running<R: Sendable>(
        _ broker: Broker, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        let result: Result<R, any Error>
        do {
            let server = try listener?.open(broker, console: console)
            let http = try http.map { try HTTPServer(broker, $0, console) }
            result = .success(
                try await withThrowingTaskGroup(of: Ended<R>.self) { group in
                    group.addTask {
                        try await broker.run()
                        return .broker
                    }
                    if let http {
                        group.addTask {
                            await http.run()
                            return .http
                        }
                    }
                    group.addTask {
                        try await withServer(server, body)
                    }
                    defer { group.cancelAll() }
                    while let ended = try await group.next() {
                        if case .body(let value) = ended { return value }
                    }
                    throw CancellationError()
                })
        } catch {
            result = .failure(error)
        }
        if isTemporary { broker.abandon() } else { await broker.close() }
        return try result.get()
    }
}
