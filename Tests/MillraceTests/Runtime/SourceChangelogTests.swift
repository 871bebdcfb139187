import KafkaClient
import KafkaProtocol
import MillraceTesting
import Testing

@testable import Millrace

/// Under optimization the topic of a source table serves as the changelog of its store.
@Suite struct SourceChangelogTests {
    typealias Stream = KStream<String, String>
    typealias Table = KTable<String, String>
    typealias Input = StreamsCluster.Input

    /// Clicks with the row that the user has then.
    static func topology(
        _ optimization: TopologyOptimization = .all, reset: Millrace.OffsetReset? = nil, trigger: Trigger? = nil
    ) throws -> Topology {
        let builder = StreamsBuilder()
        let clicks: Stream = builder.stream("clicks")
        let users: Table = builder.table("users", Consumed(reset: reset), .as("users"))
        clicks.leftJoin(users) { (_, click: String, user: String?) in "\(click) \(user ?? "-")" }
            .peek { _, _ in trigger?.pull() }
            .to("out")
        return try builder.build(optimization)
    }

    static func input(_ topic: String, _ key: String, _ value: String?, _ time: Int64) -> Input {
        Input(topic: topic, key: Bytes(utf8: key), value: value.map { Bytes(utf8: $0) }, time: time)
    }

    static func results(_ cluster: StreamsCluster) async throws -> [String] {
        try await cluster.read("out").map { "\($0.key?.string ?? "null")=\($0.value?.string ?? "null")@\($0.time)" }
    }

