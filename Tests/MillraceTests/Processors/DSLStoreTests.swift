import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// Processors read and write the stores that the DSL makes, by the handles of their own.
@Suite struct DSLStoreTests {
    typealias Stream = KStream<String, String>

    /// Runs a topology whose processor `look` is connected to the store `rows`; `body` is called with each record of the
    /// topic `look`.
    func run(
        _ inputs: [(key: String, value: String, time: Int64)], cacheBytes: Int = 0,
        _ build: (StreamsBuilder, Stream) -> Void,
        _ body: @escaping @Sendable (ClosureProcessor.Context) throws -> Void
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        build(builder, builder.stream("in"))
        (builder.stream("look") as Stream).process(storeNames: ["rows"], named: "look") {
            ClosureProcessor(onRecord: { _, context in try body(context) })
        }.to("looked")
        let driver = try TopologyTestDriver(builder.build(), cacheBytes: cacheBytes)
        for input in inputs { try driver.pipe("in", input.key, input.value, at: input.time) }
        try driver.pipe("look", "k", "v", at: inputs.map(\.time).max() ?? 0)
        return driver
    }

    let inputs: [(key: String, value: String, time: Int64)] = [
        ("a", "1", 3), ("b", "2", 5), ("a", "3", 14), ("a", "4", 25),
    ]

    enum Windows: CaseIterable { case tumbling, hopping, sliding, unlimited }

    @Test(arguments: Windows.allCases)
    func `the windows of an aggregate`(_ kind: Windows) throws {
        let driver = try run(
            inputs,
            { _, stream in
                let grouped = stream.groupByKey()
                let rows = Materialized<String, Int64>(as: "rows", retention: kind == .unlimited ? nil : .seconds(1))
                let ten = Duration.milliseconds(10)
                let counts =
                    switch kind {
                    case .tumbling: grouped.windowedBy(.tumbling(ten)).count(rows)
                    case .hopping: grouped.windowedBy(.hopping(ten, advance: .milliseconds(5))).count(rows)
                    case .sliding: grouped.windowedBy(SlidingWindows.difference(ten)).count(rows)
                    case .unlimited: grouped.windowedBy(UnlimitedWindows()).count(rows)
                    }
                counts.toStream { key, _ in key?.key }.to("out")
            }
        ) { context in
            let windows: StateWindows<String, Int64> = try context.windowStore("rows")
            switch kind {
            case .tumbling:
                #expect(windows.fetch("a", start: 10) == ValueAndTimestamp(1, 14))
                #expect(windows.fetch("a", from: 0, to: 15).map(\.start) == [0, 10])
                #expect(try windows.fetchAll(from: 0, to: 10).map { "\($0.key)" } == ["a@0/10", "a@10/20", "b@0/10"])
            case .hopping: #expect(windows.fetch("a", from: 0, to: 30).map(\.start) == [0, 5, 10, 20, 25])
            case .sliding:
                #expect(windows.fetch("a", from: 0, to: 30).map(\.start) == [0, 4, 15])
                #expect(try windows.all.map { "\($0.key)" } == ["a@0/10", "a@4/14", "a@15/25", "b@0/10"])
            case .unlimited:
                #expect(windows.fetch("a", start: 0) == ValueAndTimestamp(3, 25))
                try windows.put("a", 7, start: 0, timestamp: 25)
                return
            }
            try windows.put("a", 40, start: 20, timestamp: 26)
            try windows.put("c", 50, start: 20, timestamp: 26)
            #expect(windows.fetch("a", start: 20) == ValueAndTimestamp(40, 26))
            try windows.put("b", nil, start: 0)
            #expect(windows.fetch("b", from: 0, to: 30).isEmpty == (kind != .hopping))
        }
        // What a processor put counts for the aggregate, and survives a restart.
        _ = driver.read("out")
        try driver.restart()
        try driver.pipe("in", "a", "5", at: kind == .sliding ? 30 : 26)
        let counts = try driver.texts("out", .string, .int64)
        #expect(counts.contains(kind == .unlimited ? "a=8@26" : kind == .sliding ? "a=41@30" : "a=41@26"))
    }

