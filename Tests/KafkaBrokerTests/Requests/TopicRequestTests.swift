import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaBroker

@Suite struct TopicRequestTests {
    private func create(
        _ client: any KafkaTransport, _ topic: CreateTopicsRequest.CreatableTopic, validateOnly: Bool = false
    ) async throws -> CreateTopicsResponse.CreatableTopicResult {
        let response = try await client.send(CreateTopicsRequest(topics: [topic], validateOnly: validateOnly))
        return try #require(response.topics.first)
    }

    private func names(_ client: any KafkaTransport) async throws -> [String] {
        try await client.send(MetadataRequest(topics: nil)).topics.filter { !$0.isInternal }.compactMap(\.name)
    }

    @Test func `topics are there after a crash, with ids, partitions and settings`() async throws {
        let directory = try TemporaryDirectory()
        let id = try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
            let made = try await create(
                client,
                .init(
                    name: "t", numPartitions: 3, replicationFactor: 1,
                    configs: [
                        .init(name: "cleanup.policy", value: "compact,delete"), .init(name: "retention.ms", value: "5"),
                    ]))
            #expect(made.errorCode == 0)
            #expect(made.numPartitions == 3)
            return made.topicId
        }
        try await withBroker(in: directory) { broker, client async throws in
            let metadata = try await client.send(MetadataRequest(topics: [.init(name: "t")]))
            #expect(metadata.topics.first?.topicId == id)
            #expect(metadata.topics.first?.partitions.map(\.partitionIndex) == [0, 1, 2])
            #expect(metadata.clusterId == broker.clusterID)
            let log = try #require(broker.topics.log(TopicPartition("t", 2)))
            #expect(log.configuration.cleanupPolicy == [.compact, .delete])
            #expect(log.configuration.retentionMs == 5)
        }
    }

    @Test func `a topic that cannot be is refused with Kafka's errors`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("there.is")
            let cases: [(CreateTopicsRequest.CreatableTopic, KafkaErrorCode)] = [
                (.init(name: "there.is", numPartitions: 1, replicationFactor: 1), .topicAlreadyExists),
                (.init(name: "there_is", numPartitions: 1, replicationFactor: 1), .invalidTopicException),
                (.init(name: "", numPartitions: 1, replicationFactor: 1), .invalidTopicException),
                (.init(name: "..", numPartitions: 1, replicationFactor: 1), .invalidTopicException),
                (.init(name: "a/b", numPartitions: 1, replicationFactor: 1), .invalidTopicException),
                (.init(name: "ü", numPartitions: 1, replicationFactor: 1), .invalidTopicException),
                (
                    .init(name: String(repeating: "x", count: 250), numPartitions: 1, replicationFactor: 1),
                    .invalidTopicException
                ),
                (.init(name: "__consumer_offsets", numPartitions: 1, replicationFactor: 1), .invalidTopicException),
                (.init(name: "n", numPartitions: 0, replicationFactor: 1), .invalidPartitions),
                (.init(name: "n", numPartitions: .max, replicationFactor: 1), .invalidPartitions),
                (.init(name: "n", numPartitions: 1, replicationFactor: 3), .invalidReplicationFactor),
                (
                    .init(
                        name: "n", numPartitions: 1, replicationFactor: 1, configs: [.init(name: "no.such", value: "1")]
                    ), .invalidConfig
                ),
                (
                    .init(
                        name: "n", numPartitions: 1, replicationFactor: 1,
                        configs: [.init(name: "retention.ms", value: "soon")]), .invalidConfig
                ),
                (
                    .init(
                        name: "n", numPartitions: 1, replicationFactor: 1,
                        configs: [.init(name: "cleanup.policy", value: "burn")]), .invalidConfig
                ),
                (
                    .init(
                        name: "n", numPartitions: 1, replicationFactor: 1,
                        configs: [.init(name: "min.cleanable.dirty.ratio", value: "2")]), .invalidConfig
                ),
                (
                    .init(
                        name: "n", numPartitions: -1, replicationFactor: -1,
                        assignments: [.init(partitionIndex: 1, brokerIds: [1])]), .invalidReplicaAssignment
                ),
            ]
            for (topic, expected) in cases {
                #expect(KafkaErrorCode(rawValue: try await create(client, topic).errorCode) == expected, "\(topic)")
            }
            let only = try await create(
                client, .init(name: "dry", numPartitions: 2, replicationFactor: 1), validateOnly: true)
            #expect(only.errorCode == 0)
            #expect(try await names(client) == ["there.is"])
            let twice = try await client.send(
                CreateTopicsRequest(topics: [.init(name: "d", numPartitions: 1), .init(name: "d", numPartitions: 1)]))
            #expect(twice.topics.map(\.errorCode) == [KafkaErrorCode.invalidRequest.rawValue])
        }
    }

    @Test func `a deleted topic is gone with its files and offsets, and can be made anew`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            _ = try await client.produce(recordBatch(["old"]), to: "t")
            #expect(try await client.commit("g", "t", 1) == .none)
            let gone = try await client.send(DeleteTopicsRequest(topics: [.init(name: "t")]))
            #expect(gone.responses.map(\.errorCode) == [0])
            let again = try await client.send(DeleteTopicsRequest(topicNames: ["t"]))
            #expect(again.responses.map(\.errorCode) == [KafkaErrorCode.unknownTopicOrPartition.rawValue])
            #expect(try await client.fetch("t").errorCode == KafkaErrorCode.unknownTopicOrPartition.rawValue)
            #expect(broker.groups.group("g") == nil || broker.groups.group("g")?.offsets.isEmpty == true)
            try await client.createTopic("t")
            #expect(try await client.values("t") == [])
        }
        try await withBroker(in: directory) { _, client async throws in
            #expect(try await names(client) == ["t"])
            #expect(try await client.values("t") == [])
        }
    }

    @Test func `a deletion that a crash cut off is finished`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t")
            _ = try await client.produce(recordBatch(["old"]), to: "t")
            // What deleting writes first; the process dies before the files are gone.
            try broker.topics.catalogue.withLock { catalogue in
                let index = try #require(catalogue.topics.firstIndex { $0.name == "t" })
                catalogue.deleted.append(catalogue.topics.remove(at: index))
                try catalogue.write(to: broker.directory)
            }
        }
        try await withBroker(in: directory) { _, client async throws in
            #expect(try await names(client) == [])
            try await client.createTopic("t")
            #expect(try await client.values("t") == [])
        }
    }

    @Test func `partitions can be added, not taken away`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            func grow(_ count: Int32) async throws -> KafkaErrorCode {
                let response = try await client.send(CreatePartitionsRequest(topics: [.init(name: "t", count: count, assignments: nil)]))
                return KafkaErrorCode(rawValue: try #require(response.results.first?.errorCode))
            }
            #expect(try await grow(3) == .none)
            #expect(try await grow(3) == .invalidPartitions)
            #expect(try await grow(2) == .invalidPartitions)
            #expect(try await client.produce(recordBatch(["x"]), to: "t", partition: 2).errorCode == 0)
        }
        try await withBroker(in: directory) { _, client async throws in
            #expect(try await client.values("t", partition: 2) == ["x"])
        }
    }

    @Test func `metadata makes topics if it may`() async throws {
        let directory = try TemporaryDirectory()
        var configuration = BrokerConfiguration()
        configuration.defaultPartitions = 4
        try await withBroker(in: directory, configuration: configuration) { _, client async throws in
            let made = try await client.send(MetadataRequest(topics: [.init(name: "new"), .init(name: "b/d")]))
            #expect(made.topics.map(\.errorCode) == [0, KafkaErrorCode.invalidTopicException.rawValue])
            #expect(made.topics.first?.partitions.count == 4)
            let asked = try await client.send(
                MetadataRequest(topics: [.init(name: "other")], allowAutoTopicCreation: false))
            #expect(asked.topics.map(\.errorCode) == [KafkaErrorCode.unknownTopicOrPartition.rawValue])
        }
        configuration.autoCreateTopics = false
        try await withBroker(in: directory, configuration: configuration) { _, client async throws in
            let asked = try await client.send(MetadataRequest(topics: [.init(name: "other")]))
            #expect(asked.topics.map(\.errorCode) == [KafkaErrorCode.unknownTopicOrPartition.rawValue])
        }
    }

    @Test func `settings are described with their sources and can be changed`() async throws {
        let directory = try TemporaryDirectory()
        func describe(_ client: any KafkaTransport) async throws -> [String: DescribeConfigsResponse
            .DescribeConfigsResourceResult]
        {
            let response = try await client.send(
                DescribeConfigsRequest(resources: [.init(resourceType: 2, resourceName: "t", configurationKeys: nil)]))
            let result = try #require(response.results.first)
            #expect(result.errorCode == 0)
            return Dictionary(uniqueKeysWithValues: result.configs.map { ($0.name, $0) })
        }
        func alter(_ client: any KafkaTransport, _ name: String, _ operation: Int8, _ value: String?) async throws
            -> KafkaErrorCode
        {
            let response = try await client.send(
                IncrementalAlterConfigsRequest(resources: [
                    .init(
                        resourceType: 2, resourceName: "t",
                        configs: [.init(name: name, configOperation: operation, value: value)])
                ]))
            return KafkaErrorCode(rawValue: try #require(response.responses.first?.errorCode))
        }
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", ["segment.bytes": "1000"])
            var configs = try await describe(client)
            #expect(configs.count == ConfigDefinition.topic.count)
            #expect(configs["segment.bytes"]?.value == "1000")
            #expect(configs["segment.bytes"]?.configSource == 1)
            #expect(configs["cleanup.policy"]?.configSource == 5)
            #expect(configs["retention.ms"]?.configSource == 5)
            #expect(try await alter(client, "retention.ms", 0, "77") == .none)
            #expect(try await alter(client, "cleanup.policy", 2, "compact") == .none)
            #expect(try await alter(client, "segment.bytes", 1, nil) == .none)
            #expect(try await alter(client, "segment.bytes", 2, "1") == .invalidConfig)
            #expect(try await alter(client, "cleanup.policy", 0, "x") == .invalidConfig)
            configs = try await describe(client)
            #expect(configs["retention.ms"]?.value == "77")
            #expect(configs["cleanup.policy"]?.value == "delete,compact")
            #expect(configs["segment.bytes"]?.configSource == 5)
            #expect(broker.topics.log(TopicPartition("t", 0))?.configuration.retentionMs == 77)
            let whole = try await client.send(
                AlterConfigsRequest(resources: [
                    .init(resourceType: 2, resourceName: "t", configs: [.init(name: "flush.ms", value: "9")])
                ]))
            #expect(whole.responses.map(\.errorCode) == [0])
        }
        var configuration = BrokerConfiguration()
        configuration.retentionMilliseconds = 9
        try await withBroker(in: directory, configuration: configuration) { _, client async throws in
            let configs = try await describe(client)
            #expect(configs["flush.ms"]?.value == "9")
            #expect(configs["retention.ms"]?.configSource == 4)
        }
    }

    @Test func `partitions are described page by page`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("a", partitions: 3)
            try await client.createTopic("b", partitions: 2)
            var request = DescribeTopicPartitionsRequest(
                topics: [.init(name: "a"), .init(name: "b")], responsePartitionLimit: 2)
            var seen: [String] = []
            while true {
                let response = try await client.send(request)
                for topic in response.topics {
                    seen += topic.partitions.map { "\(topic.name ?? "")\($0.partitionIndex)" }
                }
                guard let next = response.nextCursor else { break }
                request.cursor = .init(topicName: next.topicName, partitionIndex: next.partitionIndex)
            }
            #expect(seen == ["a0", "a1", "a2", "b0", "b1"])
        }
    }
}
