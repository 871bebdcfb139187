import KafkaClient
import KafkaProtocol
import Synchronization

extension StreamsApplication {
    /// Reads the global tables' topics up to the ends that they have now; nil if there are none. Throws if that fails.
    func loadGlobalStores() async throws -> GlobalStoreLoader? {
        guard !blueprint.globalGroups.isEmpty else { return nil }
        let loader = try await GlobalStoreLoader(self)
        try await loader.load()
        return loader
    }
}

/// Fills an instance's global stores: up to the end at the start, and then as records come.
///
/// Bad records go as the policy says. Each instance reads the topics whole at each start, and so sends the same dead
/// letters again; they are not part of any transaction.
final class GlobalStoreLoader: Sendable {
    private let application: StreamsApplication
    private let partitions: [TopicPartition]
    private let wake = WakeSignal()
    private let resumeAt = Mutex<[TopicPartition: Int64]>([:])

    init(_ application: StreamsApplication) async throws {
        self.application = application
        var partitions: [TopicPartition] = []
        for topic in application.blueprint.globalGroups.flatMap({ application.blueprint.sourceTopics(of: $0) }) {
            partitions += try await application.client.partitions(of: topic).map { TopicPartition(topic, $0.partition) }
        }
        self.partitions = partitions
    }

    /// Reads up to the present ends.
    func load() async throws {
        let ends = try await AdminClient(client: application.client).listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }),
            isolation: application.configuration.isolation)
        let positions = try await read(from: [:]) { positions in
            self.partitions.allSatisfy { positions[$0] ?? 0 >= ends[$0]?.offset ?? 0 }
        }
        resumeAt.withLock { $0 = positions }
    }

    /// Goes on reading until cancelled.
    func follow() async throws { _ = try await read(from: resumeAt.withLock { $0 }) { _ in false } }

    private func read(
        from start: [TopicPartition: Int64], until isDone: @escaping @Sendable ([TopicPartition: Int64]) -> Bool
    ) async throws -> [TopicPartition: Int64] {
        let blueprint = application.blueprint
        let consumer = Consumer(
            client: application.client,
            configuration: ConsumerConfiguration(isolation: application.configuration.isolation))
        try consumer.assign(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, start[$0].map(StartPosition.offset) ?? .earliest) }))
        consumer.setListener(for: partitions) { [wake] in wake.set() }
        let letters = try await makeDeadLetters()
        var tasks: [TaskID: StreamTask] = [:]
        for group in blueprint.globalGroups {
            let topics = Set(blueprint.sourceTopics(of: group))
            for partition in Set(partitions.filter { topics.contains($0.topic) }.map(\.partition)) {
                let id = TaskID(subTopology: group, partition: partition)
                tasks[id] = try blueprint.makeTask(
                    id, collector: letters?.collector ?? NoCollector(), globalStores: application.globalStores,
                    cacheBytes: 0, onBadRecord: application.configuration.onBadRecord,
                    wallClock: application.client.environment.wallClock)
            }
        }
        defer { for task in tasks.values { try? task.close() } }
        for task in tasks.values { try task.start() }
        var positions: [TopicPartition: Int64] = start
        var told: Int64 = 0
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            if let producer = letters?.producer { group.addTask { await producer.run() } }
            defer { group.cancelAll() }
            while true {
                var hasTaken = false
                for task in tasks.values {
                    for index in task.inputs.indices {
                        let partition = task.inputs[index].topicPartition
                        if let error = consumer.error(of: partition) { throw error }
                        if let fetched = consumer.takeBatches(from: partition) {
                            hasTaken = true
                            task.inputs[index].seek(to: fetched.position)
                            task.inputs[index].append(fetched.batches, nextOffset: fetched.nextOffset)
                            task.inputs[index].isAtEnd = true
                            _ = try task.process(limit: .max)
                        }
                        positions[partition] = consumer.position(partition) ?? positions[partition]
                    }
                }
                if let letters, letters.hasBatches {
                    try await letters.producer.enqueue(letters.collector.batches.takeAll())
                    try await letters.producer.flush()
                }
                let bad = tasks.values.reduce(0) { $0 + $1.badRecords }
                // Told at growing intervals.
                if bad > 0, bad >= told * 2 {
                    told = bad
                    application.configuration.observer(.warning(badRecords(bad)))
                }
                if isDone(positions) { return positions }
                try Task.checkCancellation()
                if !hasTaken { await wake.wait() }
            }
        }
    }

    private func badRecords(_ count: Int64) -> String {
        let fate =
            if case .deadLetter(let topic) = application.configuration.onBadRecord { "sent to \(topic)" } else {
                "left out"
            }
        return "\(count) record\(count == 1 ? "" : "s") of global tables could not be read or processed: \(fate)"
    }

    /// The way of bad records to their topic, if the policy has one.
    private func makeDeadLetters() async throws -> DeadLetters? {
        let settings = application.configuration
        guard case .deadLetter(let topic) = settings.onBadRecord else { return nil }
        let count = try await application.client.partitions(of: topic).count
        return DeadLetters(
            collector: ProducerCollector(
                batchBytes: settings.batchBytes, compression: settings.compression,
                partitionCounts: [topic: Int32(clamping: count)]),
            producer: Producer(
                client: application.client,
                configuration: ProducerConfiguration(batchBytes: settings.batchBytes, compression: settings.compression)))
    }

    private struct DeadLetters {
        let collector: ProducerCollector
        let producer: Producer

        var hasBatches: Bool { !collector.batches.isEmpty }
    }
}
