import KafkaProtocol
import MillraceTesting
import Testing

@testable import Millrace

/// A record whose closure throws leaves nothing behind in the step that threw: what comes out is as if the record had not
/// been there.
@Suite struct FailedRecordTests {
    typealias Stream = KStream<String, String>
    typealias Input = (topic: String, key: String, value: String, time: Int64)

    struct Refused: Error {}

    enum Aggregate: CaseIterable {
        case reduce, aggregate, tumbling, hopping, onClose, sliding, unlimited, session, sessionOnClose, cogroup
        case windowedCogroup, sessionCogroup
    }

    /// A fold that refuses the value `bad`, and two values that must not come together.
    static func fold(_ soFar: String, _ value: String?) throws -> String {
        let sum = soFar + (value ?? "")
        if value == "bad" || (sum.contains("p") && sum.contains("q")) { throw Refused() }
        return sum
    }

    func topology(_ kind: Aggregate) throws -> Topology {
        let builder = StreamsBuilder()
        let stream: Stream = builder.stream("in")
        let other: Stream = builder.stream("other")
        let grouped = stream.groupByKey()
        let rows = Materialized<String, String>(as: "rows", retention: nil)
        let cogrouped = grouped.cogroup { (_, value, sum: String) in try Self.fold(sum, value) }
            .cogroup(other.groupByKey()) { _, value, sum in try Self.fold(sum, value) }
        let (ten, four) = (Duration.milliseconds(10), Duration.milliseconds(4))
        @Sendable func merge(_ key: String, _ a: String, _ b: String) throws -> String { try Self.fold(a, b) }
        func send(_ table: KTable<Windowed<String>, String>) {
            table.toStream { key, _ in key.map { "\($0)" } }.to("out")
        }
        switch kind {
        case .reduce: grouped.reduce(rows) { try Self.fold($0, $1) }.to("out")
        case .aggregate: grouped.aggregate("", rows) { _, value, sum in try Self.fold(sum, value) }.to("out")
        case .tumbling: send(grouped.windowedBy(.tumbling(ten)).aggregate("", rows) { try Self.fold($2, $1) })
        case .hopping:
            send(grouped.windowedBy(.hopping(ten, advance: four)).aggregate("", rows) { try Self.fold($2, $1) })
        case .onClose:
            send(
                grouped.windowedBy(.hopping(ten, advance: four)).emitStrategy(.onWindowClose)
                    .aggregate("", Materialized(as: "rows", retention: .seconds(1))) { try Self.fold($2, $1) })
        case .sliding:
            send(grouped.windowedBy(SlidingWindows.difference(ten)).aggregate("", rows) { try Self.fold($2, $1) })
        case .unlimited: send(grouped.windowedBy(UnlimitedWindows()).aggregate("", rows) { try Self.fold($2, $1) })
        case .session:
            send(
                grouped.windowedBy(.gap(ten, grace: .milliseconds(30))).aggregate(
                    "", rows, { try Self.fold($2, $1) }, merge: merge))
        case .sessionOnClose:
            send(
                grouped.windowedBy(.gap(ten, grace: .milliseconds(30))).emitStrategy(.onWindowClose).aggregate(
                    "", .as("rows").retention(.seconds(1)), { try Self.fold($2, $1) }, merge: merge))
        case .cogroup: cogrouped.aggregate("", rows).to("out")
        case .windowedCogroup: send(cogrouped.windowedBy(.hopping(ten, advance: four)).aggregate("", rows))
        case .sessionCogroup: send(cogrouped.windowedBy(.gap(ten, grace: .milliseconds(30))).aggregate("", rows, merge: merge))
        }
        return try builder.build()
    }

    /// What a topology gives of the inputs, and how many of them were set aside.
    func run(
        _ topology: Topology, _ inputs: [Input], cacheBytes: Int = 0
    ) throws -> (output: [TestRecord<String, String>], bad: Int64) {
        let driver = try TopologyTestDriver(topology, cacheBytes: cacheBytes, onBadRecord: .skip)
        for input in inputs { try driver.pipe(input.topic, input.key, input.value, at: input.time) }
        return (try driver.outputTopic("out", key: .string, value: .string).readAll(), driver.badRecords)
    }

    @Test(arguments: Aggregate.allCases, [0, 1 << 20])
    func `an aggregate goes on as if the record had not been there`(_ kind: Aggregate, _ cacheBytes: Int) throws {
        let inputs: [Input] = [
            ("in", "a", "1", 3), ("in", "a", "bad", 3), ("in", "new", "bad", 3), ("in", "a", "2", 9), ("in", "a", "bad", 5),
            ("in", "b", "p", 12), ("in", "b", "bad", 12), ("in", "a", "3", 12), ("in", "a", "bad", 12), ("in", "c", "p", 20),
            ("in", "new", "4", 25), ("in", "a", "5", 27), ("in", "c", "bad", 27), ("in", "d", "6", 90),
        ]
        let topology = try topology(kind)
        let failed = try run(topology, inputs, cacheBytes: cacheBytes)
        let without = try run(topology, inputs.filter { $0.value != "bad" }, cacheBytes: cacheBytes)
        if kind == .reduce {
            // The first value is taken as it is: `bad` before there is anything is not refused.
            #expect(failed.bad == 5)
        } else {
            #expect(failed.bad == 6)
            #expect(failed.output == without.output)
        }
    }

