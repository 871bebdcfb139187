import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// Global stores that processors fill.
@Suite struct GlobalStoreTests {
    /// Keeps the lengths of texts.
    static var lengths: ClosureProcessor {
        ClosureProcessor(onRecord: { record, context in
            let lengths: StateTable<String, Int64> = try context.keyValueStore("lengths")
            try lengths.put(record.key ?? "", record.value.map { Int64($0.count) })
            try context.forward(record)
        })
    }

    /// Replaces values by the length known for them.
    static var lookingUp: ClosureProcessor {
        ClosureProcessor(onRecord: { record, context in
            let lengths: StateTable<String, Int64> = try context.keyValueStore("lengths")
            try context.forward(record.with(value: lengths.get(record.value ?? "").map { "\($0)" }))
        })
    }

    static var store: StoreBuilder { .keyValue("lengths", key: .string, value: .int64) }

    static func topology(_ processor: @escaping @Sendable () -> ClosureProcessor = { lookingUp }) throws -> Topology {
        let builder = StreamsBuilder()
        builder.addGlobalStore(store, topic: "texts") { lengths }
        let input: KStream<String, String> = builder.stream("in")
        input.process(named: "p", processor).to("out")
        return try builder.build()
    }

    @Test func `all processors read what one fills`() throws {
        let driver = try TopologyTestDriver(Self.topology())
        try driver.pipe("texts", "a", "four", at: 1)
        try driver.pipe("in", "k", "a", at: 2)
        try driver.pipe("in", "k", "b", at: 3)
        try driver.restart()
        try driver.pipe("in", "k", "a", at: 4)
        try driver.pipe("texts", "a", nil, at: 5)
        try driver.pipe("in", "k", "a", at: 6)
        #expect(try driver.texts("out", .string, .string) == ["k=4@2", "k=null@3", "k=4@4", "k=null@6"])
        #expect(try driver.keyValueStore("lengths", key: String.self, value: Int64.self).all.isEmpty)
    }

    @Test func `only the one that fills it writes it`() throws {
        let driver = try TopologyTestDriver(
            Self.topology {
                ClosureProcessor(onRecord: { _, context in
                    let lengths: StateTable<String, Int64> = try context.keyValueStore("lengths")
                    try lengths.put("a", 1)
                })
            })
        let error = #expect(throws: StreamsError.self) { try driver.pipe("in", "k", "a", at: 0) }
        #expect(error?.message == "the global store lengths can only be read here")
    }

    @Test func `a processor also reads the rows of a global table`() throws {
        let builder = StreamsBuilder()
        let _: GlobalKTable<String, String> = builder.globalTable("names", .as("names-store"))
        let input: KStream<String, String> = builder.stream("in")
        input.process {
            ClosureProcessor(onRecord: { record, context in
                let names: StateTable<String, String> = try context.keyValueStore("names-store")
                try context.forward(record.with(value: try names.all.map(\.key).joined(separator: " ")))
            })
        }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        for key in ["b", "a", "c"] { try driver.pipe("names", key, "x", at: 0) }
        try driver.pipe("in", "k", "v", at: 0)
        #expect(try driver.texts("out", .string, .string) == ["k=a b c@0"])
    }

    @Test func `a processor that fills one has no schedules`() throws {
        let builder = StreamsBuilder()
        builder.addGlobalStore(Self.store, topic: "texts", Consumed(name: "fill")) {
            ClosureProcessor(onStart: { try $0.schedule(every: .seconds(1), by: .wallClock) { _ in } })
        }
        let topology = try builder.build()
        let error = #expect(throws: StreamsError.self) { try TopologyTestDriver(topology) }
        #expect(error?.message.contains("the processor fill fills a global store") == true)
    }

    @Test func `naming it as a processor's own store is refused`() throws {
        let builder = StreamsBuilder()
        builder.addGlobalStore(Self.store, topic: "texts") { Self.lengths }
        let input: KStream<String, String> = builder.stream("in")
        input.process(storeNames: ["lengths"], named: "p") { Self.lookingUp }.to("out")
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.message.contains("step p uses the store lengths: it is global") == true)
    }
}
