import Foundation
import KafkaClient
import KafkaProtocol
import Testing

@testable import KafkaBroker
@testable import Millrace

/// An embedded broker on a directory, with a client.
struct StreamsCluster: Sendable {
    struct Input: Sendable {
        var topic = "in"
        var partition: Int32?
        var key: Bytes?
        var value: Bytes?
        var time: Int64 = 0
        var headers: [RecordHeader] = []
    }

    struct Output: Sendable {
        let partition: Int32
        let offset: Int64
        let key: Bytes?
        let value: Bytes?
        let time: Int64
        let headers: [RecordHeader]
    }

    let broker: Broker
    let client: KafkaClient

    var admin: AdminClient { AdminClient(client: client) }

    /// Calls `body` with a running cluster. Where `body` throws `Crash`, the broker ends as its process would, and
    /// the result is nil.
    @discardableResult
    static func run<T: Sendable>(
        in directory: TemporaryDirectory = TemporaryDirectory(),
        _ body: @escaping @Sendable (StreamsCluster) async throws -> T
    ) async throws -> T? {
        var configuration = BrokerConfiguration()
        configuration.autoCreateTopics = false
        let broker = try Broker.open(directory: directory.path, configuration: configuration)
        let client = KafkaClient(transport: broker.transport(clientID: "test"), clientID: "test")
        let cluster = StreamsCluster(broker: broker, client: client)
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                try await broker.run()
                return nil
            }
            group.addTask {
                do {
                    return try await body(cluster)
                } catch is Crash {
                    return nil
                }
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if broker.isClosed { return nil }
                guard let result else { continue }
                await broker.close()
                return result
            }
            return nil
        }
    }

    /// Ends `run` after a crash.
    struct Crash: Error {}

    /// Ends the broker as the end of its process would.
    func crash() { broker.abandon() }

    func createTopics(_ counts: [String: Int32]) async throws {
        try await admin.createTopics(counts.map { NewTopic($0.key, partitions: $0.value) })
    }

    func produce(_ records: [Input]) async throws {
        let producer = Producer(client: client)
        async let running: Void = producer.run()
        for record in records {
            try await producer.enqueue(
                ProducerRecord(
                    topic: record.topic, partition: record.partition, timestamp: record.time, key: record.key,
                    value: record.value, headers: record.headers))
        }
        try await producer.flush()
        await producer.close()
        await running
    }

    /// All records of a topic up to its present end, by partition and offset.
    func read(_ topic: String, isolation: IsolationLevel = .readCommitted) async throws -> [Output] {
        let partitions = try await client.partitions(of: topic).map { TopicPartition(topic, $0.partition) }
        let ends = try await admin.listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), isolation: isolation)
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: isolation))
        try consumer.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let wake = WakeSignal()
        consumer.setListener(for: partitions) { wake.set() }
        async let running: Void = consumer.run()
        var found: [Output] = []
        while true {
            for partition in partitions {
                if let error = consumer.error(of: partition) { throw error }
                guard let fetched = consumer.takeBatches(from: partition) else { continue }
                try fetched.forEachRecord {
                    found.append(
                        Output(
                            partition: partition.partition, offset: $0.offset, key: $0.key?.detached(),
                            value: $0.value?.detached(), time: $0.timestamp, headers: $0.headers))
                }
            }
            if partitions.allSatisfy({ (consumer.position($0) ?? -1) >= (ends[$0]?.offset ?? 0) }) { break }
            await wake.wait()
            try Task.checkCancellation()
        }
        await consumer.close()
        try await running
        return found.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    /// The last record per key of a topic, in words.
    func table<Key, Value>(
        _ topic: String, _ key: Serde<Key>, _ value: Serde<Value>, isolation: IsolationLevel = .readCommitted
    ) async throws -> [String: String] {
        try await read(topic, isolation: isolation).reduce(into: [:]) { table, record in
            let name = try record.key.map { "\(try key.decode($0))" } ?? "null"
            table[name] = try record.value.map { "\(try value.decode($0))" }
        }
    }

    /// Whether everything in these topics has been committed by the application.
    func isCommitted(_ application: String, _ topics: [String]) async throws -> Bool {
        var partitions: [TopicPartition] = []
        for topic in topics {
            partitions += try await client.partitions(of: topic).map { TopicPartition(topic, $0.partition) }
        }
        let ends = try await admin.listOffsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
        let committed = try await admin.committedOffsets(of: application, partitions)
        return partitions.allSatisfy { committed[$0]?.offset ?? 0 == ends[$0]?.offset ?? 0 }
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
