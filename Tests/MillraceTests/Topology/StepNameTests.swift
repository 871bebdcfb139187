import Testing

@testable import Millrace

/// Names of steps and stores are what users deploy: which are generated, and which numbers given names use up.
@Suite struct StepNameTests {
    typealias Stream = KStream<String, String>
    typealias Table = KTable<String, String>

    func nodes(_ build: (StreamsBuilder) throws -> Void) throws -> [String] {
        let builder = StreamsBuilder()
        try build(builder)
        return try builder.build().nodes.map(\.name)
    }

    func stores(_ build: (StreamsBuilder) throws -> Void) throws -> [String] {
        let builder = StreamsBuilder()
        try build(builder)
        return try builder.build().stores.keys.sorted()
    }

    @Test func `a given name uses up the number of the one it replaces`() throws {
        let names = try nodes { builder in
            let stream: Stream = builder.stream("in", Consumed(name: "read"))
            stream.filter(named: "keep") { _, _ in true }
                .mapValues(named: "map") { (value: String?) in value }
                .selectKey(named: "key") { _, value in value }
                .merge(stream, named: "both")
                .peek { _, _ in }
                .to("out", Produced(name: "write"))
        }
        #expect(names == ["read", "keep", "map", "key", "both", "KSTREAM-PEEK-0000000005", "write"])
    }

    @Test func `named tables use up the numbers of their source and themselves`() throws {
        let names = try nodes { builder in
            let table: Table = builder.table("in", Consumed(name: "t"), .as("rows"))
            table.filter(named: "keep") { _, _ in true }.toStream(named: "stream").to("out")
        }
        #expect(names == ["t-source", "t", "keep", "stream", "KSTREAM-SINK-0000000004"])
        let global = try nodes { builder in
            let table: GlobalKTable<String, String> = builder.globalTable("all", Consumed(name: "g"), .as("rows"))
            let stream: Stream = builder.stream("in")
            stream.join(table, named: "joined", lookUp: { key, _ in key }) { (_, value: String, _) in value }.to("out")
        }
        #expect(global == ["g-source", "g", "KSTREAM-SOURCE-0000000002", "joined", "KSTREAM-SINK-0000000004"])
    }

