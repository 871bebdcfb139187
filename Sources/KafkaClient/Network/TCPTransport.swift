public import KafkaNetwork
public import KafkaProtocol
import Synchronization

/// The way to a cluster over TCP.
///
/// `run()` does the connecting, writing and reading; nothing leaves before it runs. It knows the cluster's brokers from
/// the answers that pass through it; before the first one it tries the bootstrap addresses in turn. Each broker has one
/// connection for requests that it answers at once, and further ones for those that it may keep, such as fetches, as it
/// answers the requests of a connection in order. Broken connections are made anew when they are needed, after a wait
/// that grows from failure to failure.
public final class TCPTransport: KafkaTransport {
    private struct State {
        var nodes: NodeConnections
        var connections: [NodeConnections.ConnectionID: BrokerConnection] = [:]
        var unstarted: [BrokerConnection] = []
        var isClosed = false
    }

    /// How it connects.
    public let configuration: TCPConfiguration
    private let clientID: String
    private let tls: TLSClientContext?
    private let environment: ClientEnvironment
    private let state: Mutex<State>
    private let work = Notifier()

    /// A transport to the cluster of the brokers at `bootstrap`, some of them or all; `clientID` is the name under
    /// which brokers log it. Throws `.invalidConfiguration` if certificates or keys cannot be used.
    public init(
        bootstrap: [NetworkAddress], clientID: String, configuration: TCPConfiguration = TCPConfiguration(),
        environment: ClientEnvironment = .system
    ) throws {
        do {
            tls = try configuration.security.tls.map { try TLSClientContext($0) }
        } catch {
            throw KafkaError(.invalidConfiguration, "TLS cannot be used as configured", underlying: error)
        }
        self.configuration = configuration
        self.clientID = clientID
        self.environment = environment
        state = Mutex(State(nodes: NodeConnections(bootstrap: bootstrap, policy: configuration.reconnectPolicy)))
    }

