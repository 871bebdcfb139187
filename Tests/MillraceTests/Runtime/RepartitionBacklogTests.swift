import Foundation
import KafkaClient
import KafkaProtocol
import Synchronization
import Testing

@testable import Millrace

@Suite struct RepartitionBacklogTests {
    let partition = TopicPartition("a", 0)

    func backlog(limit: Int = 1000) -> RepartitionBacklog {
        var backlog = RepartitionBacklog(limit: limit, topicsAfter: [0: ["a", "b"], 1: ["b"]], patience: 100)
        backlog.noteWritten(records: 10, bytes: 100, to: "a")
        return backlog
    }

    @Test func `who fills a topic beyond the limit is held until half of that is left`() {
        var backlog = backlog()
        backlog.look(ends: [partition: 100], processed: [:], now: 0)
        #expect(backlog.held.isEmpty && backlog.bytes == ["a": 1000])
        backlog.look(ends: [partition: 101], processed: [:], now: 1)
        #expect(backlog.held == [0] && backlog.fullest?.topic == "a")
        backlog.look(ends: [partition: 101], processed: [partition: 50], now: 2)
        #expect(backlog.held == [0])
        backlog.look(ends: [partition: 101], processed: [partition: 51], now: 3)
        #expect(backlog.held.isEmpty && backlog.fullest == nil)
    }

    @Test func `what comes to a topic by way of others is held as well`() {
        var backlog = backlog()
        backlog.look(ends: [TopicPartition("b", 0): 60, TopicPartition("b", 1): 60], processed: [:], now: 0)
        #expect(backlog.held == [0, 1])
    }

    @Test func `a partition of which nothing is processed for long holds up nobody`() {
        var backlog = backlog()
        backlog.look(ends: [partition: 500], processed: [partition: 7], now: 0)
        backlog.look(ends: [partition: 600], processed: [partition: 7], now: 99)
        #expect(backlog.held == [0])
        backlog.look(ends: [partition: 700], processed: [partition: 7], now: 100)
        #expect(backlog.held.isEmpty)
        backlog.look(ends: [partition: 700], processed: [partition: 8], now: 101)
        #expect(backlog.held == [0])
    }

    @Test func `what was idle for long does not count as stuck`() {
        var backlog = backlog()
        backlog.look(ends: [partition: 7], processed: [partition: 7], now: 0)
        backlog.look(ends: [partition: 7], processed: [partition: 7], now: 1000)
        backlog.look(ends: [partition: 500], processed: [partition: 7], now: 1001)
        #expect(backlog.held == [0])
    }

    @Test func `numbers from outside do not overflow`() {
        var backlog = backlog()
        backlog.look(ends: [partition: .max, TopicPartition("a", 1): .max], processed: [partition: .min], now: 0)
        #expect(backlog.held == [0])
        backlog.look(ends: [partition: .min], processed: [partition: .max], now: .max)
        #expect(backlog.held.isEmpty)
    }

    @Test func `topics after a sub-topology are found through others, also in a circle`() throws {
        let builder = StreamsBuilder()
        let orders: KTable<String, String> = builder.table("orders")
        let customers: KTable<String, String> = builder.table("customers")
        orders.join(customers, foreignKey: { _, order in order }) { _, order, _ in order }.toStream()
            .selectKey { _, value in value ?? "" }.groupByKey().count(.as("counts")).to("out")
        let topicsAfter = TaskBlueprint(try builder.build(), applicationID: "app").repartitionTopicsAfter
        #expect(topicsAfter.count == 2 && Set(topicsAfter.values).count == 1 && topicsAfter[0]?.count == 3)
    }

    /// The second sub-topology does not go on until the first is held.
    @Test(arguments: ProcessingGuarantee.allCases)
    func `tasks that run ahead wait for those that process what they write`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let records = Counting.records(60_000, seed: 5)
                try await cluster.produce(records)
                let log = EventLog()
                var configuration = Counting.configuration(guarantee, log: log)
                configuration.repartitionBacklogBytes = 50_000
                let gate = Mutex<StreamsApplication?>(nil)
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.selectKey { _, value in value ?? "" }.repartition(Repartitioned(name: "first"))
                    .peek { _, _ in
                        while gate.withLock({ $0?.backPressure?.isHeld(0) }) == false { Thread.sleep(forTimeInterval: 0.001) }
                        gate.withLock { $0 = nil }
                    }
                    .groupByKey().count(.as("counts")).toStream().to("out")
                let application = try StreamsApplication(
                    try builder.build(), configuration: configuration, client: cluster.client)
                gate.withLock { $0 = application }
                try await application.run()
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                #expect(try await cluster.isCommitted("app", ["in", "app-first-repartition"]))
            }
        }
    }

    @Test func `by default there is a limit on an embedded broker, and none on a cluster`() async throws {
        try await StreamsCluster.run { cluster in
            let limited = try StreamsApplication(
                Counting.topology(), configuration: StreamsConfiguration(applicationID: "app"), client: cluster.client)
            #expect(limited.backPressure != nil)
            var configuration = StreamsConfiguration(applicationID: "app")
            configuration.repartitionBacklogBytes = 0
            #expect(
                try StreamsApplication(Counting.topology(), configuration: configuration, client: cluster.client).backPressure == nil)
            // One that is not the broker's own, as of a cluster.
            let client = KafkaClient(transport: FaultyTransport(cluster.client.transport, [:]), clientID: "test")
            #expect(
                try StreamsApplication(
                    Counting.topology(), configuration: StreamsConfiguration(applicationID: "app"), client: client
                ).backPressure == nil)
        }
    }
}
