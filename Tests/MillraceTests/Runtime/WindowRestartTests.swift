import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct WindowRestartTests {
    static func topology(_ trigger: Trigger? = nil) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.peek { _, _ in trigger?.pull() }
            .groupByKey()
            .windowedBy(TimeWindows.tumbling(.milliseconds(100), grace: .milliseconds(50)))
            .count(.as("counts"))
            .suppress(.untilWindowCloses(name: "final"))
            .toStream()
            .to("out")
        return try builder.build()
    }

    static func records(_ count: Int) -> [StreamsCluster.Input] {
        (0..<count).map {
            StreamsCluster.Input(key: Bytes(utf8: "k\($0 % 3)"), value: Bytes(utf8: "v"), time: Int64($0))
        }
    }

    static func results(_ cluster: StreamsCluster) async throws -> [String] {
        let key = Serde<Windowed<String>>.timeWindowed(.string, size: 100)
        return try await cluster.read("out").map { record in
            let window = try key.decode(record.key ?? Bytes())
            let count = try Serde<Int64>.int64.decode(record.value ?? Bytes())
            return "\(window)=\(count)"
        }
    }

    /// What an undisturbed run sends.
    static func undisturbed(_ records: [StreamsCluster.Input]) async throws -> [String] {
        try await StreamsCluster.run { cluster in
            try await cluster.createTopics(["in": 1, "out": 1])
            try await cluster.produce(records)
            try await cluster.run(topology(), Counting.configuration(.exactlyOnce))
            return try await results(cluster)
        } ?? []
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `suppressed results are neither lost nor doubled over clean restarts`(_ guarantee: ProcessingGuarantee)
        async throws
    {
        try await withTimeLimit {
            let records = Self.records(2000)
            let expected = try await Self.undisturbed(records)
            #expect(expected.count == 3 * 19 && Set(expected).count == expected.count)
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                for start in stride(from: 0, to: records.count, by: 450) {
                    try await cluster.produce(Array(records[start..<min(start + 450, records.count)]))
                    try await cluster.run(Self.topology(), Counting.configuration(guarantee))
                }
                #expect(try await Self.results(cluster) == expected)
            }
        }
    }

    @Test(arguments: [41, 42] as [UInt64])
    func `suppressed results are neither lost nor doubled over crashes in exactly-once mode`(_ seed: UInt64)
        async throws
    {
        try await withTimeLimit {
            let records = Self.records(12_000)
            let expected = try await Self.undisturbed(records)
            let directory = TemporaryDirectory()
            try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                try await cluster.produce(records)
            }
            var random = SeededRandom(seed: seed)
            for _ in 0..<3 {
                let trigger = Trigger(after: Int.random(in: 500...4000, using: &random))
                try await StreamsCluster.run(in: directory) { cluster in
                    try await cluster.cancel(
                        Self.topology(trigger), Counting.dying(.exactlyOnce, commitInterval: .zero)
                    ) {
                        await trigger.wait()
                        cluster.crash()
                    }
                    throw StreamsCluster.Crash()
                }
            }
            let results = try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.run(Self.topology(), Counting.configuration(.exactlyOnce))
                return try await Self.results(cluster)
            }
            #expect(results == expected)
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `late records stay late after a restart`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                try await cluster.produce(Self.records(500))
                try await cluster.run(Self.topology(), Counting.configuration(guarantee))
                // The window of 300 ends at 400 and closes at 450; that of 400 is open still.
                try await cluster.produce([
                    .init(key: Bytes(utf8: "late"), value: Bytes(utf8: "v"), time: 310),
                    .init(key: Bytes(utf8: "early"), value: Bytes(utf8: "v"), time: 410),
                    .init(key: Bytes(utf8: "end"), value: Bytes(utf8: "v"), time: 1000),
                ])
                let log = EventLog()
                try await cluster.run(Self.topology(), Counting.configuration(guarantee, log: log))
                let results = try await Self.results(cluster)
                #expect(!results.contains { $0.hasPrefix("late@") })
                #expect(results.contains("early@400/500=1"))
                let dropped = log.events.compactMap {
                    if case .closed(_, let totals) = $0 { totals.dropped.total } else { nil }
                }
                #expect(dropped.reduce(0, +) == 1)
            }
        }
    }
}
