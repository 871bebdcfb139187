import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct TCPTransportTests {
    @Test func `a broker that does not know the version of ApiVersions is asked again, whatever stands behind the error`() async throws {
        try await FakeBroker.run { broker in
            broker.answer { header, frame in
                guard header.apiKey == .apiVersions, header.apiVersion > 0 else { return try broker.usual(header, frame) }
                var writer = ByteWriter()
                writer.write(header.correlationId)
                writer.write(KafkaErrorCode.unsupportedVersion.rawValue)
                writer.write(raw: Bytes([1, 2, 3]))
                return .frame(writer.finish())
            }
            try await withTransport(to: [broker.address]) { transport in
                let response = try await transport.send(MetadataRequest(topics: []), to: nil)
                #expect(response.clusterId == "fake")
            }
            #expect(broker.requests.map(\.apiVersion) == [3, 0, 12])
        }
    }

    @Test func `the error names all brokers that cannot be reached, and the next one is tried`() async throws {
        let closed = try SocketListener.bind(to: NetworkAddress(host: "127.0.0.1", port: 0))
        closed.close()
        try await withTransport(to: [closed.address, NetworkAddress(host: "no.such.invalid", port: 1)]) { transport in
            let error = await #expect(throws: KafkaError.self) {
                try await transport.send(MetadataRequest(topics: []), to: nil)
            }
            #expect(error?.isRetriable == true)
            #expect(error?.description.contains("\(closed.address)") == true)
            #expect(error?.description.contains("no.such.invalid") == true)
        }
        try await FakeBroker.run { broker in
            try await withTransport(to: [closed.address, broker.address]) { transport in
                _ = try await transport.send(MetadataRequest(topics: []), to: nil)
                _ = try await transport.send(HeartbeatRequest(), to: 1)
                await #expect(throws: KafkaError.self) { try await transport.send(HeartbeatRequest(), to: 2) }
            }
            #expect(broker.connections.value == 1)
        }
    }

    @Test func `many requests are under way on one connection, and each gets its own answer`() async throws {
        try await FakeBroker.run { broker in
            broker.answer { header, frame in
                guard header.apiKey == .heartbeat else { return try broker.usual(header, frame) }
                var reader = ByteReader(frame)
                _ = try RequestHeader(from: &reader)
                let request = try HeartbeatRequest(from: &reader, version: header.apiVersion)
                return try .answer(HeartbeatRequest.self, header, HeartbeatResponse(errorCode: Int16(request.generationId)))
            }
            try await withTransport(to: [broker.address]) { transport in
                _ = try await transport.send(MetadataRequest(topics: []), to: nil)
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in Int32(0)..<200 {
                        group.addTask {
                            let request = HeartbeatRequest(groupId: "g", generationId: number)
                            return try await transport.send(request, to: 1).errorCode == Int16(number)
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
            }
            #expect(broker.connections.value == 1)
        }
    }

    @Test func `a cancelled request leaves the connection to the others, and a waiting fetch does not hold them up`() async throws {
        try await FakeBroker.run { broker in
            let gate = Gate()
            broker.answer { header, frame in
                if header.apiKey == .fetch { await gate.wait() }
                return try broker.usual(header, frame)
            }
            try await withTransport(to: [broker.address]) { transport in
                _ = try await transport.send(MetadataRequest(topics: []), to: nil)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await transport.send(FetchRequest(maxWaitMs: 60000), to: 1) }
                    while !broker.requests.contains(where: { $0.apiKey == .fetch }) { await Task.yield() }
                    _ = try await transport.send(HeartbeatRequest(), to: 1)
                    group.cancelAll()
                    await #expect(throws: CancellationError.self) { try await group.waitForAll() }
                }
                _ = try await transport.send(HeartbeatRequest(), to: 1)
                gate.open()
                _ = try await transport.send(FetchRequest(), to: 1)
            }
        }
    }

    @Test func `a broken connection fails its requests as retriable and is made anew`() async throws {
        try await FakeBroker.run { broker in
            try await withTransport(to: [broker.address]) { transport in
                _ = try await transport.send(MetadataRequest(topics: []), to: nil)
                broker.answer { header, frame in header.apiKey == .heartbeat ? .close : try broker.usual(header, frame) }
                let error = await #expect(throws: KafkaError.self) { try await transport.send(HeartbeatRequest(), to: 1) }
                #expect(error?.code == .connection && error?.isRetriable == true)
                broker.answer { header, frame in try broker.usual(header, frame) }
                _ = try await transport.send(HeartbeatRequest(), to: 1)
            }
            #expect(broker.connections.value == 2)
        }
    }

    @Test func `a broker that does not answer in time is given up`() async throws {
        try await FakeBroker.run { broker in
            let configuration = TCPConfiguration(
                connectTimeout: .seconds(5), requestTimeout: .milliseconds(500), reconnectBackoff: .milliseconds(1))
            broker.answer { header, frame in header.apiKey == .apiVersions ? try broker.usual(header, frame) : .silence }
            try await withTransport(to: [broker.address], configuration) { transport in
                for _ in 0..<2 {
                    let error = await #expect(throws: KafkaError.self) {
                        try await transport.send(HeartbeatRequest(), to: nil)
                    }
                    #expect(error?.code == .connection && error?.isRetriable == true)
                }
            }
        }
    }

    @Test func `requests after close and under way at it are refused`() async throws {
        try await FakeBroker.run { broker in
            broker.answer { header, frame in header.apiKey == .heartbeat ? .silence : try broker.usual(header, frame) }
            try await withTransport(to: [broker.address]) { transport in
                _ = try await transport.send(MetadataRequest(topics: []), to: nil)
                async let pending = transport.send(HeartbeatRequest(), to: 1)
                while !broker.requests.contains(where: { $0.apiKey == .heartbeat }) { await Task.yield() }
                await transport.close()
                do {
                    _ = try await pending
                    Issue.record("the request was answered")
                } catch { #expect((error as? KafkaError)?.code == .closed) }
                let late = await #expect(throws: KafkaError.self) { try await transport.send(HeartbeatRequest(), to: 1) }
                #expect(late?.code == .closed)
            }
        }
    }
}
