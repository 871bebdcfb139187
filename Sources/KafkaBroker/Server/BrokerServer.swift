public import KafkaNetwork
internal import KafkaProtocol
internal import Synchronization

/// Serves a broker to Kafka clients over TCP.
///
/// ```swift
/// let server = try BrokerServer(broker, listeningOn: NetworkAddress(host: "127.0.0.1", port: 9092))
/// async let running: Void = broker.run()
/// async let serving: Void = server.run()
/// // ...
/// server.stop()
/// await serving
/// await broker.close()
/// try await running
/// ```
///
/// Requests of one connection are answered one after the other, in their order; at most a few are read ahead, so that
/// a client which sends faster than it is answered is held up by TCP. An API or a version that is not offered is answered with
/// `UNSUPPORTED_VERSION`; what is no request at all ends its connection, with a line in the log, and no other.
public final class BrokerServer: Sendable {
    private struct State {
        var connections: [UInt64: ServedConnection] = [:]
        var countByHost: [String: Int] = [:]
        var lastID: UInt64 = 0
        /// Whether the log has a line that connections were refused, since when there was last room for one.
        var hasToldOfRefusals = false
        var isStopping = false
    }

    /// The address that the server listens on, with the port that it has got if it asked for any.
    public let address: NetworkAddress
    private let broker: Broker
    private let configuration: ServerConfiguration
    private let listener: SocketListener
    private let memory: RequestMemory
    private let report: BrokerReport
    private let state = Mutex(State())

    /// Opens the port. Clients can connect from now on and are served when `run` is called; `broker` must run, too. `log`
    /// is told remarkable events.
    ///
    /// Throws `NetworkError`, with `.addressInUse` if the port is taken.
    public init(
        _ broker: Broker, listeningOn address: NetworkAddress, configuration: ServerConfiguration = .init(),
        log: @escaping @Sendable (BrokerEvent) -> Void = { _ in }
    ) throws {
        self.broker = broker
        self.configuration = configuration
        report = BrokerReport(log)
        memory = RequestMemory(limit: configuration.maxBytesUnderWay)
        listener = try SocketListener.bind(to: address)
        // The host as it was asked for: that may be a name, which is what clients are told then.
        self.address = NetworkAddress(host: address.host, port: listener.address.port)
        let listener = ServedListener(address: self.address, configuration: configuration)
        broker.listeners.withLock { $0.append(listener) }
    }

    /// Accepts clients and serves them. Returns after `stop`, when all connections have ended; if the task is
    /// cancelled they are closed at once. Call it once.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                while let connection = await accept() {
                    guard let (id, served) = admit(connection) else {
                        connection.close()
                        continue
                    }
                    group.addTask { await self.serve(served, id) }
                }
            }
        } onCancel: {
            stop()
            for connection in state.withLock({ Array($0.connections.values) }) { connection.abort() }
        }
    }

    /// Closes the port, answers the requests that were read already, and closes each connection then. Clients that do
    /// not take their answers have `closingTimeout` for it. Later calls do nothing.
    public func stop() {
        let connections = state.withLock { state -> [ServedConnection]? in
            guard !state.isStopping else { return nil }
            state.isStopping = true
            return Array(state.connections.values)
        }
        guard let connections else { return }
        listener.close()
        broker.listeners.withLock { $0.removeAll { $0.address == address } }
        guard !connections.isEmpty else { return }
        for connection in connections { connection.drain() }
        broker.timers.schedule(at: broker.clock.deadline(after: configuration.closingTimeout)) { [weak self] in
            guard let self else { return }
            for connection in state.withLock({ Array($0.connections.values) }) { connection.abort() }
        }
    }

    /// How many clients are connected.
    public var connectionCount: Int { state.withLock { $0.connections.count } }

    /// The bytes of requests and answers under way.
    var bytesUnderWay: Int { memory.used }

    private func accept() async -> Connection? {
        do {
            return try await listener.accept { [report, address] shortage in
                report("connections wait: \(shortage.message)", about: "listener \(address)")
            }
        } catch {
            let isStopping = state.withLock { $0.isStopping }
            if !isStopping, !Task.isCancelled {
                report("accepts no more connections: \(error)", about: "listener \(address)")
            }
            return nil
        }
    }

    /// Takes a connection up, or nothing if there are too many.
    private func admit(_ connection: Connection) -> (UInt64, ServedConnection)? {
        let host = connection.remoteAddress.host
        let (admitted, refusal) = state.withLock { state -> ((UInt64, ServedConnection)?, String?) in
            guard !state.isStopping else { return (nil, nil) }
            let isFull = state.connections.count >= configuration.maxConnections
            guard !isFull, state.countByHost[host, default: 0] < configuration.maxConnectionsPerAddress else {
                defer { state.hasToldOfRefusals = true }
                guard !state.hasToldOfRefusals else { return (nil, nil) }
                return (nil, isFull ? "max.connections" : "max.connections.per.ip")
            }
            state.lastID += 1
            let served = ServedConnection(
                connection, broker: broker, configuration: configuration, memory: memory,
                advertised: advertised(to: connection))
            state.connections[state.lastID] = served
            state.countByHost[host, default: 0] += 1
            state.hasToldOfRefusals = false
            return ((state.lastID, served), nil)
        }
        if let refusal {
            report("connections are refused, the last one from \(host): \(refusal) is reached", about: "listener \(address)")
        }
        return admitted
    }

    private func serve(_ connection: ServedConnection, _ id: UInt64) async {
        let fault = await connection.run()
        let host = connection.address.host
        state.withLock { state in
            state.connections[id] = nil
            let count = state.countByHost[host, default: 1] - 1
            state.countByHost[host] = count > 0 ? count : nil
        }
        if let fault { report("connection closed: \(fault)", about: connection.clientName) }
    }

    /// The address that a client is told to connect to.
    private func advertised(to connection: Connection) -> BrokerEndpoint {
        if let advertised = configuration.advertised {
            return BrokerEndpoint(host: advertised.host, port: Int32(clamping: advertised.port))
        }
        let isWildcard = ["0.0.0.0", "::", ""].contains(address.host)
        return BrokerEndpoint(
            host: isWildcard ? connection.localAddress.host : address.host, port: Int32(clamping: address.port))
    }
}