    @Test func `the sessions of an aggregate`() throws {
        let driver = try run(
            inputs,
            { _, stream in
                stream.groupByKey().windowedBy(.gap(.milliseconds(5), grace: .seconds(1))).count(.as("rows"))
                    .toStream { key, _ in key?.key }.to("out")
            }
        ) { context in
            let sessions: StateSessions<String, Int64> = try context.sessionStore("rows")
            #expect(sessions.fetch("a").map(\.key.window.start) == [3, 14, 25])
            #expect(sessions.fetchSession("b", start: 5, end: 5) == 1)
            try sessions.put(Windowed("a", Window(start: 25, end: 25)), 100)
            try sessions.remove(Windowed("a", Window(start: 14, end: 14)))
        }
        _ = driver.read("out")
        try driver.pipe("in", "a", "5", at: 26)
        #expect(try driver.texts("out", .string, .int64) == ["a=null@25", "a=101@26"])
    }

    @Test(arguments: [0, 1 << 20])
    func `the rows of a table; a change of them leaves a cache like any other`(_ cacheBytes: Int) throws {
        let driver = try run(
            inputs, cacheBytes: cacheBytes,
            { _, stream in
                stream.groupByKey().reduce(.as("rows")) { $0 + $1 }.toStream().to("out")
            }
        ) { context in
            let table: StateTable<String, String> = try context.keyValueStore("rows")
            #expect(table.getWithTimestamp("a") == ValueAndTimestamp("134", 25))
            #expect(try table.range(from: "a", to: "b").map(\.value) == ["134", "2"])
            try table.put("b", "changed", timestamp: 30)
        }
        let texts = try driver.texts("out", .string, .string)
        #expect(texts.last == (cacheBytes == 0 ? "a=134@25" : "b=changed@30"))
        try driver.pipe("in", "b", "!", at: 30)
        #expect(try driver.texts("out", .string, .string) == ["b=changed!@30"])
    }

    @Test func `the versions of a table`() throws {
        _ = try run(
            inputs,
            { builder, stream in
                let table: KTable<String, String> = builder.table("rows-in", .versioned("rows", historyRetention: .seconds(1)))
                stream.leftJoin(table, Joined(name: "j")) { $1 + ($2 ?? "-") }.to("out")
            }
        ) { context in
            let versions: StateVersions<String, String> = try context.versionedStore("rows")
            #expect(versions.get("a") == nil)
            try versions.put("a", "x", timestamp: 4)
            #expect(versions.get("a", asOf: 5)?.value == "x")
        }
    }

    @Test func `the records that a join of streams keeps`() throws {
        let builder = StreamsBuilder()
        let left: Stream = builder.stream("in")
        let right: Stream = builder.stream("right")
        let windows = JoinWindows.between(before: .milliseconds(4), after: .milliseconds(6), grace: .seconds(1))
        left.join(right, within: windows, StreamJoined(storeName: "j")) { $1 + $2 }.to("out")
        (builder.stream("look") as Stream).process(storeNames: ["j-this-join-store"], named: "look") {
            ClosureProcessor(onRecord: { _, context in
                let records: StateWindows<String, String> = try context.windowStore("j-this-join-store")
                #expect(records.fetch("a", from: 0, to: 30).map(\.row.value) == ["1", "1 too", "3", "4"])
                #expect(records.fetch("a", start: 3)?.value == "1 too")
                #expect(try records.all.map { "\($0.key)" } == ["a@3/13", "a@3/13", "a@14/24", "a@25/35", "b@5/15"])
                try records.put("a", "put", start: 26)
                try records.put("a", nil, start: 25)
            })
        }.to("looked")
        let driver = try TopologyTestDriver(builder.build())
        for (key, value, time) in inputs + [("a", "1 too", 3)] { try driver.pipe("in", key, value, at: time) }
        try driver.pipe("look", "k", "v", at: 25)
        try driver.pipe("right", "a", "!", at: 27)
        #expect(try driver.texts("out", .string, .string) == ["a=4!@27", "a=put!@27"])
    }

    @Test func `a store of another kind is told`() throws {
        let error = #expect(throws: StreamsError.self) {
            _ = try run(
                inputs,
                { _, stream in
                    stream.groupByKey().count(.as("rows")).to("out")
                }
            ) { context in
                let _: StateWindows<String, Int64> = try context.windowStore("rows")
            }
        }
        #expect(error?.message.contains("takes the store rows for a WindowStore<String, Int64>, but it is a KeyValueStore") == true)
    }
}
