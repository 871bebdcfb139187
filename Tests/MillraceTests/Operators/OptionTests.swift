import KafkaClient
import KafkaProtocol
import MillraceTesting
import Testing

@testable import Millrace

@Suite struct OptionTests {
    func plan(_ build: (StreamsBuilder) -> Void) throws -> [String: TopicPlan.Internal] {
        let builder = StreamsBuilder()
        build(builder)
        let plan = try TopicPlan(
            TaskBlueprint(try builder.build(), applicationID: "app"),
            existing: ["in": 2, "other": 2, "rows": 2, "out": 1])
        return Dictionary(uniqueKeysWithValues: plan.internalTopics.map { ($0.name, $0) })
    }

    let config = ["min.compaction.lag.ms": "60000"]

    @Test func `settings of changelogs reach the plan of topics, from every kind of store`() throws {
        let config = config
        let topics = try plan { builder in
            let stream: KStream<String, String> = builder.stream("in")
            let other: KStream<String, String> = builder.stream("other")
            let rows: KTable<String, String> = builder.table("rows", .as("rows").logging(config: config))
            let grouped = stream.groupByKey()
            _ = grouped.count(.as("plain").logging(config: config))
            let windowed = grouped.windowedBy(.tumbling(.seconds(1))).count(.as("windows").logging(config: config))
            _ = windowed.suppress(.untilWindowCloses(.unbounded.logging(config: config), name: "final"))
            _ = grouped.windowedBy(.gap(.seconds(1))).count(.as("sessions").logging(config: config))
            _ = grouped.cogroup { _, _, total in total }.aggregate(0 as Int64, .as("together").logging(config: config))
            _ = rows.mapValues(.as("mapped").logging(config: config)) { $0 }
            _ = rows.join(rows, .as("joined").logging(config: config)) { _, a, b in a + b }
            _ = rows.transformValues(.as("transformed").logging(config: config)) { TopologyFaultTests.Same() }
            _ = rows.groupBy { key, value in KeyValue(value, key) }.count(.as("groups").logging(config: config))
            _ = stream.toTable(.versioned("history", historyRetention: .days(1)).logging(config: config))
            _ = stream.leftJoin(
                other, within: .difference(.seconds(1)), StreamJoined(storeName: "pair").logging(config: config)
            ) { _, a, b in a + (b ?? "") }
        }
        let stores = [
            "rows", "plain", "windows", "final-store", "sessions", "together", "mapped", "joined", "transformed",
            "groups", "history", "pair-this-join-store", "pair-outer-other-join-store", "pair-left-shared-join-store",
        ]
        for store in stores {
            let configs = topics["app-\(store)-changelog"]?.configs
            var expected = ["min.compaction.lag.ms": "60000", "message.timestamp.type": "CreateTime"]
            // Those of join windows are not compacted: each record has a key of its own.
            let isTrimmed = store.hasPrefix("pair-") && !store.contains("shared")
            expected["cleanup.policy"] = isTrimmed ? "delete" : "compact"
            if isTrimmed { expected["retention.ms"] = "-1" }
            #expect(configs == expected, "\(store)")
        }
    }

    @Test func `a setting given goes before Millrace's own`() throws {
        let topics = try plan { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().count(.as("counts").logging(config: ["cleanup.policy": "compact,delete"]))
        }
        #expect(topics["app-counts-changelog"]?.configs["cleanup.policy"] == "compact,delete")
    }

    @Test func `stores without logging have no changelog`() throws {
        let topics = try plan { builder in
            let stream: KStream<String, String> = builder.stream("in")
            let other: KStream<String, String> = builder.stream("other")
            let windowed = stream.groupByKey().windowedBy(.tumbling(.seconds(1))).count(.as("windows").logging(false))
            _ = windowed.suppress(.untilWindowCloses(.unbounded.logging(false)))
            _ = stream.leftJoin(other, within: .difference(.seconds(1)), StreamJoined().logging(false)) { _, a, b in a }
            let _: KTable<String, String> = builder.table("rows", .as("rows").logging(false))
        }
        #expect(topics.isEmpty)
    }

