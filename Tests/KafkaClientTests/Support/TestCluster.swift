import Foundation
import KafkaBroker
import KafkaClient
import KafkaProtocol

/// An embedded broker on a temporary directory, with a client.
struct TestCluster: Sendable {
    let broker: Broker
    let client: KafkaClient

    var admin: AdminClient { AdminClient(client: client) }

    /// Calls `body` with a running cluster. `inMemory` keeps its files there where that is possible, for tests that wait for
    /// the disk often and write little.
    static func run<T: Sendable>(
        _ configuration: BrokerConfiguration = BrokerConfiguration(), inMemory: Bool = false,
        _ body: @escaping @Sendable (TestCluster) async throws -> T
    ) async throws -> T {
        let hasMemory = inMemory && FileManager.default.isWritableFile(atPath: "/dev/shm")
        let parent = hasMemory ? URL(fileURLWithPath: "/dev/shm") : FileManager.default.temporaryDirectory
        let directory = parent.appendingPathComponent("client-tests-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let broker = try Broker.open(directory: directory.path, configuration: configuration)
        let client = KafkaClient(transport: broker.transport(clientID: "test"), clientID: "test")
        let cluster = TestCluster(broker: broker, client: client)
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                try await broker.run()
                return nil
            }
            group.addTask { try await body(cluster) }
            while let result = try await group.next() {
                guard let result else { continue }
                await broker.close()
                group.cancelAll()
                return result
            }
            throw CancellationError()
        }
    }

    /// Calls `body` with a producer that runs.
    func withProducer<T: Sendable>(
        _ configuration: ProducerConfiguration = ProducerConfiguration(),
        _ body: @escaping @Sendable (Producer) async throws -> T
    ) async throws -> T {
        let producer = Producer(client: client, configuration: configuration)
        async let running: Void = producer.run()
        let result = try await body(producer)
        await producer.close()
        await running
        return result
    }

    /// Calls `body` with a consumer that runs.
    func withConsumer<T: Sendable>(
        _ configuration: ConsumerConfiguration = ConsumerConfiguration(),
        _ body: @escaping @Sendable (Consumer) async throws -> T
    ) async throws -> T {
        let consumer = Consumer(client: client, configuration: configuration)
        async let running: Void = consumer.run()
        let result = try await body(consumer)
        await consumer.close()
        try await running
        return result
    }

    /// Produces texts to partition 0 of `topic`.
    func produce(_ texts: [String], to topic: String, partition: Int32 = 0) async throws {
        try await withProducer { producer in
            for text in texts {
                try await producer.enqueue(ProducerRecord(topic: topic, partition: partition, value: Bytes(utf8: text)))
            }
            try await producer.flush()
        }
    }

    /// Reads `count` values of a partition from `start` on.
    func values(
        _ count: Int, of topicPartition: TopicPartition, from start: StartPosition = .earliest,
        isolation: IsolationLevel = .readUncommitted
    ) async throws -> [String] {
        try await withConsumer(ConsumerConfiguration(isolation: isolation)) { consumer in
            try consumer.assign([topicPartition: start])
            var values: [String] = []
            if count == 0 { return [] }
            for try await record in consumer.records {
                values.append(record.value?.string ?? "-")
                if values.count == count { break }
            }
            return values
        }
    }
}

/// Fails a test that hangs, instead of letting it hang.
func withTimeLimit<T: Sendable>(
    seconds: Int = 300, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw TimeLimitExceeded()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw TimeLimitExceeded() }
        return result
    }
}

struct TimeLimitExceeded: Error {}
