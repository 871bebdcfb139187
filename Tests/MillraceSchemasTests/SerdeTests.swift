import Foundation
import MillraceHTTP
import KafkaBroker
import KafkaClient
import KafkaNetwork
import KafkaProtocol
import Millrace
import MillraceSchemas
import SchemaRegistry
import Synchronization
import Testing

/// A registry in a broker in memory, and a client of it.
struct TestedRegistry: Sendable {
    let client: SchemaRegistryClient
    let url: String

    /// Runs a registry during `body`.
    static func running(_ body: @escaping @Sendable (TestedRegistry) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let broker = try Broker.open(directory: directory.path)
        let server = try SchemaRegistryServer(
            client: KafkaClient(transport: broker.transport(clientID: "registry"), clientID: "registry"),
            configuration: HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await broker.run() }
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            var configuration = SchemaRegistryConfiguration("http://\(server.address)")
            // Other tests may keep all threads busy.
            configuration.timeout = .seconds(300)
            configuration.requestTimeout = .seconds(300)
            try await body(TestedRegistry(client: try SchemaRegistryClient(configuration), url: configuration.urls[0]))
        }
        await broker.close()
    }
}

/// Calls `body` on a thread that may block, as threads of tasks may.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

@Suite struct SerdeTests {
    struct Order: Codable, Equatable { var id: Int64; var customer: String; var note: String? }

    static let jsonSchema = #"""
        {"title":"Order","type":"object","properties":{"id":{"type":"integer"},"customer":{"type":"string"}},"required":["id"]}
        """#

    @Test func `a prepared serde of JSON Schema frames values by the id of its schema`() async throws {
        try await TestedRegistry.running { registry async throws in
            let serde = try await registry.client.jsonSchemaSerde(
                Order.self, schema: Self.jsonSchema, subject: .topic("orders"))
            let order = Order(id: 7, customer: "c")
            let bytes = try serde.bytes(of: order)
            #expect(bytes[0..<5].hex == "0000000001")
            #expect(bytes[5..<bytes.count].string == #"{"id":7,"customer":"c"}"#)
            #expect(try serde.decode(bytes) == order)
            #expect(try await registry.client.latestVersion(of: "orders-value").schema.type == .json)
        }
    }

    @Test func `the first value waits for the id of its schema`() async throws {
        try await TestedRegistry.running { registry async throws in
            let serde = try Serde<Order>.jsonSchema(schema: Self.jsonSchema, subject: .topicRecord("orders"), registry: registry.client)
            #expect(try await registry.client.subjects() == [])
            let bytes = try await onThread { try serde.bytes(of: Order(id: 1, customer: "c")) }
            #expect(bytes[4] == 1)
            #expect(try await registry.client.subjects() == ["orders-Order"])
        }
    }

    @Test func `records without an id cannot be read`() async throws {
        try await TestedRegistry.running { registry async throws in
            let serde = try Serde<Order>.jsonSchema(schema: Self.jsonSchema, subject: .record, registry: registry.client)
            for text in ["", "{}", #"{"id":7,"customer":"c"}"#] {
                let error = #expect(throws: SchemaRegistryError.self) { try serde.decode(Bytes(utf8: text)) }
                #expect(error?.code == .malformed)
            }
            #expect(throws: SerdeError.self) { try serde.decode(Bytes([0, 0, 0, 0, 1, 0x7b])) }
        }
    }

    @Test func `schemas are registered, looked up, or the latest is taken`() async throws {
        try await TestedRegistry.running { registry async throws in
            func id(_ registration: SchemaSerdeOptions.Registration, _ schema: String) async throws -> UInt8 {
                let client = try SchemaRegistryClient(registry.client.configuration)
                return try await client.jsonSchemaSerde(
                    Order.self, schema: schema, subject: .named("s"), options: SchemaSerdeOptions(registration: registration)
                ).bytes(of: Order(id: 1, customer: ""))[4]
            }
            let error = await #expect(throws: SchemaRegistryError.self) { try await id(.lookUp, "{}") }
            #expect(error?.code == .notFound)
            await #expect(throws: SchemaRegistryError.self) { try await id(.useLatest, "{}") }
            #expect(try await id(.register, #"{"type":"object"}"#) == 1)
            #expect(try await id(.register, "{}") == 2)
            #expect(try await id(.lookUp, #"{"type":"object"}"#) == 1)
            #expect(try await id(.useLatest, #"{"type":"object"}"#) == 2)
        }
    }

    @Test func `a format of one's own is framed, with the place of its message`() async throws {
        try await TestedRegistry.running { registry async throws in
            for (indexes, expected) in [(nil, "000000000168690a"), ([0], "00000000010068690a"), ([1, 0], "000000000104020068690a")]
                as [([Int]?, String)]
            {
                let serde: Serde<String> = try await registry.client.confluentSerde(
                    schema: Schema("message Text {}", type: .protobuf), subject: .topic("texts"), messageIndexes: indexes,
                    encode: { $1.write(utf8: $0 + "\n") }, decode: { String($0.string.dropLast()) })
                let bytes = try serde.bytes(of: "hi")
                #expect(bytes.hex == expected)
                #expect(try serde.decode(bytes) == "hi")
            }
        }
    }

    @Test func `a registry that does not answer is given up`() async throws {
        let closed = try SocketListener.bind(to: NetworkAddress(host: "127.0.0.1", port: 0))
        closed.close()
        var configuration = SchemaRegistryConfiguration("http://\(closed.address)")
        configuration.timeout = .milliseconds(1)
        let serde = try Serde<Order>.jsonSchema(
            schema: Self.jsonSchema, subject: .record, registry: SchemaRegistryClient(configuration))
        let error = await #expect(throws: SchemaRegistryError.self) {
            try await onThread { try serde.bytes(of: Order(id: 1, customer: "")) }
        }
        #expect(error?.code == .unreachable && error?.isRetriable == true)
    }
}
