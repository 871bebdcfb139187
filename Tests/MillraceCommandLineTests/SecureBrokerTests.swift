import Foundation
import KafkaBroker
import KafkaClient
import KafkaNetwork
import KafkaProtocol
import MillraceCommandLine
import Synchronization
import Testing

private let hasTLS = (try? TLSClientContext(.init())) != nil

/// Our client against our server over TLS and SASL, with the settings as users write them.
@Suite(.enabled(if: hasTLS, "OpenSSL is not installed")) struct SecureBrokerTests {
    private static func path(_ name: String, here: StaticString = #filePath) -> String {
        let tests = "\(here)".split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        return tests.joined(separator: "/") + "/Certificates/" + name
    }

    private static let password = "open sesame"

    private final class Log: Sendable {
        private let state = Mutex<[String]>([])
        var text: String { state.withLock { $0.joined(separator: "\n") } }
        @Sendable func add(_ event: BrokerEvent) { state.withLock { $0.append(event.description) } }
    }

    /// Serves a broker whose user is alice.
    private func withServer(
        _ settings: [String: String], log: Log = Log(), _ body: (NetworkAddress, Broker) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "millrace-secure-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let keystore = directory.appending(path: "server.pem")
        let files = try ["server.key", "server.pem"].map { try String(contentsOfFile: Self.path($0), encoding: .utf8) }
        try files.joined().write(to: keystore, atomically: true, encoding: .utf8)
        var properties = BrokerProperties()
        try properties.set("ssl.keystore.location", to: keystore.path)
        try properties.set("ssl.truststore.location", to: Self.path("ca.pem"))
        for (name, value) in settings { try properties.set(name, to: value) }
        let broker = try Broker.open(
            directory: directory.appending(path: "data").path, configuration: properties.broker, log: log.add)
        let server = try BrokerServer(
            broker, listeningOn: NetworkAddress(host: "127.0.0.1", port: 0),
            configuration: try properties.serverConfiguration(), log: log.add)
        async let running: Void = broker.run()
        async let serving: Void = server.run()
        let admin = AdminClient(client: KafkaClient(transport: broker.transport(clientID: "admin"), clientID: "admin"))
        let result: Result<Void, any Error>
        do {
            try await admin.setPassword(of: "alice", to: Secret(Self.password), mechanism: .sha256)
            try await admin.setPassword(of: "alice", to: Secret(Self.password), mechanism: .sha512)
            result = .success(try await body(server.address, broker))
        } catch {
            result = .failure(error)
        }
        server.stop()
        await serving
        broker.abandon()
        try await running
        try result.get()
    }

    /// Lists the topics as a client with these settings.
    private func topics(
        at address: NetworkAddress, _ settings: String, within timeout: Duration = .seconds(300)
    ) async throws -> [String] {
        try await withKafkaClient(
            bootstrap: [address], configuration: try ClientProperties(parsing: settings).tcp,
            retryPolicy: RetryPolicy(timeout: timeout)
        ) { client in
            try await AdminClient(client: client).createTopics([NewTopic("t-\(UUID().uuidString)", partitions: 1)])
            return try await AdminClient(client: client).listTopics()
        }
    }

    private func settings(
        _ securityProtocol: String, mechanism: String = "SCRAM-SHA-256", password: String = password, ca: String = "ca.pem"
    ) -> String {
        // However slow the machine is: what is refused here is refused by an answer.
        var lines = ["security.protocol=\(securityProtocol)", "request.timeout.ms=240000"]
        if securityProtocol.hasSuffix("SSL") { lines.append("ssl.ca.location=\(Self.path(ca))") }
        if securityProtocol.hasPrefix("SASL") {
            lines.append("sasl.mechanism=\(mechanism)")
            lines.append("sasl.username=alice")
            lines.append("sasl.password=\(password)")
        }
        return lines.joined(separator: "\n")
    }

    @Test(arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    func `a user with the right password is served over TLS`(mechanism: String) async throws {
        let server = ["security.protocol": "SASL_SSL", "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"]
        try await withServer(server) { address, _ async throws in
            #expect(try await topics(at: address, settings("SASL_SSL", mechanism: mechanism)).count == 1)
        }
    }

    @Test func `users can be added, listed and removed over TLS by one of them`() async throws {
        try await withServer(["security.protocol": "SASL_SSL"]) { address, _ async throws in
            let configuration = try ClientProperties(parsing: settings("SASL_SSL")).tcp
            try await withKafkaClient(bootstrap: [address], configuration: configuration) { client in
                let admin = AdminClient(client: client)
                try await admin.setPassword(of: "bob", to: Secret("hush"), mechanism: .sha512)
                let users = try await admin.listUsers()
                #expect(users.map(\.name).sorted() == ["alice", "bob"])
                #expect(users.first { $0.name == "bob" }?.iterations.keys.map(\.self) == [.sha512])
                try await admin.removeUsers(["bob"])
                #expect(try await admin.listUsers().map(\.name) == ["alice"])
                await #expect(throws: KafkaError.self) { try await admin.removeUsers(["bob"]) }
            }
        }
    }

    @Test func `what is wrong is told, and no password is`() async throws {
        let log = Log()
        try await withServer(["security.protocol": "SASL_SSL"], log: log) { address, _ async throws in
            for wrong in [
                settings("SASL_SSL", password: "close sesame"), settings("SASL_SSL", mechanism: "PLAIN"),
                settings("SASL_SSL", ca: "other-ca.pem"), settings("SASL_PLAINTEXT"), settings("PLAINTEXT"),
                settings("SSL"),
            ] {
                do {
                    _ = try await topics(at: address, wrong, within: .seconds(1))
                    Issue.record("served with \(wrong)")
                } catch {
                    #expect(error is KafkaError, "\(error)")
                    #expect(!"\(error)".contains("sesame"))
                }
            }
            #expect(!log.text.contains("sesame"))
            #expect(try await topics(at: address, settings("SASL_SSL")).count == 1)
        }
    }

    @Test func `a certificate proves who a client is where it must`() async throws {
        try await withServer(["security.protocol": "SSL", "ssl.client.auth": "required"]) { address, _ async throws in
            let identity = """
                \(settings("SSL"))
                ssl.certificate.location=\(Self.path("client.pem"))
                ssl.key.location=\(Self.path("client.key"))
                """
            #expect(try await topics(at: address, identity).count == 1)
            await #expect(throws: KafkaError.self) {
                try await topics(at: address, settings("SSL"), within: .seconds(1))
            }
            let stranger = identity.replacing("client.", with: "stranger.")
            await #expect(throws: KafkaError.self) {
                try await topics(at: address, stranger, within: .seconds(1))
            }
        }
    }

    @Test func `a client that speaks TLS to a plain port is told`() async throws {
        try await withServer(["security.protocol": "PLAINTEXT"]) { address, _ async throws in
            await #expect(throws: KafkaError.self) {
                try await topics(at: address, settings("SSL"), within: .seconds(1))
            }
            #expect(try await topics(at: address, settings("PLAINTEXT")).count == 1)
        }
    }
}
