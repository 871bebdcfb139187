import KafkaNetwork
import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct ServerTests {
    /// Lines of a log.
    final class Log: Sendable {
        private let kept = Mutex<[String]>([])
        var lines: [String] { kept.withLock { $0 } }
        func add(_ event: BrokerEvent) { kept.withLock { $0.append(event.description) } }
    }

    private func fetch(
        _ topic: String, from offset: Int64 = 0, maxWait: Int32 = 60_000, minBytes: Int32 = 1
    ) -> FetchRequest {
        FetchRequest(
            maxWaitMs: maxWait, minBytes: minBytes,
            topics: [
                .init(topic: topic, partitions: [.init(partition: 0, fetchOffset: offset, partitionMaxBytes: 1 << 20)])
            ])
    }

    private func produce(_ topic: String, _ values: [String], acks: Int16 = -1) throws -> ProduceRequest {
        ProduceRequest(
            acks: acks, timeoutMs: 1000,
            topicData: [
                .init(name: topic, partitionData: [.init(index: 0, records: try recordBatch(values))])
            ])
    }

    private func create(_ broker: Broker, _ topic: String, partitions: Int32 = 1) async throws {
        try await broker.transport(clientID: "test").createTopic(topic, partitions: partitions)
    }

    @Test func `records go in and out over a socket`() async throws {
        try await withServer { broker, server in
            try await create(broker, "t")
            let client = try await WireClient(server.address)
            let produced = try await client.send(try produce("t", ["a", "b"]))
            #expect(produced.responses.first?.partitionResponses.first?.errorCode == 0)
            let fetched = try await client.send(fetch("t"), version: 12)
            let data = try #require(fetched.responses.first?.partitions.first)
            #expect(data.highWatermark == 2)
            #expect(try RecordBatch(data.records ?? Bytes()).header.recordCount == 2)
        }
    }

    @Test func `pipelined requests are answered in order, behind a fetch that waits`() async throws {
        try await withServer { broker, server in
            try await create(broker, "t")
            let client = try await WireClient(server.address)
            try await client.write(fetch("t"), version: 12, correlationID: 0)
            for number: Int32 in 1...50 { try await client.write(ApiVersionsRequest(), correlationID: number) }
            let other = try await WireClient(server.address)
            _ = try await other.send(try produce("t", ["a"]))
            let first = try await client.read(FetchRequest.self, version: 12)
            #expect(first.correlationID == 0)
            #expect(first.response.responses.first?.partitions.first?.records?.isEmpty == false)
            for number: Int32 in 1...50 {
                #expect(try await client.read(ApiVersionsRequest.self).correlationID == number)
            }
        }
    }

    @Test func `metadata names the address that was advertised, or the one listened on`() async throws {
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            let brokers = try await client.send(MetadataRequest(topics: [])).brokers
            #expect(brokers.map(\.host) == ["127.0.0.1"])
            #expect(brokers.map(\.port) == [Int32(server.address.port)])
            let coordinator = try await client.send(FindCoordinatorRequest(coordinatorKeys: ["g"])).coordinators
            #expect(coordinator.map(\.port) == [Int32(server.address.port)])
            let cluster = try await client.send(DescribeClusterRequest()).brokers
            #expect(cluster.map(\.host) == ["127.0.0.1"])
        }
        var configuration = ServerConfiguration()
        configuration.advertised = NetworkAddress(host: "kafka.example", port: 1234)
        try await withServer(.init(), configuration) { _, server in
            let client = try await WireClient(server.address)
            let brokers = try await client.send(MetadataRequest(topics: [])).brokers
            #expect(brokers.map(\.host) == ["kafka.example"])
            #expect(brokers.map(\.port) == [1234])
        }
    }

    @Test func `a server on all addresses names the one that the client has connected to`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, _ in
            let server = try BrokerServer(broker, listeningOn: NetworkAddress(host: "0.0.0.0", port: 0))
            async let serving: Void = server.run()
            let client = try await WireClient(NetworkAddress(host: "127.0.0.1", port: server.address.port))
            let brokers = try await client.send(MetadataRequest(topics: [])).brokers
            #expect(brokers.map(\.host) == ["127.0.0.1"])
            server.stop()
            await serving
        }
    }

    @Test func `an unknown version of ApiVersions is answered with the known ones`() async throws {
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            var writer = ByteWriter()
            try RequestHeader(apiKey: .apiVersions, apiVersion: 99, correlationId: 7, clientId: "new")
                .encode(into: &writer, version: 2)
            writer.writeZeros(20)
            try await client.write(frame(writer.finish()))
            let answer = try await client.read(ApiVersionsRequest.self, version: 0)
            #expect(answer.correlationID == 7)
            #expect(answer.response.errorCode == KafkaErrorCode.unsupportedVersion.rawValue)
            #expect(answer.response.apiKeys.contains { $0.apiKey == 18 && $0.maxVersion == 4 })
            // The connection goes on.
            #expect(try await client.send(ApiVersionsRequest()).errorCode == 0)
        }
    }

    private func frame(_ body: Bytes) -> Bytes {
        var writer = ByteWriter()
        writer.write(Int32(body.count))
        writer.write(raw: body)
        return writer.finish()
    }

    @Test func `what is no request ends its connection with a line in the log, and no other`() async throws {
        let log = Log()
        try await withServer(log: log.add) { _, server in
            let bystander = try await WireClient(server.address)
            let bad: [Bytes] = [
                // A header cut short, a body cut short.
                [0x7f, 0xff, 0, 0, 0, 0, 0], [0, 1, 0, 3, 0, 0, 0, 1, 0xff], [0, 3], [],
                [0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 9],
                // Lengths that make no sense: of the client id, of an array.
                [0, 3, 0, 1, 0, 0, 0, 1, 0x7f, 0xff], [0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff],
            ]
            for bytes in bad {
                let client = try await WireClient(server.address)
                try await client.write(frame(bytes))
                #expect(await client.isClosed())
            }
            #expect(try await bystander.send(ApiVersionsRequest()).errorCode == 0)
            await until { log.lines.count == bad.count }
            #expect(log.lines.count == bad.count, "\(log.lines)")
        }
    }

    @Test func `a request larger than the limit ends its connection before it is read`() async throws {
        let log = Log()
        var configuration = ServerConfiguration()
        configuration.maxRequestBytes = 1000
        try await withServer(.init(), configuration, log: log.add) { _, server in
            for length: Int32 in [1001, .max, -1, .min] {
                let client = try await WireClient(server.address)
                var writer = ByteWriter()
                writer.write(length)
                try await client.write(writer.finish())
                #expect(await client.isClosed())
            }
            #expect(try await WireClient(server.address).send(ApiVersionsRequest()).errorCode == 0)
            await until { log.lines.count == 4 }
        }
    }

    @Test func `produce with acks 0 is not answered; an error closes the connection`() async throws {
        try await withServer { broker, server in
            try await create(broker, "t")
            let client = try await WireClient(server.address)
            try await client.write(try produce("t", ["a"], acks: 0), correlationID: 1)
            try await client.write(ApiVersionsRequest(), correlationID: 2)
            #expect(try await client.read(ApiVersionsRequest.self).correlationID == 2)
            #expect(try await broker.transport(clientID: "test").values("t") == ["a"])
            try await client.write(try produce("missing", ["a"], acks: 0))
            #expect(await client.isClosed())
        }
    }

    @Test func `a client that goes while it waits leaves nothing behind`() async throws {
        try await withServer { broker, server in
            try await create(broker, "t")
            let client = try await WireClient(server.address)
            try await client.write(fetch("t", maxWait: .max), version: 12)
            try await client.write(ApiVersionsRequest())
            await until { server.connectionCount == 1 }
            client.connection.close()
            await until { server.connectionCount == 0 }
        }
    }

    @Test func `a client that goes is noticed behind requests that were not read yet`() async throws {
        try await withServer { broker, server in
            try await create(broker, "t")
            let client = try await WireClient(server.address)
            try await client.write(fetch("t", maxWait: .max), version: 12)
            for _ in 0..<10 { try await client.write(ApiVersionsRequest()) }
            await until { server.connectionCount == 1 }
            client.connection.close()
            await until { server.connectionCount == 0 }
            #expect(server.bytesUnderWay == 0)
        }
    }

    @Test func `answers count as memory, and fetches are small while it is short`() async throws {
        var configuration = ServerConfiguration()
        configuration.maxBytesUnderWay = 12 << 20
        try await withServer(.init(), configuration) { broker, server in
            try await create(broker, "t")
            let transport = broker.transport(clientID: "test")
            let batch = try recordBatch([String(repeating: "x", count: 900_000)])
            for _ in 0..<40 { #expect(try await transport.produce(batch, to: "t").errorCode == 0) }
            func all() -> FetchRequest {
                FetchRequest(
                    maxWaitMs: 0, minBytes: 1,
                    topics: [.init(topic: "t", partitions: [.init(partition: 0, partitionMaxBytes: 50 << 20)])])
            }
            // It takes no answers: what the sockets do not hold waits in the server.
            let lazy = try await WireClient(server.address)
            try await lazy.write(all(), version: 12)
            await until { server.bytesUnderWay > 10 << 20 }
            #expect(server.bytesUnderWay < 13 << 20)
            let client = try await WireClient(server.address)
            let short = try await client.send(all(), version: 12)
            let count = try #require(short.responses.first?.partitions.first?.records?.count)
            #expect(count < 3 << 20)
            lazy.connection.close()
            await until { server.connectionCount == 1 && server.bytesUnderWay == 0 }
            let long = try await client.send(all(), version: 12)
            #expect(try #require(long.responses.first?.partitions.first?.records?.count) > 10 << 20)
        }
    }

    @Test func `idle clients do not keep busy ones from being served`() async throws {
        try await withServer { broker, server in
            try await create(broker, "t")
            var idle: [WireClient] = []
            for _ in 0..<60 { idle.append(try await WireClient(server.address)) }
            let offset = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let client = try await WireClient(server.address)
                        var last: Int64 = -1
                        for round in 0..<10 {
                            let records = try recordBatch(["\(number)-\(round)"])
                            let answer = try await client.send(
                                ProduceRequest(
                                    acks: -1, timeoutMs: 1000,
                                    topicData: [.init(name: "t", partitionData: [.init(index: 0, records: records)])]))
                            let partition = try #require(answer.responses.first?.partitionResponses.first)
                            #expect(partition.errorCode == 0)
                            #expect(partition.baseOffset > last)
                            last = partition.baseOffset
                        }
                        client.connection.close()
                        return last
                    }
                }
                return try await group.reduce(0) { max($0, $1) }
            }
            #expect(offset == 199)
            for client in idle { #expect(try await client.send(ApiVersionsRequest()).errorCode == 0) }
            #expect(Set(try await broker.transport(clientID: "test").values("t")).count == 200)
        }
    }

    @Test func `a client that goes in the middle of a request leaves nothing behind`() async throws {
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            try await client.write([0, 0, 1, 0, 0, 3])
            await until { server.connectionCount == 1 }
            client.connection.close()
            await until { server.connectionCount == 0 }
        }
    }

    @Test func `more connections than allowed are closed, and there is room again when one ends`() async throws {
        let log = Log()
        var configuration = ServerConfiguration()
        configuration.maxConnections = 2
        try await withServer(.init(), configuration, log: log.add) { _, server in
            let first = try await WireClient(server.address)
            let second = try await WireClient(server.address)
            _ = try await first.send(ApiVersionsRequest())
            _ = try await second.send(ApiVersionsRequest())
            for _ in 0..<3 {
                let third = try await WireClient(server.address)
                #expect(await third.isClosed())
            }
            #expect(log.lines.count == 1)
            first.connection.close()
            await until { server.connectionCount == 1 }
            #expect(try await WireClient(server.address).send(ApiVersionsRequest()).errorCode == 0)
        }
        configuration.maxConnections = 10
        configuration.maxConnectionsPerAddress = 1
        try await withServer(.init(), configuration) { _, server in
            let first = try await WireClient(server.address)
            _ = try await first.send(ApiVersionsRequest())
            #expect(try await WireClient(server.address).isClosed())
        }
    }

    @Test func `an idle connection is closed; one that waits for an answer is not`() async throws {
        let clock = ManualClock()
        try await withServer(clock: clock.clock) { broker, server in
            try await create(broker, "t")
            let idle = try await WireClient(server.address)
            _ = try await idle.send(ApiVersionsRequest())
            let waiting = try await WireClient(server.address)
            try await waiting.write(fetch("t", maxWait: .max), version: 12)
            await until { server.connectionCount == 2 && broker.topics.topic("t")?.log(0)?.waiterCount == 1 }
            clock.advance(by: 599_999)
            _ = try await idle.send(ApiVersionsRequest())
            clock.advance(by: 599_999)
            #expect(server.connectionCount == 2)
            clock.advance(by: 1)
            #expect(await idle.isClosed())
            await until { server.connectionCount == 1 }
            _ = try await broker.transport(clientID: "test").produce(try recordBatch(["a"]), to: "t")
            #expect(
                try await waiting.read(FetchRequest.self, version: 12).response.responses.first?.partitions.count == 1)
        }
    }

    @Test func `a server that stops answers what it has read and closes`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, _ in
            let server = try BrokerServer(broker, listeningOn: NetworkAddress(host: "127.0.0.1", port: 0))
            async let serving: Void = server.run()
            try await create(broker, "t")
            let client = try await WireClient(server.address)
            try await client.write(fetch("t", maxWait: .max), version: 12)
            await until { broker.topics.topic("t")?.log(0)?.waiterCount == 1 }
            server.stop()
            await serving
            #expect(server.connectionCount == 0)
            #expect(try await client.read(FetchRequest.self, version: 12).response.errorCode == 0)
            #expect(await client.isClosed())
            await #expect(throws: NetworkError.self) { try await WireClient(server.address) }
        }
    }

    @Test func `a stopping server does not wait for ever for clients that take no answers`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { broker, _ in
            let server = try BrokerServer(broker, listeningOn: NetworkAddress(host: "127.0.0.1", port: 0))
            async let serving: Void = server.run()
            try await create(broker, "t")
            let large = String(repeating: "x", count: 900_000)
            for _ in 0..<20 {
                _ = try await broker.transport(clientID: "test").produce(try recordBatch([large]), to: "t")
            }
            let client = try await WireClient(server.address)
            var request = fetch("t")
            request.topics[0].partitions[0].partitionMaxBytes = 50 << 20
            for _ in 0..<3 { try await client.write(request, version: 12) }
            await until { server.connectionCount == 1 }
            server.stop()
            while server.connectionCount > 0 {
                clock.advance(by: 1000)
                await Task.yield()
            }
            await serving
        }
    }
}

/// Waits until something that happens elsewhere has happened.
func until(_ isDone: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async {
    for _ in 0..<30_000 {
        if isDone() { return }
        try? await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("it did not happen", sourceLocation: sourceLocation)
}
