import KafkaProtocol
import Testing

@testable import KafkaNetwork

extension SocketTests {
    @Suite(.enabled(if: hasTLS, noTLS), .timeLimit(.minutes(2))) struct TLSConnectionTests {
        private func securePair(
            _ clientContext: TLSClientContext, _ serverContext: TLSServerContext
        ) async throws -> (client: Connection, server: Connection) {
            let (client, server) = try await connectedPair()
            async let accepting: Void = server.startTLS(server: serverContext, timeout: .seconds(30))
            try await client.startTLS(client: clientContext, hostName: "localhost", timeout: .seconds(30))
            try await accepting
            return (client, server)
        }

        @Test func `Frames of all sizes go both ways at once over TLS`() async throws {
            let (client, server) = try await securePair(
                clientContext(identity: "client"), serverContext(clients: .required))
            #expect(server.tlsPeerName == "CN=alice,O=Millrace")
            #expect(client.tlsVersion == "TLSv1.3")
            let sizes = [0, 1, 100, 16 << 10, 64 << 10, 5_000_000, 0, 7] + Array(0..<200)
            try await withThrowingTaskGroup { group in
                for (end, seed) in [(client, 0), (server, 1_000)] {
                    group.addTask {
                        for (number, size) in sizes.enumerated() {
                            try await end.write(frame(randomBytes(size, seed: UInt64(seed + number))))
                        }
                    }
                    group.addTask {
                        for (number, size) in sizes.enumerated() {
                            let payload = try await end.readFrame(limit: limit)
                            #expect(payload == randomBytes(size, seed: UInt64(1_000 - seed + number)))
                        }
                    }
                }
                try await group.waitForAll()
            }
            client.close()
            #expect(try await server.readFrame(limit: limit) == nil)
        }

        @Test func `Parts of all sizes in one write come out in order`() async throws {
            let (client, server) = try await securePair(clientContext(), serverContext())
            let payloads = (0..<300).map { randomBytes($0 * $0, seed: UInt64($0)) }
            async let writing: Void = client.write(payloads.flatMap { frame($0) })
            for payload in payloads { #expect(try await server.readFrame(limit: limit) == payload) }
            try await writing
        }

        @Test func `A plain-text client on a TLS port is sent away at once`() async throws {
            let (client, server) = try await connectedPair()
            let context = try serverContext()
            async let serverError = networkError { try await server.startTLS(server: context, timeout: .seconds(30)) }
            try await client.write(frame(Bytes(utf8: "a request of Kafka's protocol")))
            #expect(try await client.readFrame(limit: 1_000_000) == nil)
            #expect(await serverError?.message.contains("does not speak TLS") == true)
        }

        @Test func `A TLS client on a plain-text port ends at once, and both sides tell why`() async throws {
            let (client, server) = try await connectedPair()
            let context = try clientContext()
            async let clientError = networkError {
                try await client.startTLS(client: context, hostName: "localhost", timeout: .seconds(30))
            }
            let serverError = await networkError { _ = try await server.readFrame(limit: 100 << 20) }
            server.close()
            #expect(serverError?.message.contains("looks like TLS") == true)
            let error = await clientError
            #expect(error?.code == .tls || error?.code == .closed)
        }

        @Test func `A client without a certificate learns that it needs one`() async throws {
            let (client, server) = try await connectedPair()
            let context = try serverContext(clients: .required)
            async let serverError = networkError { try await server.startTLS(server: context, timeout: .seconds(30)) }
            let clientError = await networkError {
                try await client.startTLS(client: clientContext(), hostName: "localhost", timeout: .seconds(30))
                _ = try await client.readFrame(limit: 100)
            }
            #expect(await serverError?.message.contains("did not return a certificate") == true)
            #expect(clientError?.message.contains("certificate required") == true)
        }

        @Test func `A refused server learns why`() async throws {
            let (client, server) = try await connectedPair()
            let context = try serverContext("expired")
            async let serverError = networkError { try await server.startTLS(server: context, timeout: .seconds(30)) }
            let clientError = await networkError {
                try await client.startTLS(client: clientContext(), hostName: "localhost", timeout: .seconds(30))
            }
            #expect(clientError?.message.contains("certificate has expired") == true)
            #expect(await serverError?.message.contains("alert certificate expired") == true)
        }

        @Test func `A peer that says nothing lets the handshake time out`() async throws {
            let (client, server) = try await connectedPair()
            let error = await networkError {
                try await client.startTLS(client: clientContext(), hostName: "localhost", timeout: .milliseconds(100))
            }
            #expect(error?.code == .timedOut)
            #expect(await networkError { try await client.write([[1]]) }?.code == .closed)
            server.close()
        }

        @Test func `A connection that is cut without TLS's goodbye ends like any other`() async throws {
            let (client, server) = try await securePair(clientContext(), serverContext())
            try await client.write(frame(Bytes(utf8: "last")))
            client.descriptor.close()
            #expect(try await server.readFrame(limit: 100)?.string == "last")
            #expect(try await server.readFrame(limit: 100) == nil)
        }

        @Test func `A writer over TLS waits for a peer that does not read`() async throws {
            let (client, server) = try await securePair(clientContext(), serverContext())
            let piece = randomBytes(1 << 20, seed: 1)
            let written = Counter()
            let writer = Task {
                while true {
                    try await client.write([piece])
                    written.increment()
                }
            }
            var last = -1
            while last != written.value {
                last = written.value
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(written.value < 64)
            writer.cancel()
            await #expect(throws: CancellationError.self) { try await writer.value }
            server.close()
        }
    }
}