    @Test func `named processors, repartitionings and suppressions use up none`() throws {
        struct Pass: FixedKeyProcessor {
            func start(_ context: FixedKeyProcessorContext<String, String>) {}
            func process(
                _ record: FixedKeyRecord<String, String>, _ context: FixedKeyProcessorContext<String, String>
            ) {}
        }
        let names = try nodes { builder in
            let stream: Stream = builder.stream("in")
            stream.processValues(named: "process") { Pass() }
                .repartition(Repartitioned(name: "moved"))
                .groupByKey().windowedBy(TimeWindows.tumbling(.seconds(1))).count(.as("n"))
                .suppress(.untilWindowCloses(name: "hold"))
                .toStream()
                .to("out", key: .timeWindowed(.string, size: 1000))
        }
        #expect(
            names == [
                "KSTREAM-SOURCE-0000000000", "process", "moved-repartition-filter", "moved-repartition-sink",
                "moved-repartition-source", "KSTREAM-AGGREGATE-0000000004", "hold", "KTABLE-TOSTREAM-0000000005",
                "KSTREAM-SINK-0000000006",
            ])
    }

    @Test func `a named grouping names the step that selects the key`() throws {
        let stream = try nodes { builder in
            let stream: Stream = builder.stream("in")
            stream.groupBy(.named("by")) { _, value in value }.count(.as("n"), named: "count").to("out")
        }
        #expect(
            stream == [
                "KSTREAM-SOURCE-0000000000", "by", "by-repartition-filter", "by-repartition-sink",
                "by-repartition-source", "count", "KTABLE-TOSTREAM-0000000006", "KSTREAM-SINK-0000000007",
            ])
        let table = try nodes { builder in
            let table: Table = builder.table("in", .as("rows"))
            table.groupBy(.named("by")) { key, value in KeyValue(value, key) }.count(.as("n"), named: "count").to("out")
        }
        #expect(
            table == [
                "KSTREAM-SOURCE-0000000000", "KTABLE-SOURCE-0000000001", "by", "count-sink", "count-source",
                "count", "KTABLE-TOSTREAM-0000000006", "KSTREAM-SINK-0000000007",
            ])
    }

    @Test func `a named table from a stream names its repartition topic`() throws {
        let names = try nodes { builder in
            let stream: Stream = builder.stream("in")
            stream.selectKey { _, value in value }.toTable(.as("rows"), named: "t").toStream().to("out")
        }
        #expect(
            names == [
                "KSTREAM-SOURCE-0000000000", "KSTREAM-KEY-SELECT-0000000001", "t-repartition-filter",
                "t-repartition-sink", "t-repartition-source", "t", "KTABLE-TOSTREAM-0000000006",
                "KSTREAM-SINK-0000000007",
            ])
    }

    @Test func `foreign-key joins name their steps, topics and stores after the join`() throws {
        func build(_ named: Named?, _ builder: StreamsBuilder) {
            let left: Table = builder.table("left", .as("l"))
            let right: Table = builder.table("right", .as("r"))
            left.join(right, joined: TableJoined(name: named), foreignKey: { _, value in value }) { (_, value: String, other: String) in
                value + other
            }.toStream().to("out")
        }
        let named = try nodes { build("fk", $0) }
        #expect(
            Set(named).isSuperset(of: [
                "fk-subscription-registration-processor", "fk-subscription-registration-sink",
                "fk-subscription-registration-source", "fk-subscription-receive", "fk-subscription-join-foreign",
                "fk-foreign-join-subscription", "fk-subscription-response-sink", "fk-subscription-response-source",
                "fk-subscription-response-resolver", "fk-result",
            ]))
        #expect(try stores { build("fk", $0) }.contains("fk-subscription-store"))
        // Naming it changes no number after it.
        #expect(try nodes { build(nil, $0) }.last == named.last)
        let builder = StreamsBuilder()
        build("fk", builder)
        #expect(
            try builder.build().repartitionTopics.map(\.topic.name) == [
                "fk-subscription-registration-topic", "fk-subscription-response-topic",
            ])
    }

    @Test func `stores of stream-stream joins are named after the kind of join`() throws {
        func join(_ store: String?, _ kind: Int) throws -> [String] {
            try stores { builder in
                let left: Stream = builder.stream("left")
                let right: Stream = builder.stream("right")
                let windows = JoinWindows.difference(.seconds(1), grace: .zero)
                let options = StreamJoined<String, String, String>(name: "j", storeName: store)
                switch kind {
                case 0: left.join(right, within: windows, options) { (_, value, _) in value }.to("out")
                case 1: left.leftJoin(right, within: windows, options) { (_, value, _) in value }.to("out")
                default: left.outerJoin(right, within: windows, options) { (_, value, _) in value }.to("out")
                }
            }
        }
        #expect(try join("s", 0) == ["s-other-join-store", "s-this-join-store"])
        #expect(
            try join("s", 1) == ["s-left-shared-join-store", "s-outer-other-join-store", "s-this-join-store"])
        #expect(
            try join("s", 2) == ["s-outer-other-join-store", "s-outer-shared-join-store", "s-outer-this-join-store"])
        #expect(
            try join(nil, 0) == ["KSTREAM-JOINOTHER-0000000005-store", "KSTREAM-JOINTHIS-0000000004-store"])
        #expect(
            try join(nil, 2) == [
                "KSTREAM-OUTEROTHER-0000000005-store", "KSTREAM-OUTERSHARED-0000000004-store",
                "KSTREAM-OUTERTHIS-0000000004-store",
            ])
    }

    @Test func `cogroups, joins with a grace and joins of tables name their parts after themselves`() throws {
        let cogroup = try nodes { builder in
            let first: Stream = builder.stream("a")
            let second: Stream = builder.stream("b")
            first.groupByKey().cogroup { (_, _, count: Int64) in count + 1 }
                .cogroup(second.groupByKey()) { _, _, count in count - 1 }
                .aggregate(0, .as("n"), named: "co").to("out")
        }
        #expect(
            cogroup.dropFirst(2) == [
                "co-cogroup-agg-0", "co-cogroup-agg-1", "co-cogroup-merge", "KTABLE-TOSTREAM-0000000005",
                "KSTREAM-SINK-0000000006",
            ])
        let grace = try stores { builder in
            let stream: Stream = builder.stream("in")
            let table: Table = builder.table("rows", .versioned("rows", historyRetention: .seconds(60)))
            stream.join(table, Joined(name: "j", grace: .seconds(1))) { (_, value: String, _) in value }.to("out")
        }
        #expect(grace == ["j-Buffer", "rows"])
        let tables = try nodes { builder in
            let left: Table = builder.table("left", .as("l"))
            let right: Table = builder.table("right", .as("r"))
            left.join(right, named: "j") { (_, value: String, other: String) in value + other }.toStream().to("out")
        }
        #expect(
            tables.dropFirst(4) == [
                "j-join-this", "j-join-other", "j", "KTABLE-TOSTREAM-0000000007", "KSTREAM-SINK-0000000008",
            ])
    }

    @Test func `windowed aggregates and stored filters use up the numbers of their parts`() throws {
        let windowed = try nodes { builder in
            let stream: Stream = builder.stream("in")
            stream.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(1))).count(.as("n"), named: "count")
                .toStream().to("out", key: .timeWindowed(.string, size: 1000))
        }
        #expect(
            windowed == ["KSTREAM-SOURCE-0000000000", "count", "KTABLE-TOSTREAM-0000000002", "KSTREAM-SINK-0000000003"])
        let filtered = try nodes { builder in
            let table: Table = builder.table("in", .as("rows"))
            table.filter(.as("kept"), named: "keep") { _, _ in true }.toStream().to("out")
        }
        #expect(filtered.dropFirst(2) == ["keep", "KTABLE-TOSTREAM-0000000003", "KSTREAM-SINK-0000000004"])
    }

    @Test func `aggregates of a grouped table name the steps of their repartition topic, and their stores alike`() throws {
        func build(_ named: Named?, _ builder: StreamsBuilder) {
            let table: Table = builder.table("in", .as("rows"))
            let grouped = table.groupBy { key, value in KeyValue(value, key) }
            _ = grouped.count(named: named.map { "\($0)-count" })
            _ = grouped.reduce(named: named.map { "\($0)-reduce" }, add: { $0 + $1 }, subtract: { old, _ in old })
            grouped.aggregate(
                "", named: named.map { "\($0)-fold" }, add: { $2 + $1 }, subtract: { _, _, old in old }
            ).to("out")
        }
        let stores = [
            "KTABLE-AGGREGATE-STATE-STORE-0000000003", "KTABLE-AGGREGATE-STATE-STORE-0000000007",
            "KTABLE-AGGREGATE-STATE-STORE-0000000011", "rows",
        ]
        #expect(try self.stores { build(nil, $0) } == stores)
        #expect(try self.stores { build("my", $0) } == stores)
        #expect(
            try nodes { build(nil, $0) }.dropFirst(3) == [
                "KSTREAM-SINK-0000000004", "KSTREAM-SOURCE-0000000005", "KTABLE-AGGREGATE-0000000006",
                "KSTREAM-SINK-0000000008", "KSTREAM-SOURCE-0000000009", "KTABLE-REDUCE-0000000010",
                "KSTREAM-SINK-0000000012", "KSTREAM-SOURCE-0000000013", "KTABLE-AGGREGATE-0000000014",
                "KTABLE-TOSTREAM-0000000015", "KSTREAM-SINK-0000000016",
            ])
        #expect(
            try nodes { build("my", $0) }.dropFirst(3) == [
                "my-count-sink", "my-count-source", "my-count", "my-reduce-sink", "my-reduce-source", "my-reduce",
                "my-fold-sink", "my-fold-source", "my-fold", "KTABLE-TOSTREAM-0000000015", "KSTREAM-SINK-0000000016",
            ])
    }

    @Test func `aggregates that share a named repartition topic have its steps named by the first`() throws {
        let names = try nodes { builder in
            let table: Table = builder.table("in", .as("rows"))
            let grouped = table.groupBy(.named("by")) { key, value in KeyValue(value, key) }
            _ = grouped.count(named: "first")
            grouped.count(named: "second").to("out")
        }
        #expect(
            names.dropFirst(3) == [
                "first-sink", "first-source", "first", "second", "KTABLE-TOSTREAM-0000000011", "KSTREAM-SINK-0000000012",
            ])
    }
}
