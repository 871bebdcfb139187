import KafkaBroker
import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaClient

/// Answers each number of which is, in turn, at the ends of its range and at those of its neighbours', once or for good:
/// what was being done comes to an end, with an error of this module or without one.
@Suite(.timeLimit(.minutes(5))) struct HostileNumberTests {
    enum Work: CaseIterable {
        case producing, transactions, reading, group, administration
    }

    /// How fast time goes, and for how long something may take by it.
    struct Pace {
        let environment: ClientEnvironment
        let limit: Duration

        /// As long as it takes: what is to succeed.
        static let calm = Pace(environment: .system, limit: .seconds(250))
        /// For what a hostile answer may have wait: a hundredth of the time.
        static let hasty = Pace(environment: .hasty(0.01), limit: .seconds(3))

        func client(_ transport: any KafkaTransport, _ id: String) -> KafkaClient {
            KafkaClient(
                transport: transport, clientID: id,
                retryPolicy: RetryPolicy(
                    initialBackoff: .milliseconds(10), maximumBackoff: .milliseconds(100), timeout: limit,
                    unknownTopicTimeout: .milliseconds(500)),
                environment: environment)
        }
    }

    @Test(arguments: Work.allCases) func `whatever numbers an answer has, the work ends`(_ work: Work) async throws {
        try await TestCluster.run(inMemory: true) { cluster in
            try await cluster.admin.createTopics([NewTopic("t", partitions: 2)])
            try await cluster.produce((0..<5).map { "\($0)" }, to: "t")
            let recorder = HostileTransport(to: cluster.broker.transport(clientID: "good"))
            try await Self.does(work, "first", recorder, .calm)
            #expect(recorder.seen.count >= 3)
            var random = SplitMix(seed: 3)
            var replaced = 0
            let variants = try recorder.seen.flatMap { try $0.variants() }.shuffled(using: &random).prefix(200 * boundarySeeds.count)
            for (number, (name, answer)) in variants.enumerated() {
                let transport = HostileTransport(
                    to: cluster.broker.transport(clientID: "test"), replacement: answer, repeats: random.next() % 4 == 0)
                do {
                    try await Self.does(work, "\(work)-\(number)", transport)
                } catch {
                    #expect(error is KafkaError, "\(name): \(error)")
                }
                replaced += transport.replaced > 0 ? 1 : 0
            }
            #expect(replaced > 0)
        }
    }

    /// Does something with a client of its own and the name `id`; what takes too long is given up.
    private static func does(
        _ work: Work, _ id: String, _ transport: HostileTransport, _ pace: Pace = .hasty
    ) async throws {
        let client = pace.client(transport, id)
        switch work {
        case .producing: try await produce(client, pace)
        case .transactions: try await transact(client, id, pace)
        case .reading: try await read(client, ConsumerConfiguration(fetchMaxWait: .milliseconds(10)), pace)
        case .group:
            try await read(
                client,
                ConsumerConfiguration(
                    groupID: id, fetchMaxWait: .milliseconds(10), sessionTimeout: .seconds(6),
                    heartbeatInterval: .milliseconds(100), rebalanceTimeout: .seconds(6)), pace)
        case .administration: try await administer(client, id, pace)
        }
    }

    static func with<T: Sendable>(
        _ client: KafkaClient, _ configuration: ProducerConfiguration, _ body: @Sendable (Producer) async throws -> T
    ) async throws -> T {
        let producer = Producer(client: client, configuration: configuration)
        async let running: Void = producer.run()
        let result: Result<T, any Error>
        do { result = .success(try await body(producer)) } catch { result = .failure(error) }
        await producer.close()
        await running
        return try result.get()
    }

    private static func produce(_ client: KafkaClient, _ pace: Pace) async throws {
        try await with(client, ProducerConfiguration(linger: .zero, deliveryTimeout: pace.limit)) { producer in
            for partition: Int32 in [0, 1, 0] {
                _ = try await producer.send(ProducerRecord(topic: "t", partition: partition, value: Bytes(utf8: "x")))
            }
            try await producer.flush()
        }
    }

    private static func transact(_ client: KafkaClient, _ id: String, _ pace: Pace) async throws {
        let configuration = ProducerConfiguration(
            linger: .zero, transactionalID: id, transactionTimeout: .seconds(60), deliveryTimeout: pace.limit)
        try await with(client, configuration) { producer in
            try await producer.initTransactions()
            for commits in [true, false] {
                try producer.beginTransaction()
                try await producer.enqueue(ProducerRecord(topic: "t", partition: 1, value: Bytes(utf8: "x")))
                try await producer.sendOffsetsToTransaction(
                    [TopicPartition("t", 0): OffsetAndMetadata(offset: 1)],
                    group: GroupMetadata(groupID: id))
                if commits { try await producer.commitTransaction() } else { try await producer.abortTransaction() }
            }
        }
    }

    /// Reads three records, or what comes within a time.
    static func read(_ client: KafkaClient, _ configuration: ConsumerConfiguration, _ pace: Pace = .hasty) async throws {
        let consumer = Consumer(client: client, configuration: configuration)
        async let running: Void = consumer.run()
        let result: Result<Void, any Error>
        do {
            if configuration.groupID == nil {
                try consumer.assign([TopicPartition("t", 0): .timestamp(1), TopicPartition("t", 1): .latest])
            } else {
                try consumer.subscribe(["t"])
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await take(3, from: consumer) }
                group.addTask { try await client.environment.sleep(pace.limit.milliseconds) }
                defer { group.cancelAll() }
                try await group.next()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await consumer.close()
        do { try await running } catch { if case .success = result { throw error } }
        try result.get()
    }

    private static func take(_ count: Int, from consumer: Consumer) async throws {
        var left = count
        for try await record in consumer.records {
            let partition = record.topicPartition
            _ = (consumer.position(partition), consumer.endOffset(partition), consumer.lag(partition), consumer.isAtEnd(partition))
            left -= 1
            guard left == 0 else { continue }
            if consumer.configuration.groupID != nil {
                try await consumer.commit([partition: OffsetAndMetadata(offset: record.offset)])
                _ = try await consumer.committed([partition])
            }
            return
        }
    }

    private static func administer(_ client: KafkaClient, _ id: String, _ pace: Pace) async throws {
        let admin = AdminClient(client: client)
        let partition = TopicPartition("t", 0)
        // Each for itself: the first one that fails is told, the others are done all the same.
        var first: (any Error)?
        func attempt(_ body: () async throws -> Void) async {
            do { try await body() } catch { first = first ?? error }
        }
        await attempt { _ = try await admin.listTopics() }
        await attempt { _ = try await admin.describeTopics(["t"]) }
        await attempt { _ = try await admin.describeCluster() }
        await attempt { try await admin.createTopics([NewTopic(id, partitions: 1)]) }
        await attempt { try await admin.waitUntilKnown([id: 1], timeout: pace.limit) }
        await attempt { try await admin.createPartitions([id: 2]) }
        await attempt { _ = try await admin.describeConfigs([.topic(id)]) }
        await attempt { try await admin.alterConfigs(.topic(id), ["retention.ms": "1000"]) }
        await attempt { _ = try await admin.listOffsets([partition: .earliest]) }
        await attempt { _ = try await admin.deleteRecords(before: [TopicPartition(id, 0): 0]) }
        await attempt { try await admin.alterOffsets(of: id, [partition: OffsetAndMetadata(offset: 1)]) }
        await attempt { _ = try await admin.committedOffsets(of: id) }
        await attempt { _ = try await admin.listGroups() }
        await attempt { _ = try await admin.describeGroups([id]) }
        await attempt { try await admin.deleteOffsets(of: id, [partition]) }
        await attempt { try await admin.deleteGroups([id]) }
        await attempt { _ = try await admin.listUsers() }
        await attempt { try await admin.deleteTopics([id]) }
        if let first { throw first }
    }
}
