public import KafkaNetwork
import Synchronization

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