    @Test(arguments: Aggregate.allCases)
    func `a record that fails for a part of its windows changes none of them`(_ kind: Aggregate) throws {
        // Together with the record before it in some windows, alone in others.
        let inputs: [Input] = [("in", "a", "p", 20), ("in", "a", "q", 25), ("in", "a", "1", 27), ("in", "d", "6", 90)]
        let topology = try topology(kind)
        let failed = try run(topology, inputs)
        #expect(failed.bad == 1)
        #expect(failed.output == (try run(topology, inputs.filter { $0.value != "q" })).output)
    }

    @Test(arguments: [Aggregate.session, .sessionOnClose, .sessionCogroup])
    func `sessions that cannot be merged stay as they were`(_ kind: Aggregate) throws {
        let inputs: [Input] = [
            ("in", "a", "p", 0), ("in", "a", "q", 16), ("in", "a", "bridge", 8), ("in", "a", "1", 18), ("in", "d", "6", 90),
        ]
        let topology = try topology(kind)
        let failed = try run(topology, inputs)
        #expect(failed.bad == 1)
        #expect(failed.output == (try run(topology, inputs.filter { $0.value != "bridge" })).output)
    }

    @Test(arguments: Aggregate.allCases)
    func `nothing is kept of keys whose only record failed`(_ kind: Aggregate) throws {
        guard kind != .reduce else { return }
        let task = try StreamTask.make(topology(kind), MemoryCollector(), onBadRecord: .skip)
        task.feed("in", try batch((0..<1000).map { ("key \($0)", "bad", 5 + Int64($0)) }))
        task.feed("other", try batch([]))
        _ = try task.process(limit: 10_000)
        #expect(task.badRecords == 1000)
        let store = task.store("rows")
        if let rows = store as? KeyValueStore<String, String> {
            #expect(rows.table.count == 0 && rows.changed.isEmpty)
        } else if let rows = store as? WindowStore<String, String> {
            #expect(rows.windows.isEmpty && rows.streamTime == -1)
        } else {
            let rows = try #require(store as? TimedStore<String, String>).rows
            #expect(rows.table.count == 0 && rows.streamTime == -1)
        }
    }

    @Test func `an aggregate of a grouped table is as it was`() throws {
        let builder = StreamsBuilder()
        let table: KTable<String, String> = builder.table("in", .as("table"))
        table.groupBy { key, value in KeyValue("all", value) }.aggregate(
            "", .as("rows"), add: { try Self.fold($2, $1) }, subtract: { _, value, sum in sum + "-" + value }
        ).toStream().to("out")
        let found = try run(builder.build(), [("in", "a", "1", 1), ("in", "b", "bad", 2), ("in", "c", "2", 3)])
        #expect(found.output.map(\.value) == ["1", "12"])
        #expect(found.bad == 1)
    }

    // MARK: - Joins

    enum Join: CaseIterable { case inner, left, outer, own }

    func join(_ kind: Join) throws -> Topology {
        let builder = StreamsBuilder()
        let left: Stream = builder.stream("in")
        let right: Stream = kind == .own ? left : builder.stream("other")
        let windows = JoinWindows.difference(.milliseconds(10), grace: .milliseconds(1))
        let options = StreamJoined<String, String, String>(name: "j", storeName: "rows")
        @Sendable func pair(_ left: String?, _ right: String?) throws -> String {
            if left == "bad" || right == "bad" { throw Refused() }
            return "\(left ?? "-")+\(right ?? "-")"
        }
        switch kind {
        case .inner, .own: left.join(right, within: windows, options) { try pair($1, $2) }.to("out")
        case .left: left.leftJoin(right, within: windows, options) { try pair($1, $2) }.to("out")
        case .outer: left.outerJoin(right, within: windows, options) { try pair($1, $2) }.to("out")
        }
        return try builder.build(.singleStoreSelfJoin)
    }

    @Test(arguments: Join.allCases)
    func `a record that cannot be joined is not kept for a match, and what it met still waits`(_ kind: Join) throws {
        let inputs: [Input] = [
            ("other", "a", "m", 5), ("in", "a", "bad", 6), ("in", "b", "l", 7), ("other", "b", "bad", 8),
            ("other", "a", "n", 9), ("in", "b", "k", 10), ("in", "z", "end", 90), ("other", "z", "end", 91),
        ].filter { kind != .own || $0.topic == "in" }
        let topology = try join(kind)
        let failed = try run(topology, inputs)
        #expect(failed.bad == inputs.count { $0.value == "bad" })
        #expect(failed.output == (try run(topology, inputs.filter { $0.value != "bad" })).output)
        #expect(!failed.output.isEmpty)
    }

