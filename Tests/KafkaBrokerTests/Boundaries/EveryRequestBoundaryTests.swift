import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

/// Requests of all APIs each number of which is, in turn, at the ends of its range and at those of its neighbours': an answer
/// comes that can be written down, and the broker goes on.
@Suite struct EveryRequestBoundaryTests {
    private let clock = ManualClock()

    private static let apis: [APIKey] = Broker.requests.map { $0.apiKey }

    @Test(arguments: apis)
    func `whatever numbers a request has, it is answered`(_ api: APIKey) async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        try await withBroker(in: directory, clock: clock.clock) { broker, client in
            try await client.createTopic("t", partitions: 2)
            try await client.createTopic("safe")
            _ = try await client.produce(recordBatch(["kept"]), to: "safe")
            let samples = try await VersionTests.samples() + Self.liveSamples(client)
            var count = 0
            for sample in samples where type(of: sample).apiKey == api {
                count += try await answerVariants(of: sample, broker)
            }
            #expect(count > 0)
            #expect(try await client.values("safe") == ["kept"])
            _ = try await client.produce(recordBatch(["more"]), to: "safe")
            #expect(try await client.values("safe") == ["kept", "more"])
        }
    }

    @Test func `numbers are found wherever they stand`() throws {
        let request = FetchRequest(topics: [.init(topic: "t", partitions: [.init(fetchOffset: 7)])])
        for version in [4, 12] as [Int16] {
            let names = try Self.message(request, version).numbers.map(\.name)
            #expect(names.filter { $0.hasSuffix("fetchOffset") || $0 == "maxWaitMs" || $0 == "isolationLevel" }.count == 3, "\(names)")
        }
    }

    /// Sends a request with each of its numbers and lengths changed; returns how many there were.
    private func answerVariants<R: KafkaRequest>(of sample: R, _ broker: Broker) async throws -> Int {
        let type = try #require(R.self as? any BrokerRequest.Type)
        let versions = type.offeredVersions.filter { (try? Self.encoded(sample, $0)) != nil }
        var count = 0
        for version in versions {
            let message = try Self.message(sample, version)
            for (name, bytes) in message.numberVariants + message.lengthVariants {
                await Task.yield()
                guard let request = try? Self.decoded(R.self, bytes, version), !Self.takesLong(request) else { continue }
                count += 1
                do {
                    let response = try await broker.timelessAnswer(request, version: version, clock)
                    let header = RequestHeader(apiKey: R.apiKey, apiVersion: version, correlationId: 1)
                    #expect(try !R.frame(response, answering: header).isEmpty)
                } catch {
                    Issue.record("\(R.apiKey) in version \(version), \(name): \(error)")
                }
            }
        }
        return count
    }

    private static func encoded<R: KafkaRequest>(_ request: R, _ version: Int16) throws -> Bytes {
        var writer = ByteWriter()
        try request.encode(into: &writer, version: version)
        return writer.finish()
    }

    private static func decoded<R: KafkaRequest>(_ type: R.Type, _ bytes: Bytes, _ version: Int16) throws -> R {
        var reader = ByteReader(bytes)
        let request = try R(from: &reader, version: version)
        guard reader.remaining == 0 else { throw KafkaProtocolError(.malformed, "bytes are left") }
        return request
    }

    private static func message<R: KafkaRequest>(_ request: R, _ version: Int16) throws -> EncodedMessage {
        try EncodedMessage(encoded(request, version)) { try decoded(R.self, $0, version) }
    }

    /// Topics with thousands of partitions are no fault, but take long.
    private static func takesLong(_ request: any KafkaRequest) -> Bool {
        guard let request = request as? CreateTopicsRequest, !request.validateOnly else { return false }
        return request.topics.contains { (100...TopicRegistry.maximumPartitions).contains($0.numPartitions) }
    }

    /// Requests of members and producers that there are, so that more of the broker is reached.
    private static func liveSamples(_ client: any KafkaTransport) async throws -> [any KafkaRequest] {
        let join = JoinGroupRequest(
            groupId: "live", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, groupInstanceId: "one",
            protocolType: "consumer", protocols: [.init(name: "range", metadata: [1])])
        let joined = try await client.send(join)
        let (member, generation) = (joined.memberId, joined.generationId)
        let producer = try await client.send(InitProducerIdRequest(transactionalId: "live", transactionTimeoutMs: 10_000))
        let (id, epoch) = (producer.producerId, producer.producerEpoch)
        let topics = [AddPartitionsToTxnRequest.AddPartitionsToTxnTopic(name: "t", partitions: [0])]
        return [
            join,
            SyncGroupRequest(
                groupId: "live", generationId: generation, memberId: member,
                assignments: [.init(memberId: member, assignment: [1])]),
            HeartbeatRequest(groupId: "live", generationId: generation, memberId: member),
            OffsetCommitRequest(
                groupId: "live", generationIdOrMemberEpoch: generation, memberId: member,
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: 0)])]),
            AddPartitionsToTxnRequest(
                v3AndBelowTransactionalId: "live", v3AndBelowProducerId: id, v3AndBelowProducerEpoch: epoch,
                v3AndBelowTopics: topics),
            AddPartitionsToTxnRequest(transactions: [
                .init(transactionalId: "live", producerId: id, producerEpoch: epoch, topics: topics)
            ]),
            AddOffsetsToTxnRequest(transactionalId: "live", producerId: id, producerEpoch: epoch, groupId: "live"),
            TxnOffsetCommitRequest(
                transactionalId: "live", groupId: "live", producerId: id, producerEpoch: epoch, generationId: generation,
                memberId: member, topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 1)])]),
            EndTxnRequest(transactionalId: "live", producerId: id, producerEpoch: epoch, committed: true),
            InitProducerIdRequest(
                transactionalId: "live", transactionTimeoutMs: 1000, producerId: id, producerEpoch: epoch),
            AlterUserScramCredentialsRequest(upsertions: [
                .init(name: "u", mechanism: 1, iterations: 4096, salt: [1, 2, 3], saltedPassword: Bytes([UInt8](repeating: 7, count: 32)))
            ]),
            CreateTopicsRequest(
                topics: [.init(name: "v", numPartitions: -1, replicationFactor: -1, assignments: [.init(partitionIndex: 0, brokerIds: [1])])],
                timeoutMs: 1000),
            CreatePartitionsRequest(
                topics: [.init(name: "t", count: 3, assignments: [.init(brokerIds: [1])])], timeoutMs: 1000, validateOnly: true),
            LeaveGroupRequest(groupId: "live", members: [.init(memberId: member)]),
        ]
    }
}
