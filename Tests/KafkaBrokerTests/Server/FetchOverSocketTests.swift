import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct FetchOverSocketTests {
    private func request(
        _ ids: [KafkaUUID], session: Int32 = 0, epoch: Int32 = -1, from offset: Int64 = 0, maxWait: Int32 = 0,
        maxBytes: Int32 = .max, partitionBytes: Int32 = 1 << 20
    ) -> FetchRequest {
        FetchRequest(
            maxWaitMs: maxWait, minBytes: 1, maxBytes: maxBytes, sessionId: session, sessionEpoch: epoch,
            topics: ids.map {
                .init(
                    topicId: $0,
                    partitions: [.init(partition: 0, fetchOffset: offset, partitionMaxBytes: partitionBytes)])
            })
    }

    private func topics(_ names: [String], _ broker: Broker) async throws -> [KafkaUUID] {
        let transport = broker.transport(clientID: "test")
        for name in names { try await transport.createTopic(name) }
        return try names.map { try #require(broker.topics.topic(Name($0))?.id) }
    }

    @Test func `a session tells only of partitions with news, and waits while there are none`() async throws {
        try await withServer { broker, server in
            let ids = try await topics(["a", "b"], broker)
            let client = try await WireClient(server.address)
            let opened = try await client.send(request(ids, epoch: 0))
            #expect(opened.sessionId > 0)
            #expect(opened.responses.map(\.topicId) == ids)
            let nothing = try await client.send(request([], session: opened.sessionId, epoch: 1))
            #expect(nothing.errorCode == 0)
            #expect(nothing.sessionId == opened.sessionId)
            #expect(nothing.responses.isEmpty)
            try await client.write(request([], session: opened.sessionId, epoch: 2, maxWait: 60_000))
            await until { broker.topics.topic("b")?.log(0)?.waiterCount == 1 }
            _ = try await broker.transport(clientID: "test").produce(try recordBatch(["x"]), to: "b")
            let news = try await client.read(FetchRequest.self).response
            #expect(news.responses.map(\.topicId) == [ids[1]])
            #expect(news.responses.first?.partitions.first?.records?.isEmpty == false)
            let late = try await client.send(request([], session: opened.sessionId, epoch: 2))
            #expect(late.errorCode == KafkaErrorCode.invalidFetchSessionEpoch.rawValue)
            let unknown = try await client.send(request([], session: opened.sessionId ^ 1, epoch: 1))
            #expect(unknown.errorCode == KafkaErrorCode.fetchSessionIdNotFound.rawValue)
        }
    }

    @Test func `unknown topic ids are told`() async throws {
        try await withServer { broker, server in
            let ids = try await topics(["a"], broker)
            let client = try await WireClient(server.address)
            let answer = try await client.send(request(ids + [KafkaUUID(high: 7, low: 7)]))
            #expect(
                answer.responses.flatMap(\.partitions).map(\.errorCode) == [0, KafkaErrorCode.unknownTopicId.rawValue])
        }
    }

    @Test func `limits of bytes hold, but for a first batch`() async throws {
        try await withServer { broker, server in
            let ids = try await topics(["a", "b"], broker)
            let transport = broker.transport(clientID: "test")
            let value = String(repeating: "x", count: 1000)
            for name in ["a", "b"] {
                for _ in 0..<10 { _ = try await transport.produce(try recordBatch([value]), to: name) }
            }
            let client = try await WireClient(server.address)
            func sizes(_ request: FetchRequest) async throws -> [Int] {
                try await client.send(request).responses.flatMap(\.partitions).map { $0.records?.count ?? 0 }.sorted()
            }
            let one = try recordBatch([value]).count
            #expect(try await sizes(request(ids)) == [10 * one, 10 * one])
            #expect(try await sizes(request(ids, partitionBytes: Int32(3 * one))) == [3 * one, 3 * one])
            #expect(try await sizes(request(ids, maxBytes: Int32(4 * one))) == [0, 4 * one])
            #expect(try await sizes(request(ids, maxBytes: 1)) == [0, one])
            #expect(try await sizes(request(ids, partitionBytes: 1)) == [0, one])
        }
    }
}
