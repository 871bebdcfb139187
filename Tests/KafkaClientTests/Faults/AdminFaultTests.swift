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

    @Test func `a transaction hangs if no coordinator knows of it, and is aborted with what the leader knows`() async throws {
        let transport = ScriptedTransport()
        transport.on(DescribeProducersRequest.self) { request, node in
            let producers: [DescribeProducersResponse.ProducerState] = [
                .init(producerId: 1, producerEpoch: 3, coordinatorEpoch: 9, currentTxnStartOffset: 40),
                .init(producerId: 2, producerEpoch: 4, coordinatorEpoch: -1, currentTxnStartOffset: 41),
                .init(producerId: 3, producerEpoch: 5, coordinatorEpoch: 7, currentTxnStartOffset: 42),
                .init(producerId: 4, producerEpoch: 6, currentTxnStartOffset: -1),
                .init(producerId: 5, producerEpoch: 1 << 20, currentTxnStartOffset: 43),
            ]
            #expect(node == 2)
            return DescribeProducersResponse(topics: [
                .init(name: "t", partitions: [.init(partitionIndex: 1, activeProducers: producers)])
            ])
        }
        transport.on(DescribeClusterRequest.self) { _, _ in DescribeClusterResponse(brokers: [.init(brokerId: 1)]) }
        transport.on(ListTransactionsRequest.self) { _, _ in
            ListTransactionsResponse(transactionStates: [
                .init(transactionalId: "known", producerId: 1, transactionState: "Ongoing"),
                .init(transactionalId: "elsewhere", producerId: 3, transactionState: "Ongoing"),
            ])
        }
        transport.on(DescribeTransactionsRequest.self) { request, _ in
            DescribeTransactionsResponse(
                transactionStates: request.transactionalIds.map {
                    .init(
                        transactionalId: $0,
                        topics: [.init(topic: "t", partitions: [$0 == "known" ? 1 : 0])])
                })
        }
        transport.on(WriteTxnMarkersRequest.self) { request, _ in
            WriteTxnMarkersResponse(markers: [
                .init(
                    producerId: request.markers[0].producerId,
                    topics: [.init(name: "t", partitions: [.init(partitionIndex: 1, errorCode: 0)])])
            ])
        }
        let admin = AdminClient(
            client: KafkaClient(transport: transport, clientID: "test", retryPolicy: ProducerFaultTests.quick))
        let hanging = try await admin.hangingTransactions(in: [TopicPartition("t", 1)])
        #expect(hanging.map(\.producerID) == [2, 3])
        for transaction in hanging { try await admin.abort(transaction) }
        let sent = transport.calls(WriteTxnMarkersRequest.self)
        #expect(sent.map(\.node) == [2, 2])
        #expect(
            sent.map(\.request.markers) == [
                [
                    .init(
                        producerId: 2, producerEpoch: 4, topics: [.init(name: "t", partitionIndexes: [1])],
                        coordinatorEpoch: 0)
                ],
                [
                    .init(
                        producerId: 3, producerEpoch: 5, topics: [.init(name: "t", partitionIndexes: [1])],
                        coordinatorEpoch: 7)
                ],
            ])
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
