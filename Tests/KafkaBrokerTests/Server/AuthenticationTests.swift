import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct AuthenticationTests {
    private func addUser(
        _ name: String, _ password: String, _ mechanism: ScramMechanism = .sha256, to broker: Broker
    ) async throws {
        let salt = ScramCredential.randomBytes(16)
        let salted = try ScramCredential.saltedPassword(
            mechanism, password: Secret(password), salt: salt, iterations: 4096)
        let answer = try await broker.transport(clientID: "test").send(
            AlterUserScramCredentialsRequest(upsertions: [
                .init(name: name, mechanism: mechanism.number, iterations: 4096, salt: salt, saltedPassword: salted)
            ]))
        #expect(answer.results.map(\.errorCode) == [0])
    }

    private func secured(_ mechanisms: [SASLMechanism] = [.scramSHA256]) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.saslMechanisms = mechanisms
        return configuration
    }

    /// Authenticates by SCRAM; returns the error of the last answer.
    private func authenticate(
        _ client: WireClient, _ user: String, _ password: String, _ mechanism: ScramMechanism = .sha256
    ) async throws -> KafkaErrorCode {
        #expect(try await client.send(SaslHandshakeRequest(mechanism: mechanism.rawValue)).errorCode == 0)
        var scram = ScramClient(mechanism, user: user, password: Secret(password))
        let first = try await client.send(SaslAuthenticateRequest(authBytes: scram.firstMessage))
        guard first.errorCode == 0 else { return KafkaErrorCode(rawValue: first.errorCode) }
        let final = try await client.send(SaslAuthenticateRequest(authBytes: try scram.respond(to: first.authBytes)))
        if final.errorCode == 0 { try scram.finish(with: final.authBytes) }
        return KafkaErrorCode(rawValue: final.errorCode)
    }

    @Test func `users with the right password are served`() async throws {
        try await withServer(.init(), secured([.scramSHA256, .scramSHA512, .plain])) { broker, server in
            try await addUser("alice", "open sesame", to: broker)
            try await addUser("bob", "hush", .sha512, to: broker)
            for (user, password, mechanism) in [
                ("alice", "open sesame", ScramMechanism.sha256), ("bob", "hush", ScramMechanism.sha512),
            ] {
                let client = try await WireClient(server.address)
                #expect(try await client.send(ApiVersionsRequest()).errorCode == 0)
                #expect(try await authenticate(client, user, password, mechanism) == .none)
                #expect(try await client.send(MetadataRequest(topics: [])).brokers.count == 1)
                let again = try await client.send(SaslHandshakeRequest(mechanism: "PLAIN"))
                #expect(again.errorCode == KafkaErrorCode.illegalSaslState.rawValue)
            }
            let client = try await WireClient(server.address)
            #expect(try await client.send(SaslHandshakeRequest(mechanism: "PLAIN")).errorCode == 0)
            let message = try PlainCredentials(user: "bob", password: Secret("hush")).message
            #expect(try await client.send(SaslAuthenticateRequest(authBytes: message)).errorCode == 0)
            #expect(try await client.send(MetadataRequest(topics: [])).brokers.count == 1)
        }
    }

    @Test func `clients of SaslHandshake version 0 send tokens without headers`() async throws {
        try await withServer(.init(), secured([.plain])) { broker, server in
            try await addUser("alice", "open sesame", to: broker)
            let client = try await WireClient(server.address)
            #expect(try await client.send(SaslHandshakeRequest(mechanism: "PLAIN"), version: 0).errorCode == 0)
            let message = try PlainCredentials(user: "alice", password: Secret("open sesame")).message
            var writer = ByteWriter()
            writer.write(Int32(message.count))
            writer.write(raw: message)
            try await client.write(writer.finish())
            #expect(try await client.connection.readFrame(limit: 100) == Bytes())
            #expect(try await client.send(MetadataRequest(topics: [])).brokers.count == 1)
        }
    }

    @Test func `wrong passwords, unknown users and other mechanisms are refused, and no password is logged`()
        async throws
    {
        let log = ServerTests.Log()
        try await withServer(.init(), secured([.scramSHA256, .plain]), log: log.add) { broker, server in
            try await addUser("alice", "open sesame", to: broker)
            for (user, password) in [("alice", "close sesame"), ("nobody", "open sesame")] {
                let client = try await WireClient(server.address)
                #expect(try await authenticate(client, user, password) == .saslAuthenticationFailed)
                #expect(await client.isClosed())
                let plain = try await WireClient(server.address)
                _ = try await plain.send(SaslHandshakeRequest(mechanism: "PLAIN"))
                let message = try PlainCredentials(user: user, password: Secret(password)).message
                let answer = try await plain.send(SaslAuthenticateRequest(authBytes: message))
                #expect(answer.errorCode == KafkaErrorCode.saslAuthenticationFailed.rawValue)
                #expect(await plain.isClosed())
            }
            let client = try await WireClient(server.address)
            let answer = try await client.send(SaslHandshakeRequest(mechanism: "SCRAM-SHA-512"))
            #expect(answer.errorCode == KafkaErrorCode.unsupportedSaslMechanism.rawValue)
            #expect(answer.mechanisms == ["SCRAM-SHA-256", "PLAIN"])
            #expect(await client.isClosed())
            await until { log.lines.count == 5 }
            #expect(!log.lines.contains { $0.contains("sesame") })
        }
    }

    @Test(arguments: [0, 1] as [Int16])
    func `a failed login is answered late, and told with the client's name`(_ version: Int16) async throws {
        let clock = ManualClock()
        let log = ServerTests.Log()
        try await withServer(.init(), secured([.plain]), clock: clock.clock, log: log.add) { broker, server in
            let wrong = try PlainCredentials(user: "nobody", password: Secret("sesame")).message
            var raw = ByteWriter()
            raw.write(Int32(wrong.count))
            raw.write(raw: wrong)
            let client = try await WireClient(server.address)
            #expect(try await client.send(SaslHandshakeRequest(mechanism: "PLAIN"), version: version).errorCode == 0)
            let timers = broker.timers.count
            try await client.write(
                version == 0 ? raw.finish() : try WireClient.frame(SaslAuthenticateRequest(authBytes: wrong)))
            await until { broker.timers.count == timers + 1 }
            clock.advance(by: 99)
            #expect(server.connectionCount == 1 && broker.timers.count == timers + 1)
            clock.advance(by: 1)
            if version > 0 {
                let answer = try await client.read(SaslAuthenticateRequest.self).response
                #expect(answer.errorCode == KafkaErrorCode.saslAuthenticationFailed.rawValue)
            }
            #expect(await client.isClosed())
            await until { log.lines.count == 1 }
            #expect(log.lines.first?.hasPrefix("client wire at 127.0.0.1:") == true)
            #expect(log.lines.first?.contains("connection closed: authentication failed") == true)
        }
    }

    @Test func `who has not authenticated gets no other answer`() async throws {
        try await withServer(.init(), secured()) { broker, server in
            try await addUser("alice", "open sesame", to: broker)
            let client = try await WireClient(server.address)
            try await client.write(MetadataRequest(topics: []))
            #expect(await client.isClosed())
            // Not in the middle of it, either, nor by a request that is sent ahead.
            let eager = try await WireClient(server.address)
            try await eager.write(SaslHandshakeRequest(mechanism: "SCRAM-SHA-256"))
            try await eager.write(MetadataRequest(topics: []))
            #expect(try await eager.read(SaslHandshakeRequest.self).response.errorCode == 0)
            #expect(await eager.isClosed())
            let large = try await WireClient(server.address)
            var writer = ByteWriter()
            writer.write(1 << 20 as Int32)
            try await large.write(writer.finish())
            #expect(await large.isClosed())
        }
    }

    @Test func `users stay, can be described, and go`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, _ in
            try await addUser("alice", "open sesame", to: broker)
            try await addUser("alice", "open sesame", .sha512, to: broker)
        }
        try await withBroker(in: directory) { broker, transport in
            let all = try await transport.send(DescribeUserScramCredentialsRequest(users: nil))
            #expect(all.results.map(\.user) == ["alice"])
            #expect(all.results.first?.credentialInfos.map(\.mechanism) == [1, 2])
            let unknown = try await transport.send(DescribeUserScramCredentialsRequest(users: [.init(name: "bob")]))
            #expect(unknown.results.map(\.errorCode) == [KafkaErrorCode.resourceNotFound.rawValue])
            let removed = try await transport.send(
                AlterUserScramCredentialsRequest(
                    deletions: [.init(name: "alice", mechanism: 1), .init(name: "bob", mechanism: 1)],
                    upsertions: [.init(name: "carol", mechanism: 1, iterations: 10, salt: [1], saltedPassword: [1])]))
            #expect(removed.results.map(\.user) == ["alice", "bob", "carol"])
            #expect(
                removed.results.map(\.errorCode) == [
                    0, KafkaErrorCode.resourceNotFound.rawValue, KafkaErrorCode.unacceptableCredential.rawValue,
                ])
            #expect(broker.users.all["alice"]?.keys.map(\.self) == [.sha512])
        }
    }
}
