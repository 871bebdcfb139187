import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Applications whose stores are on RocksDB.
@Suite(.enabled(if: hasRocksDB, "RocksDB is not installed (apt-get install librocksdb7.8)"))
struct StoresOnDiskTests {
    static func configuration(
        _ guarantee: ProcessingGuarantee, _ state: TemporaryDirectory, dies: Bool = false, log: EventLog? = nil
    ) -> StreamsConfiguration {
        var configuration = LocalStateApplicationTests.configuration(guarantee, state, dies: dies, log: log)
        configuration.defaultStore = .rocksDB
        configuration.stateMemory = StateMemory.least
        return configuration
    }

    static func wordsAboutState(_ log: EventLog) -> [String] {
        log.warnings.filter { $0.contains("on disk") || $0.contains("local state") }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a start goes on from the rows on disk, and reads nothing of the changelog`(_ guarantee: ProcessingGuarantee)
        async throws
    {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(3000, seed: 9)
                for log in [nil, log] {
                    try await cluster.produce(records)
                    try await cluster.run(Counting.topology(), Self.configuration(guarantee, state, log: log))
                }
                let table = try await cluster.table("out", .string, .int64)
                #expect(table == Counting.expected(records + records))
            }
        }
        #expect(LocalStateApplicationTests.loaded(log) == LocalStateApplicationTests.tasks)
        #expect(LocalStateApplicationTests.restored(log) == 0 && Self.wordsAboutState(log) == [])
    }

    @Test(arguments: [11, 12, 13] as [UInt64], ProcessingGuarantee.allCases)
    func `runs that are cut off anywhere go on from the disk`(_ seed: UInt64, _ guarantee: ProcessingGuarantee)
        async throws
    {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                var random = SeededRandom(seed: seed)
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(20_000, seed: seed)
                try await cluster.produce(records)
                for _ in 0..<3 {
                    let trigger = Trigger(after: Int.random(in: 1...6000, using: &random))
                    let log = EventLog()
                    try await cluster.cancel(
                        Counting.topology(trigger), Self.configuration(guarantee, state, dies: true, log: log)
                    ) { await trigger.wait() }
                    #expect(Self.wordsAboutState(log) == [])
                }
                let log = EventLog()
                try await cluster.run(Counting.topology(), Self.configuration(guarantee, state, log: log))
                #expect(Self.wordsAboutState(log) == [])
                let table = try await cluster.table("out", .string, .int64)
                let expected = Counting.expected(records)
                if guarantee == .exactlyOnce { #expect(table == expected) }
                #expect(table.keys.sorted() == expected.keys.sorted())
                for (key, count) in table { #expect(Int(count) ?? 0 >= Int(expected[key] ?? "") ?? .max) }
            }
        }
    }

    @Test(arguments: [63, 64] as [UInt64], [false, true])
    func `the table of a source topic goes on from the disk, however runs end`(_ seed: UInt64, _ isHard: Bool) async throws {
        try await withTimeLimit {
            let (inputs, expected) = SourceChangelogTests.inputs(seed: seed)
            let (directory, state) = (TemporaryDirectory(), TemporaryDirectory())
            try await StreamsCluster.run(in: directory) { cluster in
                try await SourceChangelogTests.createTopics(cluster, partitions: 2)
                try await cluster.produce(inputs)
            }
            for after in [500, 700] {
                try await StreamsCluster.run(in: directory) { cluster in
                    let (trigger, log) = (Trigger(after: after), EventLog())
                    try await cluster.cancel(
                        SourceChangelogTests.topology(trigger: trigger),
                        Self.configuration(.exactlyOnce, state, dies: true, log: log)
                    ) {
                        await trigger.wait()
                        if isHard { cluster.crash() }
                    }
                    #expect(Self.wordsAboutState(log) == [])
                    if isHard { throw StreamsCluster.Crash() }
                }
            }
            let log = EventLog()
            let results = try await StreamsCluster.run(in: directory) { cluster in
                // Once to its end, and once more from there.
                for log in [EventLog(), log] {
                    try await cluster.run(
                        SourceChangelogTests.topology(), Self.configuration(.exactlyOnce, state, log: log))
                }
                return try await SourceChangelogTests.results(cluster)
            }
            #expect(results?.sorted() == expected.sorted())
            #expect(log.events.count { if case .loaded(_, "users", let count) = $0 { count > 0 } else { false } } == 2)
            #expect(!log.events.contains { if case .restored(_, "users", let count) = $0 { count > 0 } else { false } })
            #expect(Self.wordsAboutState(log) == [])
        }
    }

    @Test func `a changelog that was made anew has the rows on disk removed`() async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(3000, seed: 9))
                try await cluster.run(Counting.topology(), Self.configuration(.atLeastOnce, state))
                try await cluster.admin.deleteTopics(["app-counts-changelog"])
                let records = Counting.records(100, seed: 10)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Self.configuration(.atLeastOnce, state, log: log))
                let table = try await cluster.table("out", .string, .int64)
                #expect(Counting.expected(records).allSatisfy { table[$0.key] == $0.value })
            }
        }
        #expect(log.warnings.count { $0.contains("on disk are removed") && $0.contains("app-counts-changelog") } == 2)
    }

    @Test func `a store moves to the disk and back`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(1000, seed: 9)
                var all: [StreamsCluster.Input] = []
                for engine in [.memory, .rocksDB, .memory, .rocksDB] as [StoreEngine] {
                    all += records
                    try await cluster.produce(records)
                    let log = EventLog()
                    var configuration = Self.configuration(.exactlyOnce, state, log: log)
                    configuration.defaultStore = engine
                    try await cluster.run(Counting.topology(), configuration)
                    let table = try await cluster.table("out", .string, .int64)
                    #expect(table == Counting.expected(all))
                    #expect(Self.wordsAboutState(log) == [])
                }
            }
        }
    }

    @Test func `without a state directory an application does not start, and names the store`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let builder = StreamsBuilder()
                let input: KTable<String, String> = builder.table("in", .as("rows").store(.rocksDB))
                input.toStream().to("out")
                let error = await cluster.failure(of: try builder.build(), Counting.configuration(.exactlyOnce))
                #expect(error?.code == .configuration)
                #expect(error?.message.contains("rows") == true && error?.message.contains("--state-dir") == true)
            }
        }
    }

    @Test func `a kind of store that is kept in memory only is refused by name`() {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        let global: GlobalKTable<String, String> = builder.globalTable("all", .as("rows").store(.rocksDB))
        stream.join(global, lookUp: { key, _ in key }) { (_, value: String, _: String) in value }.to("out")
        let error = #expect(throws: StreamsError.self) { try builder.build() }
        #expect(error?.message.contains("the store rows is of a kind that keeps its rows in memory only") == true)
    }
}
