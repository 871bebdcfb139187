public import KafkaNetwork
import Synchronization

/// Answers HTTP/1.1: a small server for a program's own state.
///
/// Each connection has a task of its own that reads a request, answers it, and reads the next; so a client that does not read
/// holds up nobody else, and is let go after `HTTPLimits.patience`.
public final class HTTPServer: Sendable {
    private struct State {
        var connections: [UInt64: HTTPConnection] = [:]
        var lastID: UInt64 = 0
        var isStopped = false
    }

    /// The address that the server listens on, with the port that it has got if it asked for any.
    public let address: NetworkAddress
    private let configuration: HTTPConfiguration
    private let listener: SocketListener
    private let responder: HTTPResponder
    private let state = Mutex(State())

    /// Opens the port; `log` is told what is remarkable.
    ///
    /// Throws `NetworkError`: with `.permission` if the address is one that others can reach and there is no token or no TLS, with
    /// `.addressInUse` if the port is taken.
    public init(
        _ router: HTTPRouter, configuration: HTTPConfiguration, log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        try configuration.validate()
        self.configuration = configuration
        listener = try SocketListener.bind(to: configuration.address)
        address = NetworkAddress(host: configuration.address.host, port: listener.address.port)
        responder = HTTPResponder(
            router: router, access: HTTPAccess(token: configuration.token, hosts: [address.host.lowercased()]),
            refusal: configuration.refusal, log: log)
        configuration.opened(address)
    }

    /// Accepts clients and answers them until `stop`, or until the task is cancelled. Call it once.
    public func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                while let connection = await accept() {
                    guard let (id, served) = admit(connection) else {
                        connection.close()
                        continue
                    }
                    group.addTask {
                        await served.run()
                        self.state.withLock { _ = $0.connections.removeValue(forKey: id) }
                    }
                }
            }
        } onCancel: {
            stop()
        }
    }

    /// Closes the port and all connections.
    public func stop() {
        let connections = state.withLock { state in
            state.isStopped = true
            return Array(state.connections.values)
        }
        listener.close()
        for connection in connections { connection.close() }
    }

    /// How many clients are connected.
    public var connectionCount: Int { state.withLock { $0.connections.count } }

    private func accept() async -> Connection? {
        do {
            return try await listener.accept { [responder] in responder.log("connections wait: \($0.message)") }
        } catch {
            if !state.withLock({ $0.isStopped }), !Task.isCancelled {
                responder.log("accepts no more connections: \(error)")
            }
            return nil
        }
    }

    private func admit(_ connection: Connection) -> (UInt64, HTTPConnection)? {
        state.withLock { state in
            guard !state.isStopped, state.connections.count < configuration.limits.connections else { return nil }
            state.lastID += 1
            let served = HTTPConnection(connection, configuration, responder)
            state.connections[state.lastID] = served
            return (state.lastID, served)
        }
    }
}
