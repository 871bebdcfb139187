import Millrace
import Testing

/// What is wrong with a topology is told when it is built, with the step's name.
@Suite struct TopologyFaultTests {
    struct Unreadable: Sendable, Hashable {}

    func expectFault(_ parts: String..., in build: (StreamsBuilder) -> Void) {
        let builder = StreamsBuilder()
        build(builder)
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.code == .invalidTopology)
        for part in parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
    }

    @Test func `a type without a serde needs one named`() {
        expectFault("KSTREAM-SOURCE-0000000000", "serde for its values", "Unreadable") { builder in
            let stream: KStream<String, Unreadable> = builder.stream("in")
            stream.forEach { _, _ in }
        }
        expectFault("to-out", "serde for its keys") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.selectKey { _, _ in Unreadable() }.to("out", Produced(name: "to-out"))
        }
    }

    @Test func `a name is used once`() {
        expectFault("the step name twice is used twice") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.filter(named: "twice") { _, _ in true }.filter(named: "twice") { _, _ in true }.to("out")
        }
        expectFault("the store name counts is used twice") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            let grouped = stream.groupByKey()
            _ = grouped.count(.as("counts"))
            _ = grouped.count(.as("counts"))
        }
        expectFault("the repartition topic again-repartition is made twice") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.repartition(Repartitioned(name: "again"))
            _ = stream.repartition(Repartitioned(name: "again"))
        }
    }

    @Test func `a topic is read by one step`() {
        expectFault("the topic in is read by two steps") { builder in
            let first: KStream<String, String> = builder.stream("in")
            let second: KTable<String, String> = builder.table("in")
            first.to("a")
            second.to("b")
        }
    }

    @Test func `streams of the same topics have the same types and begin at the same place`() {
        expectFault("the topic in is read by two steps") { builder in
            let first: KStream<String, String> = builder.stream("in")
            let second: KStream<String, Int64> = builder.stream("in")
            first.to("a")
            second.to("b")
        }
        expectFault("the topic in is read by two steps") { builder in
            let first: KStream<String, String> = builder.stream("in")
            let second: KStream<String, String> = builder.stream(["in", "other"])
            first.to("a")
            second.to("b")
        }
        expectFault("step late begins elsewhere than early") { builder in
            let first: KStream<String, String> = builder.stream("in", Consumed(reset: .earliest, name: "early"))
            let second: KStream<String, String> = builder.stream("in", Consumed(reset: .latest, name: "late"))
            first.to("a")
            second.to("b")
        }
    }

    @Test func `windows have sizes that make sense`() {
        func windowed(_ windows: TimeWindows, retention: Duration? = nil) -> (StreamsBuilder) -> Void {
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                _ = stream.groupByKey().windowedBy(windows).count(Materialized(retention: retention))
            }
        }
        expectFault("size must be positive", in: windowed(.tumbling(.zero)))
        expectFault("advance must be positive", in: windowed(.hopping(.seconds(1), advance: .zero)))
        expectFault("not above the size", in: windowed(.hopping(.seconds(1), advance: .seconds(2))))
        expectFault("grace must not be negative", in: windowed(.tumbling(.seconds(1), grace: .seconds(-1))))
        expectFault(
            "retention of 1000 ms", in: windowed(.tumbling(.seconds(1), grace: .seconds(1)), retention: .seconds(1)))
        expectFault("gap must not be negative") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().windowedBy(.gap(.seconds(-1))).count()
        }
    }

    @Test func `an endless grace is allowed`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let windows = TimeWindows(sizeMs: 1000, advanceMs: 1000, graceMs: .max)
        stream.groupByKey().windowedBy(windows).count().to("out")
        _ = try builder.build()
    }

    @Test func `a sliding window has no negative times`() {
        for windows in [SlidingWindows.difference(.seconds(-1)), .difference(.seconds(1), grace: .seconds(-1))] {
            expectFault("KSTREAM-AGGREGATE-0000000003", "must not be negative, not -1000 ms") { builder in
                let stream: KStream<String, String> = builder.stream("in")
                _ = stream.groupByKey().windowedBy(windows).count()
            }
        }
        expectFault("retention of 2999 ms") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().windowedBy(.difference(.seconds(1), grace: .seconds(1)))
                .count(Materialized(retention: .milliseconds(2999)))
        }
    }

    @Test func `an unlimited window starts at a time and has no final results`() {
        expectFault("step all: ", "start must not be negative") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().windowedBy(UnlimitedWindows(startMs: -1)).count(named: "all")
        }
        expectFault("step all: ", "no results on close") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().windowedBy(UnlimitedWindows()).emitStrategy(.onWindowClose).count(named: "all")
        }
    }

    @Test func `sessions have a retention that spans gap and grace`() {
        expectFault("step visits: ", "retention of 1999 ms is shorter than gap plus grace") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().windowedBy(.gap(.seconds(1), grace: .seconds(1)))
                .count(Materialized(retention: .milliseconds(1999)), named: "visits")
        }
        expectFault("step visits: ", "grace must not be negative") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().windowedBy(.gap(.seconds(1), grace: .seconds(-1))).count(named: "visits")
        }
    }

    @Test func `a join window does not end before it begins`() {
        func joined(_ windows: JoinWindows) -> (StreamsBuilder) -> Void {
            { builder in
                let left: KStream<String, String> = builder.stream("left")
                let right: KStream<String, String> = builder.stream("right")
                _ = left.join(right, within: windows, .named("pairs")) { _, a, b in a + b }
            }
        }
        expectFault(
            "step pairs-merge: ", "ends before it begins",
            in: joined(.between(before: .seconds(-2), after: .seconds(1))))
        expectFault("step pairs-merge: ", "grace must not", in: joined(.difference(.seconds(1), grace: .seconds(-1))))
    }

    @Test func `a grace of a stream-table join needs a table with that much history`() {
        func joined(_ materialized: Materialized<String, String>, _ grace: Duration) -> (StreamsBuilder) -> Void {
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                let table: KTable<String, String> = builder.table("rows", materialized)
                _ = stream.join(table, Joined(name: "with-row", grace: grace)) { _, a, b in a + b }
            }
        }
        expectFault("step with-row: ", "needs a versioned table", in: joined(.as("plain"), .seconds(1)))
        expectFault(
            "step with-row: ", "history of 1000 ms is shorter",
            in: joined(.versioned("rows", historyRetention: .seconds(1)), .seconds(2)))
        expectFault(
            "step with-row: ", "grace must not be negative",
            in: joined(.versioned("rows", historyRetention: .seconds(1)), .seconds(-1)))
    }

    @Test func `a versioned store has a history, and is the store of a topic's table`() {
        expectFault("step KTABLE-SOURCE-0000000001: ", "history retention must not be negative") { builder in
            let _: KTable<String, String> = builder.table("rows", .versioned("rows", historyRetention: .seconds(-1)))
        }
        expectFault("step shout: ", "a versioned store keeps") { builder in
            let table: KTable<String, String> = builder.table("rows")
            _ = table.mapValues(.versioned("loud", historyRetention: .seconds(1)), named: "shout") { $0.uppercased() }
        }
        expectFault("step KTABLE-SOURCE-", "a global table cannot be versioned") { builder in
            let _: GlobalKTable<String, String> = builder.globalTable(
                "rows", .versioned("rows", historyRetention: .seconds(1)))
        }
    }

    @Test func `a suppression has limits that make sense`() {
        func windowed(_ suppressed: Suppressed<Windowed<String>>) -> (StreamsBuilder) -> Void {
            { builder in
                let stream: KStream<String, String> = builder.stream("in")
                _ = stream.groupByKey().windowedBy(.tumbling(.seconds(1))).count().suppress(suppressed)
            }
        }
        expectFault(
            "step calm: ", "time limit must not be negative",
            in: windowed(.untilTimeLimit(.seconds(-1), name: "calm")))
        expectFault(
            "step calm: ", "limits of the buffer",
            in: windowed(.untilTimeLimit(.seconds(1), SuppressionBuffer(maxBytes: -1), name: "calm")))
        expectFault(
            "step calm: ", "shuts down when it is full",
            in: windowed(.untilWindowCloses(SuppressionBuffer(maxRecords: 1), name: "calm")))
        expectFault("step calm: ", "says when windows of the table close") { builder in
            let table: KTable<Windowed<String>, Int64> = builder.table(
                "counts", key: .timeWindowed(.string, size: 1000))
            _ = table.suppress(.untilWindowCloses(name: "calm"))
        }
    }

    @Test func `a repartition topic has partitions, as many as the topic it is joined with`() {
        for partitions in [0, -3] as [Int32] {
            expectFault("step spread: ", "at least 1 partition, not \(partitions)") { builder in
                let stream: KStream<String, String> = builder.stream("in")
                _ = stream.repartition(Repartitioned(name: "spread", partitions: partitions))
            }
        }
        expectFault("step pairs-merge: ", "a-repartition has 2, b-repartition has 3") { builder in
            let left: KStream<String, String> = builder.stream("left")
            let right: KStream<String, String> = builder.stream("right")
            _ = left.repartition(Repartitioned(name: "a", partitions: 2)).join(
                right.repartition(Repartitioned(name: "b", partitions: 3)), within: .difference(.seconds(1)),
                .named("pairs")
            ) { _, a, b in a + b }
        }
    }

    @Test(arguments: ["", ".", "..", "a b", "grün", "a/b", String(repeating: "x", count: 250)])
    func `names of steps, stores and topics are made of what topics may be made of`(_ name: String) {
        expectFault("the step name \"\(name)\" is not allowed") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.filter(named: Named(name)) { _, _ in true }.to("out")
        }
        expectFault("step counted: the store name \"\(name)\" is not allowed") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            _ = stream.groupByKey().count(.as(name), named: "counted")
        }
        expectFault("step read: the topic name \"\(name)\" is not allowed") { builder in
            let stream: KStream<String, String> = builder.stream(name, Consumed(name: "read"))
            stream.to("out")
        }
        expectFault("step written: the topic name \"\(name)\" is not allowed") { builder in
            let stream: KStream<String, String> = builder.stream("in")
            stream.to(name, Produced(name: "written"))
        }
    }

    @Test func `a source reads topics, each once`() {
        expectFault("step none reads no topic") { builder in
            let stream: KStream<String, String> = builder.stream([], Consumed(name: "none"))
            stream.to("out")
        }
        expectFault("the topic in is read by both twice") { builder in
            let stream: KStream<String, String> = builder.stream(["in", "in"], Consumed(name: "both"))
            stream.to("out")
        }
    }

    @Test func `a step uses stores that there are`() {
        expectFault("step lost uses the store missing, which is not defined") { builder in
            let table: KTable<String, String> = builder.table("in")
            _ = table.transformValues(storeNames: ["missing"], named: "lost") { Same() }
        }
    }

    struct Same: ValueTransformer {
        func transform(_ key: String, _ value: String?) -> String? { value }
    }

    @Test func `building twice tells the same`() {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        _ = stream.repartition(Repartitioned(partitions: 0))
        func message() -> String? { #expect(throws: StreamsError.self) { try builder.build() }?.message }
        #expect(message() == message())
    }

    @Test func `a topology without steps is none`() { expectFault("no step at all") { _ in } }

    @Test func `all faults are told at once`() {
        expectFault("size must be positive", "is used twice") { builder in
            let stream: KStream<String, String> = builder.stream("in", Consumed(name: "same"))
            _ = stream.filter(named: "same") { _, _ in true }.groupByKey().windowedBy(.tumbling(.zero)).count()
        }
    }
}
