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

    @Test func `a new topic is waited for until every broker that can be reached knows it with its leaders`() async throws {
        let transport = ScriptedTransport()
        let asked = Mutex<[Int32?]>([])
        transport.on(MetadataRequest.self) { request, node in
            let turn = asked.withLock { asked in
                asked.append(node)
                return asked.count { $0 == node }
            }
            let brokers = [1, 2, 3].map { MetadataResponse.MetadataResponseBroker(nodeId: $0, host: "h", port: 9092) }
            if node == 3 { throw BrokenConnection() }
            return MetadataResponse(
                brokers: brokers, controllerId: 1,
                topics: (request.topics ?? []).map { topic in
                    // The second broker is late twice: with the topic, then with a leader.
                    if node == 2, turn == 1 {
                        return MetadataResponse.MetadataResponseTopic(
                            errorCode: KafkaErrorCode.unknownTopicOrPartition.rawValue, name: topic.name)
                    }
                    return MetadataResponse.MetadataResponseTopic(
                        name: topic.name,
                        partitions: (0..<2).map {
                            MetadataResponse.MetadataResponsePartition(
                                partitionIndex: $0, leaderId: node == 2 && turn == 2 ? -1 : 1)
                        })
                })
        }
        try await withTimeLimit {
            let client = KafkaClient(transport: transport, clientID: "test", retryPolicy: ProducerFaultTests.quick)
            try await AdminClient(client: client).waitUntilKnown(["new": 2])
            #expect(asked.withLock { $0.count { $0 == 2 } } == 3)
            let missing = await #expect(throws: KafkaError.self) {
                try await AdminClient(client: client).waitUntilKnown(["new": 3], timeout: .zero)
            }
            #expect(missing?.message.contains("broker 1 does not know topic new with 3 partitions") == true)
        }
    }
}
