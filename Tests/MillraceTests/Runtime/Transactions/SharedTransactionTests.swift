import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

@Suite struct SharedTransactionTests {
    /// Copies `in` to `out`.
    static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let input: KStream<String, String> = builder.stream("in")
        input.mapValues(named: "copy") { $0 }.to("out")
        return try builder.build()
    }

    @Test func `what tasks commit while a transaction is under way shares the next one`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let tasks = 16
                try await cluster.createTopics(["in": Int32(tasks), "out": 1])
                let records = Counting.records(160, seed: 1, partitions: Int32(tasks))
                try await cluster.produce(records)
                let gate = Gate()
                let sizes = Mutex<[Int]>([])
                let log = EventLog()
                let slow = cluster.with([
                    .txnOffsetCommit: { request, _ in
                        let topics = (request as? TxnOffsetCommitRequest)?.topics ?? []
                        sizes.withLock { $0.append(topics.reduce(0) { $0 + $1.partitions.count }) }
                        return .none
                    },
                    .endTxn: { _, number in
                        if number == 1 { try await gate.pass() }
                        return .none
                    },
                ])
                let application = try StreamsApplication(
                    Self.topology(), configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log),
                    client: slow.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    var first = 0
                    while first == 0 || application.transactions.waiting < tasks - first {
                        first = sizes.withLock { $0.first ?? 0 }
                        try await Task.sleep(for: .milliseconds(1))
                    }
                    #expect(log.events.allSatisfy { if case .committed = $0 { false } else { true } })
                    gate.open()
                    await log.waitForCommits(tasks)
                    #expect(sizes.withLock { Array($0.prefix(2)) } == [first, tasks - first].filter { $0 > 0 })
                    application.stop()
                    try await group.waitForAll()
                }
                #expect(try await cluster.read("out").count == records.count)
            }
        }
    }

    @Test func `a record that brokers refuse starts its own task anew, and no other`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 4])
                try await cluster.admin.createTopics([NewTopic("out", partitions: 1, configs: ["max.message.bytes": "1000"])])
                let large = String(repeating: "x", count: 3000)
                try await cluster.produce(
                    (0..<400).map { number in
                        StreamsCluster.Input(
                            partition: Int32(number % 4), key: Bytes(utf8: "k"), value: Bytes(utf8: number == 202 ? large : "\(number)"),
                            time: Int64(number))
                    })
                let log = EventLog()
                var configuration = Counting.configuration(.exactlyOnce, log: log)
                configuration.onBadRecord = .skip
                try await cluster.run(Self.topology(), configuration)
                let restarted = log.events.compactMap { event -> TaskID? in
                    if case .warning(let text, let task) = event, text.contains("starts anew") { task } else { nil }
                }
                #expect(Set(restarted) == [TaskID(subTopology: 0, partition: 2)])
                #expect(try await cluster.read("out").count == 399)
            }
        }
    }
}
