import KafkaNetwork
import KafkaProtocol
import Synchronization

@testable import KafkaClient

/// A broker on a loopback port whose answers a test gives.
final class FakeBroker: Sendable {
    enum Reply: Sendable {
        /// The frame with this content; the length is put in front.
        case frame(Bytes)
        /// These bytes as they are.
        case raw(Bytes)
        case silence
        case close
    }

    typealias Handler = @Sendable (_ header: RequestHeader, _ frame: Bytes) async throws -> Reply

    let listener: SocketListener
    private let handler: Mutex<Handler>
    private let seen = Mutex<[RequestHeader]>([])
    let connections = Counter()

    private init(_ listener: SocketListener, _ handler: @escaping Handler) {
        self.listener = listener
        self.handler = Mutex(handler)
    }

    var address: NetworkAddress { listener.address }
    /// The headers of the requests so far.
    var requests: [RequestHeader] { seen.withLock { $0 } }

    /// Answers as `handler` says from now on.
    func answer(_ handler: @escaping Handler) { self.handler.withLock { $0 = handler } }

    /// Calls `body` with a broker that answers as `usual` does.
    static func run<T: Sendable>(_ body: @escaping @Sendable (FakeBroker) async throws -> T) async throws -> T {
        let listener = try SocketListener.bind(to: NetworkAddress(host: "127.0.0.1", port: 0))
        let broker = FakeBroker(listener) { _, _ in .close }
        broker.answer { header, frame in try broker.usual(header, frame) }
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                await broker.accept()
                return nil
            }
            group.addTask { try await body(broker) }
            defer {
                group.cancelAll()
                listener.close()
            }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }

    private func accept() async {
        await withDiscardingTaskGroup { group in
            while let connection = try? await listener.accept() {
                connections.add()
                group.addTask {
                    try? await self.serve(connection)
                    connection.close()
                }
            }
            group.cancelAll()
        }
    }

    private func serve(_ connection: Connection) async throws {
        while let frame = try await connection.readFrame(limit: 1 << 20) {
            var reader = ByteReader(frame)
            let header = try RequestHeader(from: &reader)
            seen.withLock { $0.append(header) }
            switch try await handler.withLock({ $0 })(header, frame) {
            case .frame(let content):
                var writer = ByteWriter()
                writer.write(Int32(content.count))
                try await connection.write([writer.finish(), content])
            case .raw(let bytes): try await connection.write([bytes])
            case .silence: break
            case .close: return
            }
        }
    }

    /// A cluster of this broker alone, with all versions.
    func usual(_ header: RequestHeader, _ frame: Bytes) throws -> Reply {
        switch header.apiKey {
        case .apiVersions:
            let keys = KafkaMessages.requestTypes.map {
                ApiVersionsResponse.ApiVersion(
                    apiKey: $0.apiKey.rawValue, minVersion: $0.versions.lowerBound, maxVersion: $0.versions.upperBound)
            }
            return try .answer(ApiVersionsRequest.self, header, ApiVersionsResponse(apiKeys: keys))
        case .metadata:
            return try .answer(MetadataRequest.self, header, metadata)
        case .heartbeat:
            return try .answer(HeartbeatRequest.self, header, HeartbeatResponse())
        case .fetch:
            return try .answer(FetchRequest.self, header, FetchResponse())
        default: return .close
        }
    }

    var metadata: MetadataResponse {
        MetadataResponse(
            brokers: [.init(nodeId: 1, host: "127.0.0.1", port: Int32(address.port))], clusterId: "fake", controllerId: 1)
    }
}

extension FakeBroker.Reply {
    static func answer<R: KafkaRequest>(
        _ type: R.Type, _ header: RequestHeader, _ response: R.Response, correlationID: Int32? = nil
    ) throws -> FakeBroker.Reply {
        var writer = ByteWriter()
        try ResponseHeader(correlationId: correlationID ?? header.correlationId).encode(
            into: &writer, version: R.responseHeaderVersion(of: header.apiVersion))
        try response.encode(into: &writer, version: header.apiVersion)
        return .frame(writer.finish())
    }
}

/// Runs a transport beside `body`.
func withTransport<T: Sendable>(
    to bootstrap: [NetworkAddress], _ configuration: TCPConfiguration = TCPConfiguration(reconnectBackoff: .milliseconds(1)),
    _ body: @escaping @Sendable (TCPTransport) async throws -> T
) async throws -> T {
    let transport = try TCPTransport(bootstrap: bootstrap, clientID: "test", configuration: configuration)
    async let running: Void = transport.run()
    let result: Result<T, any Error>
    do { result = .success(try await body(transport)) } catch { result = .failure(error) }
    await transport.close()
    await running
    return try result.get()
}
