import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct ChangelogConfigTests {
    static func joined() throws -> Topology {
        let builder = StreamsBuilder()
        let left: KStream<String, String> = builder.stream("left")
        let right: KStream<String, String> = builder.stream("right")
        left.join(
            right, within: .difference(.milliseconds(10)), StreamJoined(name: "j", storeName: "j"), value: .string
        ) { _, a, b in a + b }.to("out")
        return try builder.build()
    }

    static func versioned() throws -> Topology {
        let builder = StreamsBuilder()
        let rates: KTable<String, String> = builder.table("right", .versioned("rates", historyRetention: .seconds(5)))
        let orders: KStream<String, String> = builder.stream("left")
        orders.join(rates, value: .string) { _, a, b in a + b }.to("out")
        return try builder.build()
    }

    func configs(_ cluster: StreamsCluster, _ topic: String) async throws -> [String: String] {
        let entries = try await cluster.admin.describeConfigs([.topic(topic)])[.topic(topic)] ?? []
        return entries.reduce(into: [:]) { $0[$1.name] = $1.value }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `changelogs of join windows lose what has left the windows`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["left": 1, "right": 1, "out": 1])
                for round in 0..<3 as Range<Int64> {
                    let records = (0..<500 as Range<Int64>).flatMap { number in
                        ["left", "right"].map {
                            StreamsCluster.Input(
                                topic: $0, key: Bytes(utf8: "k\(number % 7)"), value: [0x76], time: round * 10_000 + number)
                        }
                    }
                    try await cluster.produce(records)
                    try await cluster.run(Self.joined(), Counting.configuration(guarantee))
                }
                for store in ["j-this-join-store", "j-other-join-store"] {
                    let topic = "app-\(store)-changelog"
                    let configs = try await configs(cluster, topic)
                    #expect(configs["cleanup.policy"] == "delete" && configs["retention.ms"] == "-1")
                    let left = try await cluster.read(topic)
                    #expect(left.allSatisfy { $0.value != nil })
                    // The last run's windows, and what came in one go with those.
                    #expect(left.count >= 10 && left.count <= 500)
                    #expect((left.first?.time ?? 0) >= 20_000)
                }
            }
        }
    }

    @Test func `a changelog of join windows that was compacted is not any more`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["left": 1, "right": 1, "out": 1])
                let topic = "app-j-this-join-store-changelog"
                try await cluster.admin.createTopics([NewTopic(topic, partitions: 1, configs: ["cleanup.policy": "compact"])])
                let kept = "app-j-other-join-store-changelog"
                try await cluster.admin.createTopics(
                    [NewTopic(kept, partitions: 1, configs: ["cleanup.policy": "compact,delete", "retention.ms": "90000000"])])
                let log = EventLog()
                try await cluster.run(Self.joined(), Counting.configuration(.exactlyOnce, log: log))
                #expect(try await configs(cluster, topic)["cleanup.policy"] == "delete")
                #expect(try await configs(cluster, topic)["retention.ms"] == "-1")
                #expect(try await configs(cluster, kept)["retention.ms"] == "90000000")
                #expect(log.warnings.contains { $0.contains(topic) && $0.contains("cleanup.policy=delete") })
                #expect(!log.warnings.contains { $0.contains(kept) })
            }
        }
    }

    @Test func `a versioned store's changelog that is compacted at once is refused if there is something in it`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["left": 1, "right": 1, "out": 1])
                let topic = "app-rates-changelog"
                try await cluster.admin.createTopics([NewTopic(topic, partitions: 1, configs: ["cleanup.policy": "compact"])])
                try await cluster.run(Self.versioned(), Counting.configuration(.exactlyOnce))
                #expect(try await configs(cluster, topic)["min.compaction.lag.ms"] == "86405000")
                try await cluster.admin.alterConfigs(.topic(topic), ["min.compaction.lag.ms": nil])
                // As an older Millrace wrote it.
                let key = Bytes(Array("k".utf8) + [0, 0, 0, 0, 0, 0, 0, 5])
                try await cluster.produce([.init(topic: topic, partition: 0, key: key, value: [1, 0x76], time: 5)])
                let error = await cluster.failure(of: try Self.versioned(), Counting.configuration(.exactlyOnce))
                #expect(error?.code == .configuration)
                #expect(error?.message.contains(topic) == true && error?.message.contains("reset the application") == true)
                #expect(error?.message.contains("86405000") == true)
            }
        }
    }
}