    /// Connects and carries requests until the transport is closed or the task is cancelled. Run it as a child task,
    /// once.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let seen = work.version
                let (new, isClosed) = state.withLock { state in
                    defer { state.unstarted = [] }
                    return (state.unstarted, state.isClosed)
                }
                if isClosed { break }
                for connection in new { group.addTask { await self.run(connection) } }
                await work.wait(after: seen)
            }
            shutDown()
            group.cancelAll()
        }
    }

    private func run(_ connection: BrokerConnection) async {
        let (id, address) = (connection.id, connection.address)
        let inOrder = await connection.run {
            state.withLock { $0.nodes.opened(id, address) }
        } isFree: {
            self.state.withLock { $0.nodes.isFree(id, address) }
        }
        state.withLock { state in
            state.connections[connection.id] = nil
            state.nodes.ended(
                connection.id, connection.address, inOrder: inOrder, now: environment.now(), random: environment.random())
        }
    }

    /// Ends all connections and `run()`; requests under way and later ones throw.
    public func close() async {
        shutDown()
        work.notify()
    }

    private func shutDown() {
        let connections = state.withLock { state in
            state.isClosed = true
            state.unstarted = []
            return state.connections.values.map(\.self)
        }
        for connection in connections { connection.close(.closed("transport")) }
    }

    /// Sends `request` to the broker with the id `node`, or to any that can be reached if nil, and waits for the
    /// answer.
    ///
    /// Cancelling the task gives up waiting; other requests are not disturbed. Throws `CancellationError` then; a
    /// `KafkaError` with `.connection` if the broker cannot be reached or does not answer in time, which a retry can
    /// help;
    /// `.unsupported` if it does not have the API; and `.malformedResponse`.
    public func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response {
        let traits = RequestTraits(request)
        var tried: [NetworkAddress] = []
        var failures: [KafkaError] = []
        while true {
            let connection: BrokerConnection
            if let node {
                connection = try self.connection(to: try address(of: node), alone: traits.isLongPoll)
            } else {
                let now = environment.now()
                let next = state.withLock { $0.nodes.anyAddress(besides: tried, now: now) }
                guard let next else { throw Self.unreachable(failures) }
                tried.append(next)
                connection = try self.connection(to: next, alone: traits.isLongPoll)
            }
            guard let pending = connection.add(request, traits) else {
                // It has ended this very moment: another one takes its place.
                state.withLock { $0.nodes.drop(connection.id, connection.address) }
                if node == nil { tried.removeLast() }
                continue
            }
            switch try await pending.value() {
            case .frame(let frame, let version):
                return try receive(frame, answering: request, version: version, on: connection)
            case .written:
                return try Self.emptyResponse(to: request)
            case .unsent(let error):
                guard node == nil, error.isRetriable else { throw error }
                failures.append(error)
            }
        }
    }

    private func address(of node: Int32) throws -> NetworkAddress {
        guard let address = state.withLock({ $0.nodes.address(of: node) }) else {
            throw KafkaError(.connection, "the cluster has not told where broker \(node) is", isRetriable: true)
        }
        return address
    }

    /// The connection for a request, new if need be.
    private func connection(to address: NetworkAddress, alone: Bool) throws -> BrokerConnection {
        let (connection, isNew): (BrokerConnection, Bool) = try state.withLock { state in
            if state.isClosed { throw KafkaError.closed("transport") }
            let choice = state.nodes.choose(address, alone: alone)
            if !choice.isNew, let known = state.connections[choice.id] { return (known, false) }
            let new = BrokerConnection(
                choice, to: address, clientID: clientID, configuration: configuration, tls: tls,
                environment: environment)
            state.connections[choice.id] = new
            state.unstarted.append(new)
            return (new, true)
        }
        if isNew { work.notify() }
        return connection
    }

    private static func unreachable(_ failures: [KafkaError]) -> KafkaError {
        guard failures.count > 1 else {
            return failures.first ?? KafkaError(.connection, "there is no broker to connect to", isRetriable: true)
        }
        let list = failures.map(\.description).joined(separator: "; ")
        return KafkaError(.connection, "no broker can be reached: \(list)", isRetriable: true)
    }

    private func receive<R: KafkaRequest>(
        _ frame: Bytes, answering request: R, version: Int16, on connection: BrokerConnection
    ) throws -> R.Response {
        let response: R.Response
        do {
            response = try RequestFrame.decode(frame, answering: request, version: version)
        } catch {
            throw KafkaError(
                .malformedResponse, "could not read what the broker at \(connection.address) answered to \(R.apiKey)",
                underlying: error)
        }
        if let throttled = response as? any ThrottledResponse { connection.throttle(for: throttled.throttleTimeMs) }
        switch response {
        case let metadata as MetadataResponse:
            let brokers = metadata.brokers.compactMap { broker in
                Self.address(broker.host, broker.port).map { (id: broker.nodeId, address: $0) }
            }
            state.withLock { $0.nodes.learn(brokers) }
        case let found as FindCoordinatorResponse:
            for coordinator in found.coordinators where coordinator.errorCode == 0 {
                guard let address = Self.address(coordinator.host, coordinator.port) else { continue }
                state.withLock { $0.nodes.learn(coordinator.nodeId, at: address) }
            }
        default: break
        }
        return response
    }

    private static func address(_ host: String, _ port: Int32) -> NetworkAddress? {
        guard !host.isEmpty, (1...65535).contains(port) else { return nil }
        return NetworkAddress(host: host, port: Int(port))
    }

    /// What stands for the answer to a request that has none.
    private static func emptyResponse<R: KafkaRequest>(to request: R) throws -> R.Response {
        guard let response = ProduceResponse() as? R.Response else {
            throw KafkaError(.malformedResponse, "\(R.apiKey) was not answered")
        }
        return response
    }
}
