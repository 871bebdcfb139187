import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Joins in a running application with several partitions, over restarts.
@Suite struct JoinApplicationTests {
    typealias Stream = KStream<String, String>
    typealias Table = KTable<String, String>

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

    @Test(arguments: ProcessingGuarantee.allCases, [0, 1, 2])
    func `streams are joined over restarts`(_ guarantee: ProcessingGuarantee, _ kind: Int) async throws {
        let comparison = ApplicationComparison(topics: ["left", "right"]) { builder in
            let left: Stream = builder.stream("left")
            let right: Stream = builder.stream("right")
            let windows = JoinWindows.between(before: .milliseconds(30), after: .milliseconds(12), grace: .milliseconds(9))
            let joined: Stream =
                switch kind {
                case 0: left.join(right, within: windows) { (_, mine, theirs) in "\(mine) \(theirs)" }
                case 1: left.leftJoin(right, within: windows) { (_, mine, theirs) in "\(mine) \(theirs ?? "-")" }
                default:
                    left.outerJoin(right, within: windows) { (_, mine, theirs) in "\(mine ?? "-") \(theirs ?? "-")" }
                }
            joined.to("out")
        }
        try await expectSame(
            guarantee, comparison, comparison.inputs(400, seed: UInt64(kind)), atLeast: kind == 0 ? 50 : 200)
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `stream records wait for updates of a versioned table that come out of order, over restarts`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        let comparison = ApplicationComparison(topics: ["in", "rows"]) { builder in
            let stream: Stream = builder.stream("in")
            let table: Table = builder.table("rows", .versioned("rows", historyRetention: .seconds(3600)))
            stream.leftJoin(table, Joined(grace: .milliseconds(100))) { (_, value: String, row: String?) in
                "\(value) \(row ?? "-")"
            }.to("out")
        }
        let inputs = comparison.inputs(400, seed: 7, disorder: 40)
        try await expectSame(guarantee, comparison, inputs, atLeast: 150)
    }

    @Test(arguments: ProcessingGuarantee.allCases, [[], .all] as [TopologyOptimization])
    func `tables are joined over restarts`(
        _ guarantee: ProcessingGuarantee, _ optimization: TopologyOptimization
    ) async throws {
        let comparison = ApplicationComparison(topics: ["left", "right"], optimization: optimization) { builder in
            let left: Table = builder.table("left", .as("l"))
            let right: Table = builder.table("right", .as("r"))
            left.outerJoin(right) { (_, mine: String?, theirs: String?) in "\(mine ?? "-") \(theirs ?? "-")" }
                .toStream().to("out")
        }
        try await expectSame(guarantee, comparison, comparison.inputs(400, seed: 8, nulls: true), atLeast: 300)
    }

    @Test(arguments: ProcessingGuarantee.allCases, [false, true])
    func `foreign-key joins find their rows in other partitions, over restarts`(
        _ guarantee: ProcessingGuarantee, _ isLeft: Bool
    ) async throws {
        let comparison = ApplicationComparison(topics: ["left", "right"], comparesTables: true) { builder in
            let left: Table = builder.table("left", .as("l"))
            let right: Table = builder.table("right", .as("r"))
            let joined: Table =
                if isLeft {
                    left.leftJoin(right, foreignKey: { _, value in "k\(value.suffix(1))" }) {
                        (_, mine: String, theirs: String?) in "\(mine) \(theirs ?? "-")"
                    }
                } else {
                    left.join(right, foreignKey: { _, value in "k\(value.suffix(1))" }) {
                        (_, mine: String, theirs: String) in "\(mine) \(theirs)"
                    }
                }
            joined.toStream().to("out")
        }
        let inputs = comparison.inputs(300, seed: 9, keys: 10, nulls: true)
        try await expectSame(guarantee, comparison, inputs, atLeast: 3)
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `streams are joined with the rows of a global table from all partitions`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        let comparison = ApplicationComparison(topics: ["all", "in"]) { builder in
            let rows: GlobalKTable<String, String> = builder.globalTable("all", .as("rows"))
            let stream: Stream = builder.stream("in")
            stream.leftJoin(rows, lookUp: { _, value in "k\((value ?? "").suffix(1))" }) {
                (_, value: String, row: String?) in "\(value) \(row ?? "-")"
            }.to("out")
        }
        let inputs = comparison.inputs(300, seed: 10, keys: 8)
        // A global table is complete before the stream begins, and does not follow the stream's time.
        let rows = inputs.filter { $0.topic == "all" }
        let records = inputs.filter { $0.topic == "in" }
        try await withTimeLimit {
            let expected = try comparison.expected(rows + records)
            #expect(expected.count > 100)
            let results = try await StreamsCluster.run { cluster in
                try await comparison.createTopics(cluster)
                try await cluster.produce(rows)
                for half in [records.prefix(records.count / 2), records.dropFirst(records.count / 2)] {
                    try await cluster.produce(Array(half))
                    try await cluster.run(comparison.topology(), comparison.configuration(guarantee))
                }
                return try await comparison.results(cluster)
            }
            #expect(results == expected)
        }
    }

    @Test(arguments: [51, 52] as [UInt64])
    func `a join is whole when its partitions move to a second instance and back`(_ seed: UInt64) async throws {
        let comparison = ApplicationComparison(topics: ["left", "right"], partitions: 4) { builder in
            let left: Stream = builder.stream("left")
            let right: Stream = builder.stream("right")
            // What is read while it is produced comes in any order, so nothing must be too late.
            left.join(right, within: .difference(.milliseconds(60), grace: .seconds(3600))) { (_, mine, theirs) in
                "\(mine) \(theirs)"
            }.to("out")
        }
        let inputs = comparison.inputs(900, seed: seed, keys: 20).filter { $0.partition == nil }
        try await withTimeLimit {
            let expected = try comparison.expected(inputs)
            #expect(expected.count > 100)
            let results = try await StreamsCluster.run { cluster in
                try await comparison.createTopics(cluster)
                let logs = (EventLog(), EventLog())
                func application(_ log: EventLog) throws -> StreamsApplication {
                    try StreamsApplication(
                        comparison.topology(),
                        configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log),
                        client: cluster.client)
                }
                let (stayer, guest) = (try application(logs.0), try application(logs.1))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await stayer.run() }
                    group.addTask {
                        try await cluster.produce(Array(inputs[..<300]))
                        await logs.0.waitForCommits(2)
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try await guest.run() }
                            await logs.1.wait { if case .running = $0 { true } else { false } }
                            try await cluster.produce(Array(inputs[300..<600]))
                            await logs.1.waitForCommits()
                            guest.stop()
                            try await group.waitForAll()
                        }
                        try await cluster.produce(Array(inputs[600...]))
                        stayer.stopWhenIdle()
                    }
                    try await group.waitForAll()
                }
                return try await comparison.results(cluster)
            }
            #expect(results == expected)
        }
    }
}
