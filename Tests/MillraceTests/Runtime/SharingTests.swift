import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct SharingTests {
    @Test func `applications with different ids each process everything`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(3000, seed: 1)
                try await cluster.produce(records)
                let logs = (EventLog(), EventLog())
                async let one: Void = cluster.run(
                    Counting.topology(), Counting.configuration(.atLeastOnce, id: "one", log: logs.0))
                async let two: Void = cluster.run(
                    Counting.topology(), Counting.configuration(.exactlyOnce, id: "two", log: logs.1))
                _ = try await (one, two)
                #expect(logs.0.processed == 6000 && logs.1.processed == 6000)
                #expect(try await cluster.isCommitted("one", ["in", "one-counts-repartition"]))
                #expect(try await cluster.isCommitted("two", ["in", "two-counts-repartition"]))
                #expect(try await cluster.table("one-counts-changelog", .string, .int64) == Counting.expected(records))
                #expect(try await cluster.table("two-counts-changelog", .string, .int64) == Counting.expected(records))
            }
        }
    }

    /// Two instances; one of them leaves when it has processed so much, cleanly or not. The results are those of one.
    @Test(arguments: [true, false], [31, 32] as [UInt64])
    func `one instance leaves, the other takes over, and everything is processed once`(
        _ isClean: Bool, _ seed: UInt64
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4, "out": 1])
                let records = Counting.records(20_000, seed: seed, partitions: 4)
                var random = SeededRandom(seed: seed)
                let logs = (EventLog(), EventLog())
                let trigger = Trigger(after: Int.random(in: 1...4000, using: &random))
                let stayer = try StreamsApplication(
                    Counting.topology(),
                    configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: logs.0),
                    client: cluster.client)
                let leaver = try StreamsApplication(
                    Counting.topology(trigger),
                    configuration: isClean
                        ? Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: logs.1)
                        : Counting.dying(.exactlyOnce, log: logs.1),
                    client: cluster.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await stayer.run() }
                    group.addTask {
                        await logs.0.wait { if case .running = $0 { true } else { false } }
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try? await leaver.run() }
                            await logs.1.wait { if case .running = $0 { true } else { false } }
                            try await cluster.produce(records)
                            await trigger.wait()
                            if isClean { leaver.stop() } else { group.cancelAll() }
                            try await group.waitForAll()
                        }
                        stayer.stopWhenIdle()
                    }
                    try await group.waitForAll()
                }
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                #expect(try await cluster.isCommitted("app", ["in", "app-counts-repartition"]))
                if isClean { #expect(logs.0.processed + logs.1.processed == 40_000) }
            }
        }
    }
}
