import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Where restoring ends, exactly (KIP-869): changelogs that are empty, end in markers of transactions, or begin late.
@Suite struct RestoreEndTests {
    static func restored(_ log: EventLog) -> [Int32: Int64] {
        log.events.reduce(into: [:]) { if case .restored(let task, "counts", let records) = $1 { $0[task.partition] = records } }
    }

    @Test func `an empty changelog is complete at once`() async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce, log: log))
            }
        }
        #expect(Self.restored(log).values.allSatisfy { $0 == 0 })
    }

    /// With exactly-once a changelog's last offset is a marker's, which no record has.
    @Test(arguments: ProcessingGuarantee.allCases)
    func `all that is committed is read, and nothing is waited for`(_ guarantee: ProcessingGuarantee) async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(500, seed: 4)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
                let written = try await cluster.read("app-counts-changelog")
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee, log: log))
                let found = Self.restored(log)
                for partition in 0..<2 as Range<Int32> {
                    #expect(found[partition] == Int64(written.count { $0.partition == partition }))
                }
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records + records))
            }
        }
    }

    /// What others write meanwhile is not theirs to restore: they would be fenced, or write to a changelog of another task.
    @Test func `a transaction that was aborted is not restored, and one that is open is not waited for`() async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(200, seed: 4)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                // The transactional ids of the tasks, as a process has left them that died.
                for (partition, aborts) in [(Int32(0), true), (1, false)] {
                    let producer = Producer(
                        client: cluster.client, configuration: ProducerConfiguration(transactionalID: "app-1_\(partition)"))
                    async let running: Void = producer.run()
                    try await producer.initTransactions()
                    try producer.beginTransaction()
                    try await producer.enqueue(
                        ProducerRecord(
                            topic: "app-counts-changelog", partition: partition, key: Bytes(utf8: "v1"),
                            value: try Serde.int64.bytes(of: 1_000_000)))
                    try await producer.flush()
                    if aborts { try await producer.abortTransaction() }
                    await producer.close()
                    await running
                }
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce, log: log))
                #expect(Self.restored(log).count == 2)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records + records))
            }
        }
    }

    @Test func `a changelog whose front was deleted is read from where it begins`() async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(500, seed: 4))
                try await cluster.run(Counting.topology(), Counting.configuration(.atLeastOnce))
                let changelog = TopicPartition("app-counts-changelog", 0)
                let before = try await cluster.read(changelog.topic).filter { $0.partition == 0 }
                let cut = try #require(before.dropFirst(3).first?.offset)
                _ = try await cluster.admin.deleteRecords(before: [changelog: cut])
                try await cluster.run(Counting.topology(), Counting.configuration(.atLeastOnce, log: log))
                #expect(Self.restored(log)[0] == Int64(before.count - 3))
            }
        }
    }
}
