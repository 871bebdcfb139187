import MillraceTesting
import Testing

@testable import Millrace

@Suite struct SourcePatternTests {
    func reading(_ pattern: String = "orders-.*", _ change: (StreamsBuilder) -> Void = { _ in }) throws -> Topology {
        let builder = StreamsBuilder()
        let orders: KStream<String, String> = builder.stream(matching: pattern)
        orders.to("out")
        change(builder)
        return try builder.build()
    }

    @Test func `a description has the pattern in place of topics, as Kafka's has, and is read back`() throws {
        let description = try reading("orders-[a-z]+").describe()
        #expect(
            description.description == """
                Topologies:
                   Sub-topology: 0
                    Source: KSTREAM-SOURCE-0000000000 (topics: orders-[a-z]+)
                      --> KSTREAM-SINK-0000000001
                    Sink: KSTREAM-SINK-0000000001 (topic: out)
                      <-- KSTREAM-SOURCE-0000000000


                """)
        #expect(try TopologyDescription(parsing: description.description) == description)
        #expect(description.mermaid.contains("orders-[a-z]+"))
        #expect(try reading().userSourceTopics.isEmpty && reading().userSourcePatterns == ["orders-.*"])
    }

    @Test func `streams of one pattern share a source`() throws {
        let topology = try reading { builder in
            let again: KStream<String, String> = builder.stream(matching: "orders-.*")
            again.to("out2")
        }
        #expect(topology.subTopologies().count == 1)
    }

    @Test(arguments: ["(", "a(?=b)", "*"])
    func `what is no pattern is refused`(_ pattern: String) throws {
        let error = #expect(throws: StreamsError.self) { try reading(pattern) }
        #expect(error?.message.contains("the pattern \"\(pattern)\" is not a regular expression") == true)
        var topology = Topology()
        #expect(throws: StreamsError.self) {
            try topology.addSource("s", matching: pattern, key: .string, value: .string)
        }
    }

    @Test func `a topic that is read by name must not match a pattern, whichever comes first`() throws {
        let error = #expect(throws: StreamsError.self) {
            try reading { builder in
                let table: KTable<String, String> = builder.table("orders-de")
                table.toStream().to("out2")
            }
        }
        #expect(error?.message.contains("the topic orders-de matches orders-.*") == true)
        var topology = Topology()
        try topology.addSource("one", topics: ["orders-de"], key: .string, value: .string)
        #expect(throws: StreamsError.self) {
            try topology.addSource("two", matching: "orders-.*", key: .string, value: .string)
        }
    }

    @Test func `topics take the place of the patterns that they match, in joins as well`() throws {
        let builder = StreamsBuilder()
        let orders: KStream<String, String> = builder.stream(matching: "orders-.*")
        let prices: KTable<String, String> = builder.table("prices")
        orders.join(prices) { _, order, _ in order }.to("out")
        let topics = ["orders-b", "orders-a", "orders", "prices", "app-orders-repartition"]
        let blueprint = try TaskBlueprint(try builder.build(), applicationID: "app").matching(topics)
        #expect(blueprint.sourceTopics(of: 0) == ["orders-a", "orders-b", "prices"])
        #expect(blueprint.topology.copartitions().map(\.sortedTopics).map { $0.map(\.name) } == [["orders-a", "orders-b", "prices"]])
    }

    @Test func `the application's own topics and those left out do not match`() throws {
        let names = ["app-counts-changelog", "app-x-repartition", "app-other", "bad", "in"]
        let blueprint = try TaskBlueprint(try reading(".*"), applicationID: "app").matching(names, excluding: ["bad"])
        #expect(blueprint.sourceTopics(of: 0) == ["app-other", "in"])
    }

    @Test func `topics of foreign-key joins are the application's own, whether they are named or not`() throws {
        for joined in [TableJoined<String, String>(), TableJoined(name: "priced")] {
            let builder = StreamsBuilder()
            let all: KStream<String, String> = builder.stream(matching: "app-.*")
            let (orders, prices): (KTable<String, String>, KTable<String, String>) = (builder.table("orders"), builder.table("prices"))
            orders.join(prices, joined: joined, foreignKey: { _, order in order }) { _, order, _ in order }.toStream().to("out")
            all.to("copy")
            let blueprint = TaskBlueprint(try builder.build(), applicationID: "app")
            #expect(blueprint.ownTopics.count >= 3)
            let found = try blueprint.matching(blueprint.ownTopics.union(["app-x-subscription-response-topic", "app-x"]))
            #expect(found.topicsByPattern == ["app-x"])
        }
    }

    @Test func `instances that have found other topics agree in the topology`() throws {
        let blueprint = TaskBlueprint(try reading(), applicationID: "app")
        #expect(try blueprint.matching(["orders-a"]).fingerprint == blueprint.fingerprint)
        #expect(try TaskBlueprint(reading("x.*"), applicationID: "app").fingerprint != blueprint.fingerprint)
    }

    @Test func `a topic that matches two patterns is refused`() throws {
        let topology = try reading { builder in
            let german: KStream<String, String> = builder.stream(matching: ".*-de")
            german.to("out2")
        }
        let blueprint = TaskBlueprint(topology, applicationID: "app")
        #expect(try blueprint.matching(["orders-fr", "x-de"]).sourceTopics(of: 0) == ["orders-fr"])
        let error = #expect(throws: StreamsError.self) { try blueprint.matching(["orders-de"]) }
        #expect(error?.message.contains("orders-de matches two patterns, .*-de and orders-.*") == true)
    }

    @Test func `a pattern that matches nothing has no tasks and no changelogs, and repartition topics need a number`() throws {
        let builder = StreamsBuilder()
        let orders: KStream<String, String> = builder.stream(matching: "orders-.*")
        orders.groupByKey().count(.as("counts")).to("out")
        let blueprint = try TaskBlueprint(try builder.build(), applicationID: "app").matching(["out"])
        #expect(try TopicPlan(blueprint, existing: ["out": 1]).internalTopics.isEmpty)
        let found = try blueprint.matching(["out", "orders-a"])
        #expect(try TopicPlan(found, existing: ["out": 1, "orders-a": 3]).internalTopics.map(\.partitions) == [3])
        orders.selectKey { _, value in value ?? "" }.groupByKey().count(.as("values")).to("out")
        let rekeyed = try TaskBlueprint(try builder.build(), applicationID: "app").matching(["out"])
        let error = #expect(throws: StreamsError.self) { try TopicPlan(rekeyed, existing: ["out": 1]) }
        #expect(error?.message.contains("create a topic that matches") == true)
    }

    @Test func `a test driver is told which topics there are`() throws {
        let driver = try TopologyTestDriver(reading(), topics: ["orders-a", "orders-b", "other"])
        for topic in ["orders-a", "orders-b"] {
            try driver.inputTopic(topic, key: .string, value: .string).pipe("k", topic)
        }
        #expect(throws: StreamsError.self) { try driver.pipe("other", key: nil, value: nil, timestamp: 0) }
        #expect(try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.value) == ["orders-a", "orders-b"])
    }
}
