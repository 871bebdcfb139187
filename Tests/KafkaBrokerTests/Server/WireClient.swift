import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaBroker

/// A client that writes frames by hand.
final class WireClient: Sendable {
    let connection: Connection

    init(_ address: NetworkAddress) async throws {
        connection = try await Connection.connect(to: address, timeout: .seconds(300))
    }

    /// A request as a frame, length included.
    static func frame<R: KafkaRequest>(_ request: R, version: Int16? = nil, correlationID: Int32 = 1) throws -> Bytes {
        let version = version ?? R.stableVersions.upperBound
        var writer = ByteWriter()
        writer.write(0 as Int32)
        try RequestHeader(apiKey: R.apiKey, apiVersion: version, correlationId: correlationID, clientId: "wire")
            .encode(into: &writer, version: R.requestHeaderVersion(of: version))
        try request.encode(into: &writer, version: version)
        writer.overwrite(Int32(writer.count - 4), at: 0)
        return writer.finish()
    }

    func write(_ bytes: Bytes...) async throws { try await connection.write(bytes) }

    func write<R: KafkaRequest>(_ request: R, version: Int16? = nil, correlationID: Int32 = 1) async throws {
        try await write(Self.frame(request, version: version, correlationID: correlationID))
    }

    /// The next answer, which must be one to `R`.
    func read<R: KafkaRequest>(
        _ request: R.Type, version: Int16? = nil
    ) async throws -> (correlationID: Int32, response: R.Response) {
        let version = version ?? R.stableVersions.upperBound
        let frame = try #require(try await connection.readFrame(limit: 100 << 20))
        var reader = ByteReader(frame)
        let header = try ResponseHeader(from: &reader, version: R.responseHeaderVersion(of: version))
        let response = try R.Response(from: &reader, version: version)
        #expect(reader.remaining == 0)
        return (header.correlationId, response)
    }

    /// Sends a request and waits for its answer.
    func send<R: KafkaRequest>(_ request: R, version: Int16? = nil) async throws -> R.Response {
        try await write(request, version: version)
        return try await read(R.self, version: version).response
    }

    /// Whether the server has closed the connection; waits for it or for an answer.
    func isClosed() async -> Bool {
        do { return try await connection.readFrame(limit: 100 << 20) == nil } catch { return true }
    }
}

/// Runs a broker and its server on a free port of the loopback while `body` works with them.
func withServer<R>(
    _ configuration: BrokerConfiguration = .init(), _ server: ServerConfiguration = .init(),
    clock: BrokerClock = .system, log: @escaping @Sendable (BrokerEvent) -> Void = { _ in },
    _ body: (Broker, BrokerServer) async throws -> R
) async throws -> R {
    let directory = try TemporaryDirectory()
    return try await withBroker(in: directory, configuration: configuration, clock: clock) { broker, _ in
        let server = try BrokerServer(
            broker, listeningOn: NetworkAddress(host: "127.0.0.1", port: 0), configuration: server, log: log)
        async let serving: Void = server.run()
        do {
            let result = try await body(broker, server)
            server.stop()
            await serving
            return result
        } catch {
            server.stop()
            await serving
            throw error
        }
    }
}
