import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

/// Requests for data each number of which is, in turn, at the ends of its range: an answer comes, and the log is as it was.
@Suite struct RequestBoundaryTests {
    /// Opens a broker with a topic "t" of 10 records, and calls `body` with each variant of the request. Time goes on by
    /// itself, so that a request that asks to wait is answered.
    private func forEach<R: KafkaRequest>(
        _ request: R, _ fields: [BoundaryField<R>], versions: ClosedRange<Int16>,
        _ body: (_ name: String, _ request: R, R.Response, Broker) throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        let clock = ManualClock()
        var random = SeededGenerator(seed: 1)
        let variants = boundaryVariants(of: request, fields, pairs: 150, using: &random)
        try await withBroker(in: directory, clock: clock.clock) { broker, client in
            try await client.createTopic("t")
            for number in 0..<5 { _ = try await client.produce(recordBatch(["a\(number)", "b\(number)"]), to: "t") }
            for version in [versions.lowerBound, versions.upperBound] {
                for (name, variant) in variants {
                    let response = try await broker.timelessAnswer(variant, version: version, clock)
                    try body("\(name), version \(version)", variant, response, broker)
                }
            }
        }
    }

    @Test func `fetches are answered`() async throws {
        let request = FetchRequest(
            maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20,
            topics: [.init(topic: "t", partitions: [.init(partition: 0, fetchOffset: 3, partitionMaxBytes: 1 << 20)])])
        let fields: [BoundaryField<FetchRequest>] = [
            .init("replicaId", \.replicaId), .init("maxWaitMs", \.maxWaitMs), .init("minBytes", \.minBytes),
            .init("maxBytes", \.maxBytes), .init("isolationLevel", \.isolationLevel), .init("sessionId", \.sessionId),
            .init("sessionEpoch", \.sessionEpoch), .init("partition", \.topics[0].partitions[0].partition),
            .init("currentLeaderEpoch", \.topics[0].partitions[0].currentLeaderEpoch),
            .init("fetchOffset", \.topics[0].partitions[0].fetchOffset),
            .init("lastFetchedEpoch", \.topics[0].partitions[0].lastFetchedEpoch),
            .init("logStartOffset", \.topics[0].partitions[0].logStartOffset),
            .init("partitionMaxBytes", \.topics[0].partitions[0].partitionMaxBytes),
        ]
        try await forEach(request, fields, versions: FetchRequest.offeredVersions.lowerBound...12) { name, request, response, _ in
            guard response.errorCode == 0, let partition = response.responses.first?.partitions.first else { return }
            let wanted = request.topics[0].partitions[0]
            if partition.errorCode == 0 {
                #expect((0...10).contains(wanted.fetchOffset) && wanted.partition == 0, "\(name)")
                var batches = RecordBatchSequence(partition.records ?? Bytes())
                while let batch = try batches.next() { try batch.validateChecksum() }
            }
        }
    }

    @Test func `look-ups of offsets are answered`() async throws {
        let request = ListOffsetsRequest(
            topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, timestamp: 1_000_001)])])
        let fields: [BoundaryField<ListOffsetsRequest>] = [
            .init("replicaId", \.replicaId), .init("isolationLevel", \.isolationLevel), .init("timeoutMs", \.timeoutMs),
            .init("partitionIndex", \.topics[0].partitions[0].partitionIndex),
            .init("currentLeaderEpoch", \.topics[0].partitions[0].currentLeaderEpoch),
            .init("timestamp", \.topics[0].partitions[0].timestamp),
            .init("maxNumOffsets", \.topics[0].partitions[0].maxNumOffsets),
        ]
        try await forEach(request, fields, versions: 1...10) { name, _, response, _ in
            let partition = try #require(response.topics.first?.partitions.first)
            if partition.errorCode == 0 { #expect((-1...10).contains(partition.offset), "\(name)") }
        }
    }

    @Test func `deletions of records are answered`() async throws {
        let request = DeleteRecordsRequest(
            topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, offset: 0)])], timeoutMs: 1000)
        let fields: [BoundaryField<DeleteRecordsRequest>] = [
            .init("timeoutMs", \.timeoutMs), .init("partitionIndex", \.topics[0].partitions[0].partitionIndex),
            .init("offset", \.topics[0].partitions[0].offset),
        ]
        try await forEach(request, fields, versions: 0...2) { name, request, response, broker in
            let partition = try #require(response.topics.first?.partitions.first)
            let offset = request.topics[0].partitions[0].offset
            if partition.errorCode == 0 { #expect((-1...10).contains(offset), "\(name)") }
            #expect((0...10).contains(broker.topics.topic(Name("t"))?.log(0)?.logStartOffset ?? -1), "\(name)")
        }
    }

    @Test func `appends are answered`() async throws {
        let records = try recordBatch(["v"])
        let request = ProduceRequest(
            acks: -1, timeoutMs: 1000, topicData: [.init(name: "t", partitionData: [.init(index: 0, records: records)])])
        let fields: [BoundaryField<ProduceRequest>] = [
            .init("acks", \.acks), .init("timeoutMs", \.timeoutMs), .init("index", \.topicData[0].partitionData[0].index),
        ]
        var end: Int64 = 10
        try await forEach(request, fields, versions: 3...12) { name, request, response, broker in
            let partition = try #require(response.responses.first?.partitionResponses.first)
            let isGood = (-1...1).contains(request.acks) && request.topicData[0].partitionData[0].index == 0
            #expect((partition.errorCode == 0) == isGood, "\(name)")
            if isGood { end += 1 }
            #expect(broker.topics.topic(Name("t"))?.log(0)?.highWatermark == end, "\(name)")
        }
    }

    @Test func `ends of leader epochs are answered`() async throws {
        let request = OffsetForLeaderEpochRequest(
            topics: [.init(topic: "t", partitions: [.init(partition: 0, leaderEpoch: 0)])])
        let fields: [BoundaryField<OffsetForLeaderEpochRequest>] = [
            .init("replicaId", \.replicaId), .init("partition", \.topics[0].partitions[0].partition),
            .init("currentLeaderEpoch", \.topics[0].partitions[0].currentLeaderEpoch),
            .init("leaderEpoch", \.topics[0].partitions[0].leaderEpoch),
        ]
        try await forEach(request, fields, versions: 3...4) { name, _, response, _ in
            let partition = try #require(response.topics.first?.partitions.first)
            #expect((-1...10).contains(partition.endOffset), "\(name)")
        }
    }
}

@Suite struct TopicSettingBoundaryTests {
    @Test func `topics work with each setting at the bounds of what is taken`() async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { broker, client async throws in
            for definition in ConfigDefinition.topic {
                guard case .integer(let range) = definition.rule else { continue }
                for value in Int64.boundaryValues where range.contains(value) {
                    let name = "t-\(definition.name)-\(value)"
                    for policy in ["delete", "compact"] {
                        try await client.createTopic(name, [definition.name: "\(value)", "cleanup.policy": policy])
                        for _ in 0..<3 {
                            _ = try await client.produce(recordBatch(["a", "b"], keys: ["k", "l"], timestamp: clock.now), to: name)
                        }
                        clock.advance(by: 120_000)
                        for now in [Int64.min, clock.now, .max] {
                            for log in broker.topics.topic(Name(name))?.logs ?? [] { try log.maintain(now: now) }
                        }
                        _ = try await client.fetch(name)
                        _ = try await client.send(DeleteTopicsRequest(topicNames: [name]))
                    }
                }
            }
        }
    }
}
