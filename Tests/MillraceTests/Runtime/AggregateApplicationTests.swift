import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Aggregates, suppression and schedules in a running application, over restarts.
@Suite struct AggregateApplicationTests {
    typealias Stream = KStream<String, String>

    func expectSame(
        _ guarantee: ProcessingGuarantee, _ comparison: ApplicationComparison, _ inputs: [StreamsCluster.Input],
        atLeast count: Int
    ) async throws {
        try await withTimeLimit {
            let expected = try comparison.expected(inputs)
            #expect(expected.count >= count)
            #expect(try await comparison.results(guarantee, inputs) == expected)
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `sessions grow and merge over restarts`(_ guarantee: ProcessingGuarantee) async throws {
        let comparison = ApplicationComparison(topics: ["in"], runs: 6) { builder in
            let stream: Stream = builder.stream("in")
            stream.groupByKey()
                .windowedBy(SessionWindows.gap(.milliseconds(25), grace: .seconds(3600)))
                .count(.as("n"))
                .toStream { key, _ in key.map { "\($0)" } }
                .mapValues { (count: Int64?) in count.map { "\($0)" } }
                .to("out")
        }
        // Out of order, so that a record joins two sessions.
        try await expectSame(guarantee, comparison, comparison.inputs(300, seed: 1, disorder: 60), atLeast: 300)
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `cogroups take in their inputs over restarts`(_ guarantee: ProcessingGuarantee) async throws {
        let comparison = ApplicationComparison(topics: ["a", "b"], runs: 5) { builder in
            let first: Stream = builder.stream("a")
            let second: Stream = builder.stream("b")
            first.groupByKey()
                .cogroup { (_, value: String, all: String) in String((all + value).suffix(12)) }
                .cogroup(second.groupByKey()) { _, value, all in String((value + all).prefix(12)) }
                .aggregate("", .as("all"))
                .toStream().to("out")
        }
        try await expectSame(guarantee, comparison, comparison.inputs(300, seed: 2), atLeast: 250)
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `windows that have closed leave once, over restarts`(_ guarantee: ProcessingGuarantee) async throws {
        let comparison = ApplicationComparison(topics: ["in"], runs: 6) { builder in
            let stream: Stream = builder.stream("in")
            stream.groupByKey()
                .windowedBy(SlidingWindows.difference(.milliseconds(30), grace: .milliseconds(10)))
                .count(.as("n"))
                .suppress(.untilWindowCloses())
                .toStream { key, _ in key.map { "\($0)" } }
                .mapValues { (count: Int64?) in count.map { "\($0)" } }
                .to("out")
        }
        try await expectSame(guarantee, comparison, comparison.inputs(300, seed: 3), atLeast: 300)
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `updates wait for a time limit over restarts`(_ guarantee: ProcessingGuarantee) async throws {
        // Each partition has a time of its own, so there is one as in the test driver.
        let comparison = ApplicationComparison(topics: ["in"], partitions: 1, runs: 7) { builder in
            let table: KTable<String, String> = builder.table("in", .as("rows"))
            table.suppress(.untilTimeLimit(.milliseconds(40), SuppressionBuffer(maxRecords: 5))).toStream().to("out")
        }
        try await expectSame(guarantee, comparison, comparison.inputs(300, seed: 4, nulls: true), atLeast: 60)
    }

    /// Counts per key in windows of a second, of which so many may wait.
    static func held(_ maxRecords: Int) throws -> Topology {
        let builder = StreamsBuilder()
        let stream: Stream = builder.stream("in")
        stream.groupByKey()
            .windowedBy(TimeWindows.tumbling(.seconds(1), grace: .zero))
            .count(.as("n"))
            .suppress(.untilWindowCloses(SuppressionBuffer(maxRecords: maxRecords, whenFull: .shutDown), name: "hold"))
            .toStream { key, _ in key.map { "\($0)" } }
            .mapValues { (count: Int64?) in count.map { "\($0)" } }
            .to("out")
        return try builder.build()
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a full buffer ends the application, and a larger one goes on where it stopped`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                func records(_ range: Range<Int>) -> [StreamsCluster.Input] {
                    range.map {
                        .init(key: Bytes(utf8: "k\($0 % 20)"), value: Bytes(utf8: "v"), time: Int64($0))
                    }
                }
                try await cluster.produce(records(0..<8))
                try await cluster.run(Self.held(10), Counting.configuration(guarantee))
                try await cluster.produce(records(8..<300))
                for _ in 0..<2 {
                    let error = await cluster.failure(of: try Self.held(10), Counting.configuration(guarantee))
                    #expect(error?.code == .processing)
                    #expect(error?.message.contains("hold") == true)
                }
                #expect(try await cluster.read("out").isEmpty)
                try await cluster.produce([.init(key: Bytes(utf8: "last"), value: Bytes(utf8: "v"), time: 5000)])
                try await cluster.run(Self.held(100), Counting.configuration(guarantee))
                let results = try await cluster.read("out").map { "\($0.key?.string ?? "")=\($0.value?.string ?? "")" }
                #expect(results.sorted() == (0..<20).map { "k\($0)@0/1000=15" }.sorted())
            }
        }
    }

    /// Says on a schedule by the wall clock how many records there were.
    struct Totals: Processor {
        let expected: Int64
        let trigger: Trigger
        var totals: StateTable<String, Int64>?

        mutating func start(_ context: ProcessorContext<String, String>) throws {
            let totals: StateTable<String, Int64> = try context.keyValueStore("totals")
            self.totals = totals
            try context.schedule(every: .milliseconds(1), by: .wallClock) { [expected, trigger] _ in
                let total = totals.get("all") ?? 0
                try context.forward(Record(key: "all", value: "\(total)", timestamp: 0))
                if total == expected { trigger.pull() }
            }
        }

        mutating func process(
            _ record: Record<String, String>, _ context: ProcessorContext<String, String>
        ) throws {
            try totals?.put("all", (totals?.get("all") ?? 0) + 1)
        }

        static func topology(_ expected: Int64, _ trigger: Trigger) throws -> Topology {
            let builder = StreamsBuilder()
            let stream: Stream = builder.stream("in")
            stream.process(stores: [.keyValue("totals", key: .string, value: .int64)]) {
                Totals(expected: expected, trigger: trigger)
            }.to("out")
            return try builder.build()
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a schedule by the wall clock fires without records, and again in the next instance`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                var seen = 0
                for (run, total) in [10, 10, 25].enumerated() as EnumeratedSequence<[Int64]> {
                    let inputs = (0..<[10, 0, 15][run]).map {
                        StreamsCluster.Input(key: Bytes(utf8: "k\($0)"), value: Bytes(utf8: "v"), time: Int64($0))
                    }
                    try await cluster.produce(inputs)
                    let trigger = Trigger(after: 3)
                    try await cluster.run(
                        Totals.topology(total, trigger), Counting.configuration(guarantee, exitsWhenIdle: false)
                    ) { await trigger.wait() }
                    let results = try await cluster.read("out").map { $0.value?.string ?? "" }
                    #expect(results.dropFirst(seen).filter { $0 == "\(total)" }.count >= 3)
                    // The store was whole when the schedule began.
                    #expect(results.dropFirst(seen).allSatisfy { run == 0 || (Int64($0) ?? 0) >= 10 })
                    seen = results.count
                }
            }
        }
    }
}
