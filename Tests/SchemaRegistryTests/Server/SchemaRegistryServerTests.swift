import Foundation
import MillraceHTTP
import KafkaBroker
import KafkaClient
import KafkaNetwork
import KafkaProtocol
import Testing

@testable import SchemaRegistry

@Suite struct SchemaRegistryServerTests {
    /// Runs a broker in a directory, and `body` with a client of it.
    private func withBroker(in directory: URL, _ body: @escaping @Sendable (KafkaClient) async throws -> Void) async throws {
        let broker = try Broker.open(directory: directory.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await broker.run() }
            defer { group.cancelAll() }
            let client = KafkaClient(
                transport: broker.transport(clientID: "schema-registry"), clientID: "schema-registry", allowsTopicCreation: false)
            try await body(client)
        }
        await broker.close()
    }

    private struct Asking: Sendable {
        let address: NetworkAddress

        func callAsFunction(_ method: String, _ target: String, _ body: String? = nil) async throws -> String {
            let http = HTTPClient(timeout: .seconds(300))
            return try await http.send(method, target, to: address, body: body.map { Bytes(utf8: $0) }).body.string
        }
    }

    /// Runs a registry in a broker's topic during `body`, which asks it.
    private func withRegistry(
        _ client: KafkaClient, _ body: @escaping @Sendable (_ ask: Asking) async throws -> Void
    ) async throws {
        let server = try SchemaRegistryServer(
            client: client, configuration: HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            try await body(Asking(address: server.address))
        }
    }

    private func temporaryDirectory() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
    }

    @Test func `a registry that starts anew knows what the topic has`() async throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        try await withBroker(in: directory) { client in
            try await withRegistry(client) { ask async throws in
                #expect(try await ask("POST", "/subjects/s/versions", schemaBody(avroRecord("a"))).contains(#""id":1,"#))
                #expect(try await ask("POST", "/subjects/s/versions", schemaBody(avroRecord("a", optional: ["b"]))).contains(#""id":2,"#))
                #expect(try await ask("DELETE", "/subjects/s/versions/1") == "1")
                _ = try await ask("PUT", "/config", #"{"compatibility":"FULL"}"#)
            }
        }
        try await withBroker(in: directory) { client in
            try await withRegistry(client) { ask async throws in
                #expect(try await ask("GET", "/subjects/s/versions") == "[2]")
                #expect(try await ask("GET", "/subjects/s/versions?deleted=true") == "[1,2]")
                #expect(try await ask("GET", "/config") == #"{"compatibilityLevel":"FULL"}"#)
                #expect(try await ask("POST", "/subjects/t/versions", schemaBody(avroRecord("c"))).contains(#""id":3,"#))
            }
        }
    }

    @Test func `records that cannot be read are passed over, with a word`() async throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        try await withBroker(in: directory) { client in
            try await withRegistry(client) { ask async throws in _ = try await ask("GET", "/subjects") }
            let producer = Producer(client: client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await producer.run() }
                _ = try await producer.send(ProducerRecord(topic: "_schemas", key: "not JSON", value: "{}"))
                let key = #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#
                _ = try await producer.send(
                    ProducerRecord(topic: "_schemas", key: key, value: #"{"subject":"s","version":1,"id":40,"schema":"\"int\""}"#))
                group.cancelAll()
            }
            try await withRegistry(client) { ask async throws in
                #expect(try await ask("GET", "/schemas/ids/40/schema") == #""int""#)
            }
        }
    }

    @Test func `a topic that would lose schemas is refused`() async throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        try await withBroker(in: directory) { client in
            try await AdminClient(client: client).createTopics([NewTopic("_schemas", partitions: 1)])
            let server = try SchemaRegistryServer(
                client: client, configuration: HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0)))
            let error = await #expect(throws: SchemaRegistryError.self) { try await server.run() }
            #expect(error?.code == .storage && error?.message.contains("cleanup.policy=compact") == true)
        }
    }
}
