import KafkaClient
import KafkaProtocol
import Testing

@testable import KafkaBroker
@testable import Millrace

/// Processors, global stores and chosen topics in a running application.
@Suite struct ProcessorRuntimeTests {
    static func input(_ count: Int, groups: Int) -> [StreamsCluster.Input] {
        (0..<count).map { number in
            .init(
                partition: Int32(number % 2), key: Bytes(utf8: "k\(number % 10)"),
                value: Bytes(utf8: "\(number % groups) \(number)"), time: Int64(number))
        }
    }

    /// Sends each record to the topic that its value begins with.
    static func choosing(_ trigger: Trigger? = nil) throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.peek { _, _ in trigger?.pull() }
            .to(Produced(name: "chooser")) { record, _ in "out-\(record.value?.split(separator: " ").first ?? "none")" }
        return try builder.build()
    }

    /// All that is in the chosen topics: the values of each key in order.
    static func written(_ cluster: StreamsCluster, groups: Int) async throws -> [String: [Int]] {
        var found: [String: [Int]] = [:]
        for group in 0..<groups {
            for record in try await cluster.read("out-\(group)") {
                let words = record.value?.string.split(separator: " ") ?? []
                #expect(words.first == "\(group)")
                found["\(group) \(record.key?.string ?? "")", default: []].append(Int(words.last ?? "") ?? -1)
            }
        }
        return found
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `topics chosen at run time are made, and get every record in order`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2])
                let records = Self.input(5000, groups: 7)
                try await cluster.produce(records)
                var configuration = Counting.configuration(guarantee)
                configuration.missingTopics = .create(partitions: 3)
                try await cluster.run(Self.choosing(), configuration)
                let written = try await Self.written(cluster, groups: 7)
                let expected = Dictionary(grouping: 0..<5000) { "\($0 % 7) k\($0 % 10)" }
                // A key comes from one partition here, so that its order is that of the input.
                #expect(written == expected)
                #expect(try await cluster.client.partitions(of: "out-0").count == 3)
            }
        }
    }

    @Test func `a stop in the middle and a crash lose and repeat nothing with exactly once`() async throws {
        try await withTimeLimit {
            let directory = TemporaryDirectory()
            let records = Self.input(20_000, groups: 5)
            var dying = Counting.dying(.exactlyOnce)
            dying.missingTopics = .create(partitions: 2)
            let configuration = dying
            try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.createTopics(["in": 2])
                try await cluster.produce(records)
                let trigger = Trigger(after: 3000)
                try await cluster.run(Self.choosing(trigger), configuration) { await trigger.wait() }
            }
            try await StreamsCluster.run(in: directory) { cluster in
                let trigger = Trigger(after: 3000)
                try await cluster.cancel(Self.choosing(trigger), configuration) {
                    await trigger.wait()
                    cluster.crash()
                }
                throw StreamsCluster.Crash()
            }
            try await StreamsCluster.run(in: directory) { cluster in
                var last = Counting.configuration(.exactlyOnce)
                last.missingTopics = .create(partitions: 2)
                try await cluster.run(Self.choosing(), last)
                let written = try await Self.written(cluster, groups: 5)
                #expect(written == Dictionary(grouping: 0..<20_000) { "\($0 % 5) k\($0 % 10)" })
            }
        }
    }

    @Test func `a chosen topic that is not there is an error that names it and the step`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2])
                try await cluster.produce(Self.input(10, groups: 1))
                let error = await cluster.failure(of: try Self.choosing(), Counting.configuration(.atLeastOnce))
                #expect(error?.code == .missingTopic)
                #expect(
                    error?.message.contains("step chooser chose the topic out-0") == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test func `a global store is restored through its processor before the first record`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1, "texts": 3])
                try await cluster.produce(
                    (0..<300).map {
                        .init(
                            topic: "texts", key: Bytes(utf8: "k\($0)"),
                            value: Bytes(utf8: String(repeating: "x", count: $0)))
                    })
                try await cluster.produce(
                    (0..<300).map { .init(key: Bytes(utf8: "\($0)"), value: Bytes(utf8: "k\($0)")) })
                for _ in 0..<2 {
                    try await cluster.run(try GlobalStoreTests.topology(), Counting.configuration(.atLeastOnce))
                }
                let table = try await cluster.table("out", .string, .string)
                #expect(table == Dictionary(uniqueKeysWithValues: (0..<300).map { ("\($0)", "\($0)") }))
            }
        }
    }

    /// Counts what comes through and says when it starts and ends.
    static func counting(_ notes: Notes, failsAt last: Int64? = nil) throws -> Topology {
        struct Broken: Error {}
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.process(stores: [.keyValue("count", key: .string, value: .int64)]) {
            nonisolated(unsafe) var counts: StateTable<String, Int64>?
            return ClosureProcessor(
                onStart: { context in
                    let store: StateTable<String, Int64> = try context.keyValueStore("count")
                    counts = store
                    notes.add("start \(context.taskID) with \(store.get("n") ?? 0)")
                },
                onClose: { notes.add("close") },
                onRecord: { _, _ in
                    let count = (counts?.get("n") ?? 0) + 1
                    if count == last { throw Broken() }
                    try counts?.put("n", count)
                })
        }.to("out")
        return try builder.build()
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `processors start with their state and are closed once, after a stop and after a failure`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                let records = (0..<50).map { StreamsCluster.Input(key: Bytes(utf8: "\($0)"), value: Bytes(utf8: "x")) }
                try await cluster.produce(records)
                let notes = Notes()
                try await cluster.run(Self.counting(notes), Counting.configuration(guarantee))
                #expect(notes.take() == ["start 0_0 with 0", "close"])
                try await cluster.produce(records)
                let topology = try Self.counting(notes, failsAt: 60)
                let error = await cluster.failure(of: topology, Counting.configuration(guarantee))
                #expect(error?.code == .processing)
                #expect(notes.take() == ["start 0_0 with 50", "close"])
            }
        }
    }
}
