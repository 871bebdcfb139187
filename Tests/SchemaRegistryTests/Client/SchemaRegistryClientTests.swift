import Foundation
import MillraceHTTP
import MillraceJSON
import KafkaClient
import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

@testable import SchemaRegistry

@Suite struct SchemaRegistryClientTests {
    /// A client of a served registry that does not give up while other tests keep all threads busy.
    private func client(
        _ registry: ServedRegistry, before: [String] = [], credentials: SchemaRegistryConfiguration.Credentials? = nil
    ) throws -> SchemaRegistryClient {
        var configuration = SchemaRegistryConfiguration(credentials: credentials)
        configuration.urls = before + ["http://\(registry.server.address)/"]
        configuration.timeout = .seconds(300)
        configuration.requestTimeout = .seconds(300)
        return try SchemaRegistryClient(configuration)
    }

    /// The code of what a call throws.
    private func code<R>(_ body: () async throws -> R) async -> (SchemaRegistryError.Code, Int?)? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? SchemaRegistryError).map { ($0.code, $0.errorCode) }
        }
    }

    @Test func `schemas are registered, looked up and found by id`() async throws {
        try await ServedRegistry.running { registry in
            let client = try client(registry)
            let schema = Schema(avroRecord("a"))
            #expect(try await client.register(schema, subject: "s/t") == 1)
            #expect(try await client.lookUp(schema, subject: "s/t").version == 1)
            #expect(try await client.schema(id: 1) == schema)
            #expect(try await client.latestVersion(of: "s/t") == RegisteredSchema(subject: "s/t", version: 1, id: 1, schema: schema))
            #expect(try await client.version(1, of: "s/t").id == 1)
            #expect(try await client.subjects() == ["s/t"])
            #expect(try await client.versions(of: "s/t") == [1])
            #expect(try await client.compatibility(of: "s/t") == .backward)
            try await client.setCompatibility(.none, of: "s/t")
            #expect(try await client.compatibility(of: "s/t") == .none)
            #expect(try await client.compatibility() == .backward)
            #expect(try await client.delete(subject: "s/t") == [1])
            #expect(try await client.register(schema, subject: "s/t") == 1)
            #expect(try await client.versions(of: "s/t") == [2])
        }
    }

    @Test func `what never changes is asked for once`() async throws {
        try await ServedRegistry.running { registry in
            let client = try client(registry)
            let schema = Schema(avroRecord("a"))
            _ = try await client.register(schema, subject: "s")
            _ = try await client.schema(id: 1)
            registry.server.stop()
            #expect(try await client.register(schema, subject: "s") == 1)
            #expect(try await client.schema(id: 1) == schema)
            #expect(client.rememberedSchema(id: 2) == nil)
        }
    }

    @Test func `no more is remembered than is allowed`() async throws {
        try await ServedRegistry.running { registry in
            var configuration = try client(registry).configuration
            configuration.cacheSize = 2
            let client = try SchemaRegistryClient(configuration)
            for (id, name) in [(1, "a"), (2, "b"), (3, "c")] as [(Int32, String)] {
                _ = try await client.register(Schema(avroRecord(name)), subject: name)
                _ = try await client.schema(id: id)
            }
            #expect(client.rememberedSchema(id: 1) == nil && client.rememberedSchema(id: 3) != nil)
        }
    }

    @Test func `refusals say what is wrong`() async throws {
        try await ServedRegistry.running { registry in
            let client = try client(registry)
            #expect(try #require(await code { try await client.schema(id: 9) }) == (.notFound, 40403))
            #expect(try #require(await code { try await client.latestVersion(of: "s") }) == (.notFound, 40401))
            #expect(try #require(await code { try await client.register(Schema(""), subject: "s") }) == (.refused, 42201))
            #expect(try #require(await code { try await client.delete(subject: "s") }) == (.notFound, 40401))
        }
    }

    @Test func `the next address is asked if one does not answer`() async throws {
        try await ServedRegistry.running { registry in
            let closed = try SocketListener.bind(to: NetworkAddress(host: "127.0.0.1", port: 0))
            closed.close()
            let client = try client(registry, before: ["http://\(closed.address)"])
            #expect(try await client.register(Schema(avroRecord("a")), subject: "s") == 1)
        }
    }

    @Test func `who asks in vain gives up after a while, and says so before`() async throws {
        let closed = try SocketListener.bind(to: NetworkAddress(host: "127.0.0.1", port: 0))
        closed.close()
        let told = Mutex<[String]>([])
        let time = Mutex<Int64>(0)
        var configuration = SchemaRegistryConfiguration("http://\(closed.address)")
        configuration.timeout = .seconds(60)
        configuration.log = { line in told.withLock { $0.append(line) } }
        // Time passes only where the client sleeps.
        let environment = ClientEnvironment(
            now: { time.withLock { $0 } }, wallClock: { 0 },
            sleep: { milliseconds in time.withLock { $0 += milliseconds } }, random: { 1 << 63 })
        let client = try SchemaRegistryClient(configuration, environment: environment)
        #expect(try #require(await code { try await client.subjects() }).0 == .unreachable)
        // At once, and about every ten seconds.
        #expect((4...6).contains(told.withLock { $0.count }))
        #expect((50_000..<60_000).contains(time.withLock { $0 }))
    }

    @Test func `users show their password`() async throws {
        try await ServedRegistry.running(token: Secret("sesame")) { registry in
            #expect(try #require(await code { try await client(registry).subjects() }) == (.refused, 401))
            let basic = try client(registry, credentials: .basic(user: "me", password: Secret("sesame")))
            #expect(try await basic.subjects() == [])
            #expect(try await client(registry, credentials: .bearer(Secret("sesame"))).subjects() == [])
        }
    }

    @Test func `a registry that cannot answer now is asked again`() async throws {
        let asked = Mutex(0)
        let route = HTTPRoute("GET", "/subjects", "Answers the third time.") { _ in
            let count = asked.withLock { asked in
                asked += 1
                return asked
            }
            if count < 3 { throw HTTPFault(count == 1 ? 503 : 429, "not now") }
            return .json(["s"])
        }
        let server = try HTTPServer(
            HTTPRouter([route]), configuration: HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            defer { server.stop() }
            var environment = ClientEnvironment.system
            environment.now = { 0 }
            environment.sleep = { _ in }
            let client = try SchemaRegistryClient(SchemaRegistryConfiguration("http://\(server.address)"), environment: environment)
            #expect(try await client.subjects() == ["s"])
            #expect(asked.withLock { $0 } == 3)
        }
    }

    @Test func `a registry behind TLS shows a certificate that is trusted`() async throws {
        let certificates = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Certificates")
        func file(_ name: String) -> PEM { .file(certificates.appending(path: name).path) }
        var configuration = HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0))
        configuration.tls = try TLSServerContext(.init(certificateChain: file("server.pem"), privateKey: file("server.key")))
        let server = try HTTPServer(
            HTTPRouter([HTTPRoute("GET", "/subjects", "One.") { _ in .json(["s"]) }]), configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            defer { server.stop() }
            var trust = TLSClientContext.Configuration()
            trust.trustedCertificates = file("ca.pem")
            var settings = SchemaRegistryConfiguration("https://localhost:\(server.address.port)")
            settings.tls = try TLSClientContext(trust)
            settings.timeout = .seconds(300)
            #expect(try await SchemaRegistryClient(settings).subjects() == ["s"])
            // Waiting does not make a certificate right, so this does not.
            trust.trustedCertificates = file("other-ca.pem")
            settings.tls = try TLSClientContext(trust)
            let client = try SchemaRegistryClient(settings)
            #expect(try #require(await code { try await client.subjects() }).0 == .unreachable)
        }
    }

    @Test func `another server than a registry is told apart`() async throws {
        let server = try HTTPServer(
            HTTPRouter([HTTPRoute("GET", "/subjects", "Something else.") { _ in .text("<html>") }]),
            configuration: HTTPConfiguration(NetworkAddress(host: "127.0.0.1", port: 0)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            defer { server.stop() }
            var settings = SchemaRegistryConfiguration("http://\(server.address)")
            settings.timeout = .seconds(300)
            settings.requestTimeout = .seconds(300)
            let client = try SchemaRegistryClient(settings)
            #expect(try #require(await code { try await client.subjects() }).0 == .malformed)
            #expect(try #require(await code { try await client.schema(id: 1) }).0 == .malformed)
        }
    }

    @Test func `addresses are checked`() {
        for url in ["", "localhost:8081", "ftp://localhost", "http://", "http://u:p@localhost", "http://localhost?x=1"] {
            #expect(throws: SchemaRegistryError.self, "\(url)") { try SchemaRegistryClient(SchemaRegistryConfiguration(url)) }
        }
        #expect(throws: SchemaRegistryError.self) { try SchemaRegistryClient(SchemaRegistryConfiguration()) }
        #expect(throws: Never.self) {
            let server = try RegistryServer("https://[::1]:9000/registry/")
            #expect(server.address == NetworkAddress(host: "::1", port: 9000) && server.path == "/registry" && server.isSecure)
        }
    }

    @Test func `subjects are named after topic, record, or both`() throws {
        #expect(try SubjectName.topic("orders").name(recordName: nil) == "orders-value")
        #expect(try SubjectName.topic("orders", isKey: true).name(recordName: "shop.Order") == "orders-key")
        #expect(try SubjectName.record.name(recordName: "shop.Order") == "shop.Order")
        #expect(try SubjectName.topicRecord("orders").name(recordName: "shop.Order") == "orders-shop.Order")
        #expect(try SubjectName.named("x").name(recordName: nil) == "x")
        #expect(throws: SchemaRegistryError.self) { try SubjectName.record.name(recordName: nil) }
    }
}
