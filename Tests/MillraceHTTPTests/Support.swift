import MillraceHTTP
import KafkaNetwork
import KafkaProtocol
import Testing

let loopback = NetworkAddress(host: "127.0.0.1", port: 0)

extension HTTPLimits {
    /// Beside other tests that keep all threads busy, everything may take long.
    static var patient: HTTPLimits {
        var limits = HTTPLimits()
        limits.patience = .seconds(300)
        return limits
    }
}

/// Runs a server during `body`, which is given its address.
func withServer(
    _ routes: [HTTPRoute], token: Secret? = nil, tls: TLSServerContext? = nil, limits: HTTPLimits = .patient,
    _ body: @escaping @Sendable (HTTPServer) async throws -> Void
) async throws {
    var configuration = HTTPConfiguration(loopback, token: token, tls: tls)
    configuration.limits = limits
    let server = try HTTPServer(HTTPRouter(routes), configuration: configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        do {
            try await body(server)
        } catch {
            server.stop()
            throw error
        }
        server.stop()
    }
}

/// A client that says what it likes.
struct Client {
    let connection: Connection

    init(_ server: HTTPServer) async throws {
        connection = try await Connection.connect(to: server.address, timeout: .seconds(300))
    }

    func send(_ text: String) async throws { try await connection.write([Bytes(utf8: text)]) }

    /// All that comes up to the connection's end.
    func all() async throws -> String {
        var text = ""
        while let bytes = try? await connection.readAvailable() { text += bytes.string }
        return text
    }

    /// What comes until it has `end` in it.
    func read(upTo end: String) async throws -> String {
        var text = ""
        while !text.contains(end) {
            guard let bytes = try await connection.readAvailable() else { return text + "<end>" }
            text += bytes.string
        }
        return text
    }
}

/// The answer to one request of a connection of its own.
func answer(_ server: HTTPServer, _ request: String) async throws -> String {
    let client = try await Client(server)
    try await client.send(request)
    return try await client.all()
}

extension String {
    /// The status of an answer.
    var status: String { String(dropFirst(9).prefix(3)) }
    /// The body of an answer that is not chunked.
    var body: String { components.dropFirst().joined(separator: "\r\n\r\n") }
    private var components: [String] {
        var parts: [String] = [], rest = self[...]
        while let range = rest.firstRange(of: "\r\n\r\n") {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