    @Test func `without caching each update goes downstream at once`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let words = stream.flatMapValues { ($0 ?? "").split(separator: " ").map(String.init) }.groupByKey()
        words.count(.as("held")).to("held")
        words.count(.as("sent").caching(false)).to("sent")
        let driver = try TopologyTestDriver(builder.build(), cacheBytes: 1 << 20)
        try driver.pipe("in", "a", "x y z", at: 1)
        #expect(try driver.texts("held", .string, .int64) == ["a=3@1"])
        #expect(try driver.texts("sent", .string, .int64) == ["a=1@1", "a=2@1", "a=3@1"])
    }

    @Test func `branches and the rest have names`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let sizes = stream.split(
            named: "by-size-", [.branch("long") { _, value in (value ?? "").count > 3 }, .rest("short")])
        sizes["long"].to("long")
        sizes["short"].to("short")
        #expect(sizes.names == ["long", "short"] && sizes.streams.count == 2)
        let topology = try builder.build()
        #expect(topology.node("by-size-long") != nil && topology.node("by-size-short") != nil)
    }

    @Test func `a branch that is not there and one after the rest are faults of the topology`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let parts = stream.split(named: "parts-", [.rest("rest"), .branch("long") { _, _ in true }])
        parts["short"].to("a")
        parts[2].to("b")
        parts[-1].to("c")
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        let text = error?.message ?? ""
        #expect(text.contains("step parts-: no branch comes after the rest"))
        #expect(text.contains("step parts- has no branch called short, only rest, long"))
        #expect(text.contains("none with the number 2") && text.contains("none with the number -1"))
    }

    @Test func `aggregates of one grouped stream or table share a repartition topic that has a name`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let words = stream.groupBy(Grouped(name: "words")) { _, word in word }
        words.count().to("counts")
        words.reduce { $1 }.to("words")
        let rows: KTable<String, String> = builder.table("rows")
        let groups = rows.groupBy(Grouped(name: "groups")) { key, value in KeyValue(value, key) }
        groups.count().to("group-counts")
        groups.reduce(add: { $0 + $1 }, subtract: { $1 }).to("groups")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", nil, "x", at: 1)
        try driver.pipe("rows", "a", "y", at: 2)
        #expect(try driver.texts("counts", .string, .int64) == ["x=1@1"])
        #expect(try driver.texts("words", .string, .string) == ["x=x@1"])
        #expect(try driver.texts("group-counts", .string, .int64) == ["y=1@2"])
        #expect(try driver.texts("groups", .string, .string) == ["y=a@2"])
    }

    @Test func `streams of the same topics share a source`() throws {
        let builder = StreamsBuilder()
        let first: KStream<String, String> = builder.stream(["in", "other"])
        let second: KStream<String, String> = builder.stream(["other", "in"])
        first.to("a")
        second.mapValues { $0?.uppercased() }.to("b")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("other", "k", "x", at: 1)
        #expect(try driver.texts("a", .string, .string) == ["k=x@1"])
        #expect(try driver.texts("b", .string, .string) == ["k=X@1"])
    }

    /// Sends by the last byte of the key.
    static func last<Key>(_ count: Int32, _ key: Key?) -> Int32 {
        Int32("\(key.map { "\($0)" } ?? "")".utf8.last ?? 0) % count
    }

    @Test func `partitioners of outputs and repartition topics are asked with the number of partitions`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 5])
                try await cluster.produce(
                    (0..<20).map { .init(key: Bytes(utf8: "k\($0)"), value: Bytes(utf8: "v")) })
                let builder = StreamsBuilder()
                let stream: KStream<String, String> = builder.stream("in")
                let byKey = StreamPartitioner<String, String> { Self.last($1, $0.key) }
                stream.repartition(Repartitioned(name: "spread", partitions: 3, partitioner: byKey))
                    .to("out", Produced(partitioner: byKey))
                try await cluster.run(builder.build(), Counting.configuration(.atLeastOnce))
                let out = try await cluster.read("out")
                #expect(out.count == 20)
                for record in out { #expect(record.partition == Self.last(5, record.key?.string)) }
                // What has been processed may be gone from there.
                for record in try await cluster.read("app-spread-repartition") {
                    #expect(record.partition == Self.last(3, record.key?.string))
                }
            }
        }
    }

    @Test func `a foreign-key join finds rows where its partitioners say they are`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["orders": 3, "customers": 4, "out": 1])
                func put(_ topic: String, _ key: String, _ value: String, _ count: Int32) -> StreamsCluster.Input {
                    .init(
                        topic: topic, partition: Self.last(count, key), key: Bytes(utf8: key), value: Bytes(utf8: value)
                    )
                }
                try await cluster.produce(
                    (0..<12).map { put("customers", "c\($0)", "name \($0)", 4) }
                        + (0..<36).map { put("orders", "o\($0)", "c\($0 % 12)", 3) })
                let builder = StreamsBuilder()
                let orders: KTable<String, String> = builder.table("orders")
                let customers: KTable<String, String> = builder.table("customers")
                orders.join(
                    customers, value: .string,
                    joined: TableJoined(
                        name: "named", partitioner: StreamPartitioner { Self.last($1, $0.key) },
                        otherPartitioner: StreamPartitioner { Self.last($1, $0.key) }),
                    foreignKey: { _, customer in customer }
                ) { _, _, name in name }.to("out")
                try await cluster.run(builder.build(), Counting.configuration(.atLeastOnce))
                let table = try await cluster.table("out", .string, .string)
                for number in 0..<36 { #expect(table["o\(number)"] == "name \(number % 12)") }
            }
        }
    }
}