    @Test func `an unmatched record that fails when it leaves keeps no other from leaving, nor the one that came`() throws {
        let topology = try join(.outer)
        let driver = try TopologyTestDriver(topology, onBadRecord: .deadLetter(topic: "dead"))
        let inputs: [(key: String, value: String, time: Int64)] = [
            ("a", "bad", 5), ("b", "l", 6), ("c", "end", 90), ("c", "more", 90),
        ]
        for (key, value, time) in inputs {
            try driver.pipe("in", key, value, at: time)
        }
        try driver.pipe("other", "c", "r", at: 91)
        #expect(
            try driver.texts("out", .string, .string) == ["b=l+-@6", "c=end+r@91", "c=more+r@91"])
        #expect(try driver.texts("dead", .string, .string) == ["a=bad@5"])
        #expect(driver.badRecords == 1)
    }

    @Test func `a record that waited for a table and fails is set aside, not the one that came`() throws {
        let builder = StreamsBuilder()
        let stream: Stream = builder.stream("in")
        let table: KTable<String, String> = builder.table("other", .versioned("rows", historyRetention: .seconds(1)))
        stream.leftJoin(table, Joined(name: "j", grace: .milliseconds(10))) { _, value, row in
            if value == "bad" { throw Refused() }
            return value + (row ?? "-")
        }.to("out")
        let driver = try TopologyTestDriver(builder.build(), onBadRecord: .deadLetter(topic: "dead"))
        for (value, time) in [("1", 1), ("bad", 2), ("3", 3), ("4", 20), ("5", 40)] as [(String, Int64)] {
            try driver.pipe("in", "a", value, at: time)
        }
        #expect(try driver.texts("out", .string, .string) == ["a=1-@1", "a=3-@3", "a=4-@20"])
        #expect(try driver.texts("dead", .string, .string) == ["a=bad@2"])
    }

    @Test(arguments: [false, true])
    func `a result that fails when its window closes keeps no other from leaving`(_ isSuppressed: Bool) throws {
        let builder = StreamsBuilder()
        let stream: Stream = builder.stream("in")
        let windowed = stream.groupByKey().windowedBy(TimeWindows.tumbling(.milliseconds(10)))
        let counts =
            isSuppressed
            ? windowed.count(.as("n")).suppress(.untilWindowCloses(name: "held"))
            : windowed.emitStrategy(.onWindowClose).count(Materialized(as: "n", retention: .seconds(1)), named: "held")
        counts.toStream().mapValues { key, count in
            if key?.key == "bad" { throw Refused() }
            return count
        }.to("out")
        let driver = try TopologyTestDriver(builder.build(), onBadRecord: .deadLetter(topic: "dead"))
        for (key, time) in [("a", 1), ("bad", 2), ("c", 3), ("d", 12), ("d", 13)] as [(String, Int64)] {
            try driver.pipe("in", key, "x", at: time)
        }
        let key = Serde<Windowed<String>>.timeWindowed(.string, size: 10)
        #expect(try driver.texts("out", key, .int64) == ["a@0/10=1@1", "c@0/10=1@3"])
        #expect(try driver.texts("dead", key, .int64) == ["bad@0/10=1@2"])
        #expect(driver.badRecords == 1)
    }

    @Test func `a change that waits for a time limit is set aside with what it was`() throws {
        let builder = StreamsBuilder()
        let table: KTable<String, String> = builder.table("in", .as("rows"))
        table.suppress(.untilTimeLimit(.milliseconds(10), name: "held")).toStream().mapValues { key, value in
            if value == "bad" { throw Refused() }
            return value
        }.to("out")
        let driver = try TopologyTestDriver(builder.build(), onBadRecord: .deadLetter(topic: "dead"))
        let headers = [RecordHeader(key: "trace", value: Bytes(utf8: "7"))]
        try driver.pipe("in", "a", "bad", at: 1, headers: headers)
        try driver.pipe("in", "b", "2", at: 2)
        try driver.pipe("in", "c", "3", at: 20)
        #expect(try driver.texts("out", .string, .string) == ["b=2@2"])
        let letter = try #require(driver.read("dead").first)
        #expect(letter.key?.string == "a" && letter.value?.string == "bad" && letter.timestamp == 1)
        #expect(letter.headers.first == headers.first)
        #expect(
            letter.headers.map(\.key).dropFirst() == [
                "__streams.errors.exception", "__streams.errors.message", "__streams.errors.stacktrace",
            ])
    }
}
