import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct RestartTests {
    @Test(arguments: ProcessingGuarantee.allCases)
    func `a stop in the middle commits, and the next run goes on from there`(_ guarantee: ProcessingGuarantee)
        async throws
    {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(20_000, seed: 3)
                try await cluster.produce(records)
                let first = EventLog()
                let trigger = Trigger(after: 3000)
                try await cluster.run(
                    Counting.topology(trigger), Counting.configuration(guarantee, exitsWhenIdle: false, log: first)
                ) { await trigger.wait() }
                let second = EventLog()
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee, log: second))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                #expect(first.processed + second.processed == 40_000)
            }
        }
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `a cancelled run in exactly-once mode leaves no trace in the results`(_ seed: UInt64) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                var random = SeededRandom(seed: seed)
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(20_000, seed: seed)
                try await cluster.produce(records)
                for _ in 0..<2 {
                    let trigger = Trigger(after: Int.random(in: 1...9000, using: &random))
                    try await cluster.cancel(Counting.topology(trigger), Counting.dying(.exactlyOnce)) {
                        await trigger.wait()
                    }
                }
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    @Test(arguments: [21, 22, 23, 24] as [UInt64])
    func `a crash of broker and application in exactly-once mode leaves no trace in the results`(
        _ seed: UInt64
    ) async throws {
        try await withTimeLimit {
            let directory = TemporaryDirectory()
            let records = Counting.records(20_000, seed: seed)
            try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(records)
            }
            var random = SeededRandom(seed: seed)
            for _ in 0..<3 {
                let trigger = Trigger(after: Int.random(in: 1...9000, using: &random))
                try await StreamsCluster.run(in: directory) { cluster in
                    try await cluster.cancel(Counting.topology(trigger), Counting.dying(.exactlyOnce)) {
                        await trigger.wait()
                        cluster.crash()
                    }
                    throw StreamsCluster.Crash()
                }
            }
            let table = try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                return try await cluster.table("out", .string, .int64)
            }
            #expect(table == Counting.expected(records))
        }
    }

    @Test func `a crash in at-least-once mode loses nothing`() async throws {
        try await withTimeLimit {
            let directory = TemporaryDirectory()
            let records = Counting.records(20_000, seed: 5)
            try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(records)
                let trigger = Trigger(after: 7000)
                try await cluster.cancel(Counting.topology(trigger), Counting.dying(.atLeastOnce)) {
                    await trigger.wait()
                    cluster.crash()
                }
                throw StreamsCluster.Crash()
            }
            let table = try await StreamsCluster.run(in: directory) { cluster in
                try await cluster.run(Counting.topology(), Counting.configuration(.atLeastOnce))
                return try await cluster.table("out", .string, .int64)
            }
            let expected = Counting.expected(records)
            #expect(table?.keys.sorted() == expected.keys.sorted())
            for (key, count) in table ?? [:] { #expect(Int(count) ?? 0 >= Int(expected[key] ?? "") ?? .max) }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `stores are whole before a task processes, and the progress is told`(_ guarantee: ProcessingGuarantee)
        async throws
    {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(3000, seed: 9)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
                try await cluster.produce(records)
                let log = EventLog()
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee, log: log))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records + records))
                for partition in Int32(0)..<2 {
                    let task = TaskID(subTopology: 1, partition: partition)
                    let story = log.events.compactMap { event -> String? in
                        switch event {
                        case .restoring(task, "counts", let records, let all): records <= all ? "restoring" : "too much"
                        case .restored(task, "counts", let records): records > 0 ? "restored" : "nothing"
                        case .running(task): "running"
                        case .firstRecord(task): "first"
                        default: nil
                        }
                    }
                    #expect(story.filter { $0 != "restoring" } == ["restored", "running", "first"])
                    #expect(story.first == "restoring")
                }
            }
        }
    }
}
