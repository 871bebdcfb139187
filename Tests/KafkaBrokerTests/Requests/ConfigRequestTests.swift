import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct ConfigRequestTests {
    private func describe(
        _ client: any KafkaTransport, _ type: Int8, _ name: String, keys: [String]? = nil
    ) async throws -> DescribeConfigsResponse.DescribeConfigsResult {
        let response = try await client.send(
            DescribeConfigsRequest(
                resources: [.init(resourceType: type, resourceName: name, configurationKeys: keys)], includeSynonyms: true))
        return try #require(response.results.first)
    }

    @Test func `the broker's settings have Kafka's names, types and origin`() async throws {
        var configuration = BrokerConfiguration()
        configuration.defaultPartitions = 7
        try await withServer(configuration) { broker, server in
            let client = broker.transport(clientID: "test")
            let result = try await describe(client, 4, "1")
            let configs = Dictionary(uniqueKeysWithValues: result.configs.map { ($0.name, $0) })
            #expect(result.errorCode == 0 && configs.count == result.configs.count)
            #expect(result.configs.map { Name($0.name) } == result.configs.map { Name($0.name) }.sorted())
            // What tools and clients ask for.
            for name in [
                "advertised.listeners", "auto.create.topics.enable", "broker.id", "compression.type",
                "default.replication.factor", "delete.topic.enable", "group.consumer.session.timeout.ms", "listeners",
                "log.cleanup.policy", "log.dirs", "log.message.timestamp.type", "log.retention.hours", "log.retention.ms",
                "log.roll.hours", "log.segment.bytes", "message.max.bytes", "min.insync.replicas", "node.id",
                "num.partitions", "offsets.retention.minutes", "offsets.topic.replication.factor",
                "transaction.max.timeout.ms", "transaction.state.log.min.isr", "unclean.leader.election.enable",
            ] { #expect(configs[name] != nil, "\(name)") }
            #expect(configs["num.partitions"]?.value == "7" && configs["num.partitions"]?.configSource == 4)
            #expect(configs["message.max.bytes"]?.value == "1048588" && configs["message.max.bytes"]?.configSource == 5)
            #expect(configs["message.max.bytes"]?.configType == 3)
            #expect(configs["listeners"]?.value == "PLAINTEXT://\(server.address)")
            #expect(configs["max.connections.per.ip"]?.value == "\(Int32.max)")
            #expect(result.configs.allSatisfy { $0.readOnly && $0.synonyms.map(\.name) == [$0.name] })
            let some = try await describe(client, 4, "1", keys: ["node.id", "nope"])
            #expect(some.configs.map(\.name) == ["node.id"])
            #expect(try await describe(client, 4, "").configs.isEmpty)
            for name in ["2", "01x", "one"] {
                let refused = try await describe(client, 4, name)
                #expect(refused.errorCode == KafkaErrorCode.invalidRequest.rawValue && refused.configs.isEmpty)
            }
        }
    }

    @Test func `loggers, groups and metrics of clients have configs, too`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            let loggers = try await describe(client, 8, "1")
            #expect(loggers.errorCode == 0 && loggers.configs.map(\.name) == ["root"])
            #expect(loggers.configs.first?.configSource == 6)
            #expect(try await describe(client, 8, "9").errorCode == KafkaErrorCode.invalidRequest.rawValue)
            let group = try await describe(client, 32, "g")
            #expect(group.configs.map(\.name) == ["consumer.heartbeat.interval.ms", "consumer.session.timeout.ms"])
            #expect(group.configs.map(\.value) == ["5000", "45000"])
            #expect(try await describe(client, 16, "m").errorCode == 0)
            for type: Int8 in [0, 1, 3, 64, -1, .max, .min] {
                #expect(try await describe(client, type, "x").errorCode == KafkaErrorCode.invalidRequest.rawValue)
            }
        }
    }

    private typealias Alterable = IncrementalAlterConfigsRequest.AlterableConfig

    private func alter(
        _ client: any KafkaTransport, _ configs: [Alterable], _ name: String = "t", type: Int8 = 2
    ) async throws -> KafkaErrorCode {
        let response = try await client.send(
            IncrementalAlterConfigsRequest(resources: [.init(resourceType: type, resourceName: name, configs: configs)]))
        return KafkaErrorCode(rawValue: try #require(response.responses.first?.errorCode))
    }

    @Test func `a config is changed once in a request, or not at all`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t")
            func set(_ name: String, _ value: String?, _ operation: Int8 = 0) -> Alterable {
                Alterable(name: name, configOperation: operation, value: value)
            }
            let overrides = { broker.topics.topic("t")?.configuration.overrides }
            for (first, second) in [(0, 0), (0, 1), (1, 0), (2, 3)] as [(Int8, Int8)] {
                let twice = [set("cleanup.policy", "compact", first), set("cleanup.policy", "delete", second)]
                #expect(try await alter(client, twice) == .invalidRequest)
            }
            #expect(try await alter(client, [set("retention.ms", "5"), set("retention.ms", "5")]) == .invalidRequest)
            #expect(overrides() == [:])
            #expect(try await alter(client, [set("retention.ms", nil)]) == .invalidRequest)
            #expect(try await alter(client, [set("retention.ms", "5", 4)]) == .invalidRequest)
            #expect(try await alter(client, [set("retention.ms", "5"), set("no.such", "5")]) == .invalidConfig)
            #expect(overrides() == [:])
            #expect(try await alter(client, [set("retention.ms", "5")]) == .none)
            for type: Int8 in [4, 8, 16, 32, 1, -1] {
                #expect(try await alter(client, [set("num.partitions", "5")], "1", type: type) == .invalidRequest)
            }
            // Nor is a resource; the old form of the request likewise.
            let resource = IncrementalAlterConfigsRequest.AlterConfigsResource(
                resourceType: 2, resourceName: "t", configs: [set("retention.ms", "6")])
            let twice = try await client.send(IncrementalAlterConfigsRequest(resources: [resource, resource]))
            #expect(twice.responses.map(\.errorCode) == [42, 42])
            let whole = try await client.send(
                AlterConfigsRequest(resources: [
                    .init(
                        resourceType: 2, resourceName: "t",
                        configs: [.init(name: "retention.ms", value: "1"), .init(name: "retention.ms", value: "2")])
                ]))
            #expect(whole.responses.map(\.errorCode) == [42])
            #expect(overrides() == ["retention.ms": "5"])
        }
    }

    @Test func `a topic's id wins over a name beside it`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", partitions: 3)
            let id = try #require(broker.topics.topic("t")?.id)
            let unknown = KafkaUUID(high: 5, low: 5)
            for name in ["", nil, "other"] {
                let answer = try await client.send(
                    MetadataRequest(topics: [.init(topicId: id, name: name), .init(topicId: unknown, name: name)]))
                #expect(answer.topics.map(\.errorCode) == [0, KafkaErrorCode.unknownTopicId.rawValue])
                #expect(answer.topics.first?.name == "t" && answer.topics.first?.partitions.count == 3)
            }
            #expect(broker.topics.topic("other") == nil && broker.topics.topic("") == nil)
        }
    }
}
