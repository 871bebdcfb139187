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

    /// An instance that comes back under its name ends what the process before has left open.
    @Test(arguments: [true, false])
    func `a transaction that was aborted is not restored, and one that the same instance has left open is not waited for`(
        _ aborts: Bool
    ) async throws {
        let log = EventLog()
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                func configuration(_ log: EventLog? = nil) -> StreamsConfiguration {
                    var configuration = Counting.configuration(.exactlyOnce, log: log)
                    configuration.instanceID = "one"
                    return configuration
                }
                let records = Counting.records(200, seed: 4)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), configuration())
                // As a process has left it that died.
                let producer = Producer(client: cluster.client, configuration: ProducerConfiguration(transactionalID: "app-one"))
                async let running: Void = producer.run()
                try await producer.initTransactions()
                try producer.beginTransaction()
                for partition in 0..<2 as Range<Int32> {
                    try await producer.enqueue(
                        ProducerRecord(
                            topic: "app-counts-changelog", partition: partition, key: Bytes(utf8: "v1"),
                            value: try Serde.int64.bytes(of: 1_000_000)))
                }
                try await producer.flush()
                if aborts { try await producer.abortTransaction() }
                await producer.close()
                await running
                try await cluster.run(Counting.topology(), configuration(log))
                #expect(Self.restored(log).count == 2)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), configuration())
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records + records))
            }
        }
    }

    /// It may be about to count: on a cluster its markers come to the partitions one after the other.
    @Test func `the end of a transaction that another instance has open is waited for`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(200, seed: 4)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                let producer = Producer(client: cluster.client, configuration: ProducerConfiguration(transactionalID: "other"))
                async let running: Void = producer.run()
                try await producer.initTransactions()
                try producer.beginTransaction()
                try await producer.enqueue(
                    ProducerRecord(
                        topic: "app-counts-changelog", partition: 0, key: Bytes(utf8: "v0"), value: try Serde.int64.bytes(of: 1_000_000)))
                try await producer.flush()
                let log = EventLog()
                let application = try StreamsApplication(
                    Counting.topology(), configuration: Counting.configuration(.exactlyOnce, log: log), client: cluster.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await application.run() }
                    await log.wait { if case .restored(let task, _, _) = $0 { task.partition == 1 } else { false } }
                    #expect(Self.restored(log)[0] == nil)
                    try await producer.commitTransaction()
                    try await group.waitForAll()
                }
                await producer.close()
                await running
                let written = try await cluster.read("app-counts-changelog")
                #expect(Self.restored(log)[0] == Int64(written.count { $0.partition == 0 }))
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
