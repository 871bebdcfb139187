import Foundation
import KafkaBroker
import KafkaClient
import KafkaProtocol
import Synchronization
import TakeOverTopology

@testable import Millrace

/// An embedded broker with the topics of the recorded application.
struct Cluster: Sendable {
    let client: KafkaClient
    let recording: Recording

    var admin: AdminClient { AdminClient(client: client) }

    /// Calls `body` with a broker that is running. With `keepsAll` no records are deleted of what the application is done with.
    static func run<Value: Sendable>(
        keepsAll: Bool = false, _ body: @escaping @Sendable (Cluster) async throws -> Value
    ) async throws -> Value? {
        let recording = try Recording.shared.get()
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("take-over-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let broker = try Broker.open(directory: path, configuration: BrokerConfiguration())
        let transport = broker.transport(clientID: "test")
        let cluster = Cluster(
            client: KafkaClient(transport: keepsAll ? KeepingTransport(inner: transport) : transport, clientID: "test"),
            recording: recording)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await broker.run()
                return nil
            }
            group.addTask { try await body(cluster) }
            group.addTask {
                // Fails a test that hangs.
                try await Task.sleep(for: .seconds(300))
                throw CancellationError()
            }
            defer { group.cancelAll() }
            let value = try await group.next() ?? nil
            await broker.close()
            return value
        }
    }

    // MARK: - Topics

    func createTopics(_ names: [String], configs: [String: String] = ["retention.ms": "-1"]) async throws {
        try await admin.createTopics(names.map { NewTopic($0, partitions: 3, configs: configs) })
    }

    /// Makes topics as they were when the recorded application stopped, and commits what it had committed.
    func load(_ names: [String]) async throws {
        for name in names {
            guard let topic = recording.topics[name] else { throw Recording.Malformed("no topic \(name) was recorded") }
            try await createTopics([name], configs: topic.configs)
            try await write(topic.partitions, to: name)
        }
    }

    func write(_ partitions: [[Recording.Entry]], to topic: String) async throws {
        let producer = Producer(client: client)
        async let running: Void = producer.run()
        for (number, entries) in partitions.enumerated() {
            for entry in entries {
                try await producer.enqueue(
                    ProducerRecord(
                        topic: topic, partition: Int32(number), timestamp: entry.timestamp, key: entry.key,
                        value: entry.value, headers: entry.headers))
            }
        }
        try await producer.flush()
        await producer.close()
        await running
    }

    /// Commits the recorded metadata with the ends that the partitions of these topics have.
    func commit(_ topics: [String]) async throws {
        let partitions = recording.metadata.filter { topics.contains($0.key.topic) }
        let ends = try await admin.listOffsets(partitions.mapValues { _ in .latest })
        try await admin.alterOffsets(
            of: TakeOver.applicationID,
            Dictionary(
                uniqueKeysWithValues: partitions.map { partition, metadata in
                    (partition, OffsetAndMetadata(offset: ends[partition]?.offset ?? 0, metadata: metadata))
                }))
    }

    /// What is in a topic, by partition.
    func read(_ topic: String) async throws -> [[Recording.Entry]] {
        let partitions = (0..<3 as Range<Int32>).map { TopicPartition(topic, $0) }
        let ends = try await admin.listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }), isolation: .readCommitted)
        let consumer = Consumer(client: client, configuration: ConsumerConfiguration(isolation: .readCommitted))
        try consumer.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let wake = WakeSignal()
        consumer.setListener(for: partitions) { wake.set() }
        async let running: Void = consumer.run()
        var found: [[Recording.Entry]] = [[], [], []]
        while true {
            for partition in partitions {
                if let error = consumer.error(of: partition) { throw error }
                try consumer.takeBatches(from: partition)?.forEachRecord {
                    found[Int(partition.partition)].append(
                        Recording.Entry(
                            timestamp: $0.timestamp, key: $0.key?.detached(), value: $0.value?.detached(), headers: $0.headers))
                }
            }
            if partitions.allSatisfy({ (consumer.position($0) ?? -1) >= (ends[$0]?.offset ?? 0) }) { break }
            await wake.wait()
            try Task.checkCancellation()
        }
        await consumer.close()
        try await running
        return found
    }

    // MARK: - The application

    /// The names of the topics that belong to the application alone.
    static func ownTopics(of topology: Topology) -> [String] {
        TaskBlueprint(topology, applicationID: TakeOver.applicationID).ownTopics.sorted()
    }

    /// Runs the application until its input is processed. Returns what it told.
    @discardableResult
    func run(_ topology: Topology) async throws -> [StreamsEvent] {
        let events = Mutex<[StreamsEvent]>([])
        let application = try StreamsApplication(
            topology,
            configuration: StreamsConfiguration(
                applicationID: TakeOver.applicationID, guarantee: .exactlyOnce, commitInterval: .milliseconds(20),
                cacheBytes: 0, exitsWhenIdle: true, observer: { event in events.withLock { $0.append(event) } }),
            client: client)
        try await application.run()
        return events.withLock { $0 }
    }
}