    static func createTopics(_ cluster: StreamsCluster, partitions: Int32 = 1) async throws {
        try await cluster.createTopics(["clicks": partitions, "users": partitions, "out": partitions])
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `the store has no topic of its own and is restored from the source, deletions included`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await Self.createTopics(cluster)
                try await cluster.produce([
                    Self.input("users", "a", "Ann", 1), Self.input("users", "b", "Bob", 2),
                    Self.input("users", "a", "Anna", 3), Self.input("users", "b", nil, 4),
                    Self.input("clicks", "a", "1", 10),
                ])
                try await cluster.run(Self.topology(), Counting.configuration(guarantee))
                try await cluster.produce([Self.input("clicks", "a", "2", 11), Self.input("clicks", "b", "3", 12)])
                let log = EventLog()
                try await cluster.run(Self.topology(), Counting.configuration(guarantee, log: log))
                #expect(try await Self.results(cluster) == ["a=1 Anna@10", "a=2 Anna@11", "b=3 -@12"])
                #expect(!log.events.contains { if case .createdTopics = $0 { true } else { false } })
                let restored = log.events.compactMap { if case .restored(_, "users", let count) = $0 { count } else { nil } }
                #expect(restored == [4])
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `what is not committed is processed in its turn, not restored`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await Self.createTopics(cluster)
                try await cluster.produce([Self.input("users", "a", "Ann", 1)])
                try await cluster.run(Self.topology(), Counting.configuration(guarantee))
                try await cluster.produce([
                    Self.input("users", "a", "Anna", 20), Self.input("clicks", "a", "1", 10),
                    Self.input("clicks", "a", "2", 30),
                ])
                try await cluster.run(Self.topology(), Counting.configuration(guarantee))
                #expect(try await Self.results(cluster) == ["a=1 Ann@10", "a=2 Anna@30"])
            }
        }
    }

    @Test func `a partition without a committed offset begins with an empty store`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await Self.createTopics(cluster)
                try await cluster.produce([Self.input("users", "a", "Ann", 1), Self.input("clicks", "a", "1", 10)])
                try await cluster.run(Self.topology(reset: .latest), Counting.configuration(.exactlyOnce))
                #expect(try await Self.results(cluster) == ["a=1 -@10"])
            }
        }
    }

    @Test func `rows keep the times that the extractor gave them`() async throws {
        @Sendable func topology() throws -> Topology {
            let builder = StreamsBuilder()
            let times = TimestampExtractor<String, String> { record, _ in Int64(record.value ?? "") ?? -1 }
            let left: Table = builder.table("clicks", .as("left"))
            let right: Table = builder.table("users", Consumed(timestamp: times), .as("right"))
            left.join(right) { (_, mine: String, theirs: String) in "\(mine) \(theirs)" }.toStream().to("out")
            return try builder.build(.all)
        }
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await Self.createTopics(cluster)
                // A record with a negative time is dropped, then and when the store is restored.
                try await cluster.produce([
                    Self.input("users", "a", "500", 1), Self.input("users", "b", "600", 2),
                    Self.input("users", "b", "none", 3),
                ])
                try await cluster.run(topology(), Counting.configuration(.atLeastOnce))
                try await cluster.produce([Self.input("clicks", "a", "1", 10), Self.input("clicks", "b", "2", 700)])
                try await cluster.run(topology(), Counting.configuration(.atLeastOnce))
                #expect(try await Self.results(cluster) == ["a=1 500@500", "b=2 600@700"])
            }
        }
    }

    /// Changes of users and clicks at random, and what the clicks come to.
    static func inputs(seed: UInt64) -> (inputs: [Input], results: [String]) {
        var random = SeededRandom(seed: seed)
        let inputs = (0..<6000).map { number -> Input in
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            return Bool.random(using: &random)
                ? input("users", key, number % 9 == 0 ? nil : "u\(number)", Int64(number))
                : input("clicks", key, "c\(number)", Int64(number))
        }
        var rows: [String: String] = [:]
        var results: [String] = []
        for input in inputs {
            let (key, value) = (input.key?.string ?? "", input.value?.string)
            if input.topic == "users" {
                rows[key] = value
            } else {
                results.append("\(key)=\(value ?? "") \(rows[key] ?? "-")@\(input.time)")
            }
        }
        return (inputs, results)
    }

    @Test(arguments: [61, 62] as [UInt64], [false, true])
    func `crashes in exactly-once mode leave no trace in the results`(_ seed: UInt64, _ isHard: Bool) async throws {
        try await withTimeLimit {
            let (inputs, expected) = Self.inputs(seed: seed)
            let directory = TemporaryDirectory()
            try await StreamsCluster.run(in: directory) { cluster in
                try await Self.createTopics(cluster, partitions: 2)
                try await cluster.produce(inputs)
            }
            for after in [500, 700] {
                try await StreamsCluster.run(in: directory) { cluster in
                    let trigger = Trigger(after: after)
                    try await cluster.cancel(
                        Self.topology(trigger: trigger), Counting.dying(.exactlyOnce, commitInterval: .zero)
                    ) {
                        await trigger.wait()
                        if isHard { cluster.crash() }
                    }
                    if isHard { throw StreamsCluster.Crash() }
                }
            }
            let results = try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.run(Self.topology(), Counting.configuration(.exactlyOnce))
                return try await Self.results(cluster)
            }
            #expect(results?.sorted() == expected.sorted())
        }
    }

    @Test func `only stores of source tables without history are restored from a topic`() throws {
        let builder = StreamsBuilder()
        let plain: Table = builder.table("plain", .as("plain"))
        var unloggedStore: Materialized<String, String> = .as("unlogged")
        unloggedStore.changelog.isEnabled = false
        let unlogged: Table = builder.table("unlogged", unloggedStore)
        let versioned: Table = builder.table("versioned", .versioned("versioned", historyRetention: .seconds(1)))
        let unstored: Table = builder.table("unstored")
        let stream: Stream = builder.stream("stream")
        let made = stream.toTable(.as("made"))
        for table in [plain, unlogged, versioned, unstored, made] {
            table.mapValues(.as("\(table.node)-derived")) { (value: String) in value }.toStream().to("out")
        }
        let topology = try builder.build(.reuseTableSourceTopics)
        let sources = topology.stores.compactMapValues { $0.sourceTopic?.name }
        #expect(sources == ["plain": "plain", "unlogged": "unlogged"])
        #expect(
            topology.stores.filter(\.value.isLogged).keys.sorted().filter { !$0.hasSuffix("-derived") } == [
                "made", "versioned",
            ])
        #expect(try builder.build().stores.values.allSatisfy { $0.sourceTopic == nil })
        let plan = try TopicPlan(
            TaskBlueprint(topology, applicationID: "app"),
            existing: ["plain": 1, "unlogged": 1, "versioned": 1, "unstored": 1, "stream": 1, "out": 1])
        #expect(!plan.internalTopics.map(\.name).contains("app-plain-changelog"))
        #expect(plan.internalTopics.map(\.name).contains("app-versioned-changelog"))
    }

    @Test(arguments: [0, 10000])
    func `a test driver restores them from what was piped in`(_ cacheBytes: Int) throws {
        let drivers = try (0..<2).map { _ in try TopologyTestDriver(Self.topology(), cacheBytes: cacheBytes) }
        var random = SeededRandom(seed: 5)
        for number in 0..<200 {
            let key = Int.random(in: 0..<9, using: &random) == 0 ? nil : "k\(Int.random(in: 0..<5, using: &random))"
            let isUser = Bool.random(using: &random)
            for (place, driver) in drivers.enumerated() {
                try driver.pipe(
                    isUser ? "users" : "clicks", key, isUser && number % 4 == 0 ? nil : "v\(number)", at: Int64(number))
                if place == 1 { try driver.restart() }
            }
        }
        let results = try drivers.map { try $0.texts("out", Serde<String>.string, Serde<String>.string) }
        #expect(results[0] == results[1] && results[0].count > 80)
        #expect(!drivers[1].producedTopicNames.contains { $0.hasSuffix("-changelog") })
    }
}
