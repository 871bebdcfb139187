import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@Suite struct AdminFaultTests {
    /// A cluster without CreateTopics, which creates topics of four partitions that someone asks for.
    static func withoutCreation(_ body: @escaping @Sendable (AdminClient, ScriptedTransport) async throws -> Void) async throws {
        let transport = ScriptedTransport()
        let topics = Mutex<Set<String>>([])
        transport.on(CreateTopicsRequest.self) { _, _ in throw KafkaError(.unsupported, "there is no CreateTopics") }
        transport.on(MetadataRequest.self) { request, _ in
            let known = topics.withLock { known in
                if request.allowAutoTopicCreation { known.formUnion((request.topics ?? []).compactMap(\.name)) }
                return known
            }
            return MetadataResponse(
                brokers: [MetadataResponse.MetadataResponseBroker(nodeId: 1, host: "h", port: 9092)], controllerId: 1,
                topics: (request.topics ?? []).map { topic in
                    guard known.contains(topic.name ?? "") else {
                        return MetadataResponse.MetadataResponseTopic(
                            errorCode: KafkaErrorCode.unknownTopicOrPartition.rawValue, name: topic.name)
                    }
                    return MetadataResponse.MetadataResponseTopic(
                        name: topic.name,
                        partitions: (0..<4).map {
                            MetadataResponse.MetadataResponsePartition(partitionIndex: $0, leaderId: 1)
                        })
                })
        }
        try await withTimeLimit {
            let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: ProducerFaultTests.quick)
            try await body(AdminClient(client: client), transport)
        }
    }

    @Test func `topics are created by asking for them where there is no other way`() async throws {
        try await Self.withoutCreation { admin, _ in
            try await admin.createTopics([NewTopic("a", partitions: 4), NewTopic("b")])
            #expect(try await admin.describeTopics(["a", "b"]).count == 2)
            try await admin.createTopics([NewTopic("a", partitions: 4)], ifMissing: true)
            let exists = await #expect(throws: KafkaError.self) { try await admin.createTopics([NewTopic("a")]) }
            #expect(exists?.errorCode == .topicAlreadyExists)
            let other = await #expect(throws: KafkaError.self) {
                try await admin.createTopics([NewTopic("c", partitions: 3)])
            }
            #expect(other?.code == .unsupported && other?.message.contains("4 partitions instead of 3") == true)
        }
    }

    @Test func `records are deleted in a single attempt if it must not take long`() async throws {
        let transport = ScriptedTransport()
        transport.on(DeleteRecordsRequest.self) { _, _ in throw BrokenConnection() }
        let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: ProducerFaultTests.quick)
        await #expect(throws: KafkaError.self) {
            _ = try await AdminClient(client: client).deleteRecords(before: [TopicPartition("t", 0): 1], timeout: .zero)
        }
        #expect(transport.calls(DeleteRecordsRequest.self).count == 1)
    }
}
