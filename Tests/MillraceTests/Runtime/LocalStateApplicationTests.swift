import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct LocalStateApplicationTests {
    static func configuration(
        _ guarantee: ProcessingGuarantee, _ state: TemporaryDirectory, exitsWhenIdle: Bool = true, dies: Bool = false,
        log: EventLog? = nil
    ) -> StreamsConfiguration {
        var configuration =
            dies
            ? Counting.dying(guarantee, commitInterval: .milliseconds(5), log: log)
            : Counting.configuration(guarantee, exitsWhenIdle: exitsWhenIdle, log: log)
        configuration.stateDirectory = state.path
        // What is to be cut off may be done before.
        if dies { configuration.exitsWhenIdle = true }
        return configuration
    }

    /// The records of the counts' changelog that were read, by task.
    static func restored(_ log: EventLog) -> Int64 {
        log.events.reduce(0) { if case .restored(_, "counts", let records) = $1 { $0 + records } else { $0 } }
    }

    static func loaded(_ log: EventLog) -> [TaskID] {
        log.events.compactMap { if case .loaded(let task, "counts", _) = $0 { task } else { nil } }.sorted()
    }

    static let tasks = [TaskID(subTopology: 1, partition: 0), TaskID(subTopology: 1, partition: 1)]

    /// Counts, does `damage`, and counts again.
    func runTwice(
        _ guarantee: ProcessingGuarantee,
        _ damage: @escaping @Sendable (StreamsCluster, TemporaryDirectory) async throws -> Void = { _, _ in }
    ) async throws -> EventLog {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(3000, seed: 9)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Self.configuration(guarantee, state))
                try await damage(cluster, state)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Self.configuration(guarantee, state, log: log))
                let table = try await cluster.table("out", .string, .int64)
                #expect(table == Counting.expected(records + records))
            }
        }
        return log
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a start takes rows from local state, and nothing from the changelog`(_ guarantee: ProcessingGuarantee)
        async throws
    {
        let log = try await runTwice(guarantee)
        #expect(Self.loaded(log) == Self.tasks)
        #expect(Self.restored(log) == 0 && log.warnings.filter { $0.contains("local state") } == [])
    }

    @Test func `what another instance has written since comes from the changelog`() async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let (state, other) = (TemporaryDirectory(), TemporaryDirectory())
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(3000, seed: 9)
                for (directory, log) in [(state, nil), (other, nil), (state, log)] as [(TemporaryDirectory, EventLog?)] {
                    try await cluster.produce(records)
                    try await cluster.run(
                        Counting.topology(), Self.configuration(.exactlyOnce, directory, log: log))
                }
                let table = try await cluster.table("out", .string, .int64)
                #expect(table == Counting.expected(records + records + records))
            }
        }
        #expect(Self.loaded(log) == Self.tasks && Self.restored(log) > 0)
    }

    @Test func `a restore that is cut off goes on where it was`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 1, "out": 1])
                let builder = StreamsBuilder()
                let input: KTable<String, String> = builder.table("in", .as("rows"))
                input.toStream().to("out")
                let topology = try builder.build()
                let value = Bytes(repeatElement(UInt8(ascii: "x"), count: 32 << 10))
                try await cluster.produce((0..<1000).map { .init(partition: 0, key: Bytes(utf8: "\($0)"), value: value) })
                try await cluster.run(topology, Counting.configuration(.atLeastOnce))
                let trigger = Trigger(after: 1)
                var dying = Self.configuration(.atLeastOnce, state, dies: true)
                dying.observer = {
                    if case .restoring(_, _, let records, _) = $0, records >= 800 { trigger.pull() }
                }
                try await cluster.cancel(topology, dying) { await trigger.wait() }
                let log = EventLog()
                try await cluster.run(topology, Self.configuration(.atLeastOnce, state, log: log))
                let loaded = log.events.compactMap { if case .loaded(_, "rows", let records) = $0 { records } else { nil } }
                #expect(loaded.count == 1 && (512...1000 as ClosedRange<Int64>).contains(loaded[0]))
                let restored: Int64 = log.events.reduce(0) { if case .restored(_, "rows", let records) = $1 { $0 + records } else { $0 } }
                #expect(loaded.reduce(0, +) + restored == 1000)
            }
        }
    }

    @Test(arguments: [11, 12, 13] as [UInt64], ProcessingGuarantee.allCases)
    func `runs that are cut off anywhere go on from local state`(_ seed: UInt64, _ guarantee: ProcessingGuarantee)
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
                    #expect(log.warnings.filter { $0.contains("local state") } == [])
                }
                let log = EventLog()
                try await cluster.run(Counting.topology(), Self.configuration(guarantee, state, log: log))
                #expect(log.warnings.filter { $0.contains("local state") } == [])
                let table = try await cluster.table("out", .string, .int64)
                let expected = Counting.expected(records)
                if guarantee == .exactlyOnce { #expect(table == expected) }
                #expect(table.keys.sorted() == expected.keys.sorted())
                for (key, count) in table { #expect(Int(count) ?? 0 >= Int(expected[key] ?? "") ?? .max) }
            }
        }
    }

    @Test(arguments: [21, 22] as [UInt64])
    func `a crash of broker and application goes on from local state`(_ seed: UInt64) async throws {
        try await withTimeLimit {
            let (directory, state) = (TemporaryDirectory(), TemporaryDirectory())
            let records = Counting.records(20_000, seed: seed)
            try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(records)
            }
            var random = SeededRandom(seed: seed)
            for _ in 0..<3 {
                let trigger = Trigger(after: Int.random(in: 1...6000, using: &random))
                try await StreamsCluster.run(in: directory) { cluster in
                    try await cluster.cancel(
                        Counting.topology(trigger), Self.configuration(.exactlyOnce, state, dies: true)
                    ) {
                        await trigger.wait()
                        cluster.crash()
                    }
                    throw StreamsCluster.Crash()
                }
            }
            let log = EventLog()
            let table = try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.run(Counting.topology(), Self.configuration(.exactlyOnce, state, log: log))
                return try await cluster.table("out", .string, .int64)
            }
            #expect(table == Counting.expected(records))
            #expect(log.warnings.filter { $0.contains("local state") } == [])
        }
    }

    @Test func `a changelog that was made anew has local state set aside`() async throws {
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
                // What was lost counts no more.
                #expect(Counting.expected(records).allSatisfy { table[$0.key] == $0.value })
            }
        }
        #expect(Self.loaded(log) == [])
        #expect(log.warnings.count { $0.contains("set aside") && $0.contains("app-counts-changelog") } == 2)
    }

    @Test func `damaged files give what is whole, and the changelog the rest`() async throws {
        let log = try await runTwice(.exactlyOnce) { _, state in
            for partition in 0..<2 {
                let path = "\(state.path)/app/1_\(partition)/counts"
                let files = SystemFiles()
                let name = try #require(try files.names(in: path).first)
                let file = try files.open("\(path)/\(name)", for: .writing)
                var byte: [UInt8] = [0]
                let place = try file.size() / 2
                try #require(try byte.withUnsafeMutableBytes { try file.read(into: $0, at: place) } == 1)
                byte[0] ^= 0x10
                try byte.withUnsafeBytes { try file.write($0, at: place) }
            }
        }
        #expect(log.warnings.count { $0.contains("is damaged in") } == 2)
        #expect(Self.restored(log) > 0)
    }

    @Test func `a state directory that cannot be made is told, and done without`() async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(100, seed: 9)
                try await cluster.produce(records)
                var configuration = Self.configuration(.exactlyOnce, state, log: log)
                configuration.stateDirectory = "/dev/null/state"
                try await cluster.run(Counting.topology(), configuration)
                let table = try await cluster.table("out", .string, .int64)
                #expect(table == Counting.expected(records))
            }
        }
        #expect(log.warnings.count { $0.contains("no local state can be kept") && $0.contains("/dev/null/state") } == 1)
    }

    @Test func `a second application in the same directory is refused, and the directory is named`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(100, seed: 9))
                let log = EventLog()
                try await cluster.run(
                    Counting.topology(), Self.configuration(.exactlyOnce, state, exitsWhenIdle: false, log: log)
                ) {
                    await log.waitForCommits()
                    let error = await cluster.failure(
                        of: try Counting.topology(), Self.configuration(.exactlyOnce, state))
                    #expect(error?.code == .configuration)
                    #expect(error?.message.contains("\(state.path)/app") == true)
                }
                // And then it is free.
                try await cluster.run(Counting.topology(), Self.configuration(.exactlyOnce, state))
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a global table keeps local state, and goes on with its topic from there`(_ guarantee: ProcessingGuarantee)
        async throws
    {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["in": 2, "out": 1, "names": 3])
                let names = (0..<300).map { GlobalTableTests.name("k\($0)", "name \($0)") }
                try await cluster.produce(names)
                for round in 0..<3 {
                    let log = EventLog()
                    let renamed = GlobalTableTests.name("k\(round)", "renamed")
                    let gone = StreamsCluster.Input(topic: "names", key: Bytes(utf8: "k\(100 + round)"), value: nil)
                    try await cluster.produce([renamed, gone])
                    try await cluster.produce((0..<300).map { GlobalTableTests.visit(round * 1000 + $0, "k\($0)") })
                    try await cluster.run(GlobalTableTests.topology(), Self.configuration(guarantee, state, log: log))
                    let table = try await cluster.table("out", .string, .string)
                    for number in 0..<300 {
                        let expected =
                            number <= round ? "renamed" : 100...100 + round ~= number ? "?" : "name \(number)"
                        #expect(table["\(round * 1000 + number)"] == expected)
                    }
                    let loaded = log.events.compactMap { if case .loaded(_, _, let records) = $0 { records } else { nil } }
                    #expect(loaded == (round == 0 ? [] : [Int64(300 + 2 * round)]))
                    #expect(log.warnings.filter { $0.contains("local state") } == [])
                }
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `the table of a source topic keeps local state too`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let state = TemporaryDirectory()
                try await cluster.createTopics(["users": 1, "clicks": 1, "out": 1])
                func run(_ log: EventLog? = nil) async throws {
                    let builder = StreamsBuilder()
                    let users: KTable<String, String> = builder.table("users", .as("users"))
                    let clicks: KStream<String, String> = builder.stream("clicks")
                    clicks.join(users) { _, click, user in "\(click)-\(user)" }.to("out")
                    try await cluster.run(
                        builder.build(.reuseTableSourceTopics), Self.configuration(guarantee, state, log: log))
                }
                func produce(_ topic: String, _ key: String, _ value: String?, _ time: Int64) async throws {
                    try await cluster.produce([
                        StreamsCluster.Input(
                            topic: topic, key: Bytes(utf8: key), value: value.map { Bytes(utf8: $0) }, time: time)
                    ])
                }
                for number in 0..<50 as Range<Int64> {
                    try await produce("users", "u\(number % 5)", number % 7 == 0 ? nil : "n\(number)", number)
                }
                try await run()
                let log = EventLog()
                try await produce("users", "u1", "new", 60)
                for number in 0..<5 as Range<Int64> { try await produce("clicks", "u\(number)", "c", 100 + number) }
                try await run(log)
                #expect(
                    try await cluster.table("out", .string, .string) == [
                        "u0": "c-n45", "u1": "c-new", "u2": "c-n47", "u3": "c-n48",
                    ])
                #expect(log.events.contains { if case .loaded(_, "users", let records) = $0 { records >= 4 } else { false } })
                #expect(!log.events.contains { if case .restored = $0 { true } else { false } })
                #expect(log.warnings.filter { $0.contains("local state") } == [])
            }
        }
    }
}
