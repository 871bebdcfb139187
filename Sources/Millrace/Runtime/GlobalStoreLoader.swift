import KafkaClient
import KafkaProtocol
import Synchronization

extension StreamsApplication {
    /// Reads the global tables' topics up to the ends that they have now; nil if there are none. Throws if that fails.
    func loadGlobalStores() async throws -> GlobalStoreLoader? {
        guard !blueprint.globalGroups.isEmpty else { return nil }
        let loader = try await GlobalStoreLoader(self)
        try await loader.load()
        live.globalStoresAreLoaded()
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
    private let waiter: WaitBoard.Owner
    private let resumeAt = Mutex<[TopicPartition: Int64]>([:])
    /// The stores' rows on disk; nil where none are kept.
    private let rows: GlobalRowLogs?
    /// The ids of the topics; none where no rows are kept.
    private let ids: [String: KafkaUUID]

    init(_ application: StreamsApplication) async throws {
        self.application = application
        waiter = application.client.waits.newOwner()
        var partitions: [TopicPartition] = []
        for topic in application.blueprint.globalGroups.flatMap({ application.blueprint.sourceTopics(of: $0) }) {
            partitions += try await application.client.partitions(of: topic).map { TopicPartition(topic, $0.partition) }
        }
        self.partitions = partitions
        rows = application.localState.map { GlobalRowLogs(application, $0, partitions) }
        var ids: [String: KafkaUUID] = [:]
        if rows != nil {
            for topic in Set(partitions.map(\.topic)) { ids[topic] = try await application.client.topicMetadata(topic).id }
        }
        self.ids = ids
    }

    deinit { rows?.close() }

    /// Reads up to the present ends.
    func load() async throws {
        let ends = try await AdminClient(client: application.client).listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }),
            isolation: application.configuration.isolation)
        let positions = try await read(from: try await localPositions(ends)) { positions in
            self.partitions.allSatisfy { positions[$0] ?? 0 >= ends[$0]?.offset ?? 0 }
        }
        resumeAt.withLock { $0 = positions }
    }

    /// Up to where local state has the rows that are put back from it.
    private func localPositions(
        _ ends: [TopicPartition: OffsetAndTimestamp]
    ) async throws -> [TopicPartition: Int64] {
        guard let rows else { return [:] }
        let starts = try await AdminClient(client: application.client).listOffsets(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        var sources: [TopicPartition: StateVerdict.Source] = [:]
        for partition in partitions {
            var source = StateVerdict.Source(
                partition: partition, topicID: ids[partition.topic] ?? .zero, start: starts[partition]?.offset ?? 0,
                end: ends[partition]?.offset ?? 0)
            if let found = try await application.deletionsStay(in: partition.topic) { source.deletionsStay = found }
            sources[partition] = source
        }
        return try await application.loadGlobalRows(rows, sources)
    }

    /// What has been taken in goes to local state, if it is much or `isForced`.
    private func keepRows(_ positions: [TopicPartition: Int64], isForced: Bool) async throws {
        guard let rows, let local = application.localState else { return }
        let now = application.client.environment.wallClock()
        try await application.workers.run { [ids] in
            local.add(rows.commit(positions, ids: ids, now: now, isForced: isForced))
        }
    }

    /// Goes on reading until cancelled.
    func follow() async throws { _ = try await read(from: resumeAt.withLock { $0 }) { _ in false } }

    private func read(
        from start: [TopicPartition: Int64], until isDone: @escaping @Sendable ([TopicPartition: Int64]) -> Bool
    ) async throws -> [TopicPartition: Int64] {
        let consumer = Consumer(
            client: application.client,
            configuration: ConsumerConfiguration(isolation: application.configuration.isolation))
        try consumer.assign(
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, start[$0].map(StartPosition.offset) ?? .earliest) }))
        consumer.setListener(for: partitions) { [wake] in wake.set() }
        let workers = application.workers
        let letters = try await deadLetterTopics()
        let producer = letters == nil ? nil : makeProducer()
        let tasks = try await workers.run { try GlobalTasks(self.application, self.partitions, consumer, letters) }
        var told: Int64 = 0
        do {
            let positions = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await consumer.run() }
                if let producer { group.addTask { await producer.run() } }
                defer { group.cancelAll() }
                var positions = start
                while true {
                    let (hasTaken, bad, batches, retry) = try await workers.run { try tasks.work() }
                    if let producer, !batches.isEmpty {
                        try await producer.enqueue(batches)
                        try await producer.flush()
                    }
                    // Told at growing intervals.
                    if bad > 0, bad >= told.saturatingMultiply(2) {
                        told = bad
                        application.warn(badRecords(bad))
                    }
                    if let retry {
                        // What has been taken over is not all in the stores.
                        try Task.checkCancellation()
                        await self.wait(for: retry)
                        continue
                    }
                    application.client.waits.clear(retrying)
                    for partition in partitions {
                        positions[partition] = consumer.position(partition) ?? positions[partition]
                    }
                    let isComplete = isDone(positions)
                    // Also once there is nothing to do.
                    try await self.keepRows(positions, isForced: isComplete || !hasTaken)
                    if isComplete { return positions }
                    try Task.checkCancellation()
                    if !hasTaken { await wake.wait() }
                }
            }
            try? await workers.runToEnd { tasks.close() }
            return positions
        } catch {
            // A turn that blocks is not waited for, and closes nothing.
            if !(error is CancellationError) { try? await workers.runToEnd { tasks.close() } }
            throw error
        }
    }

    private var retrying: WaitBoard.Key { WaitBoard.Key(waiter, .retry) }

    private func wait(for retry: RetryWait) async {
        let environment = application.client.environment
        let now = environment.now()
        application.client.waits.note(retrying, retry.what, because: retry.reason, now: now, isOutage: false)
        await wake.wait(milliseconds: retry.due.saturatingSubtract(now), sleep: environment.sleep)
    }

    private func badRecords(_ count: Int64) -> String {
        let fate =
            if case .deadLetter(let topic) = application.policies.policy(for: .globalTable, step: nil) { "sent to \(topic)" } else {
                "dealt with as the policy says"
            }
        return "\(count) record\(count == 1 ? "" : "s") of global tables could not be read or processed: \(fate)"
    }

    /// The topics of bad records, if there are any, with the numbers of their partitions.
    private func deadLetterTopics() async throws -> [String: Int32]? {
        let topics = application.policies.deadLetterTopics
        guard !topics.isEmpty else { return nil }
        var counts: [String: Int32] = [:]
        for topic in topics { counts[topic] = Int32(clamping: try await application.client.partitions(of: topic).count) }
        return counts
    }

    private func makeProducer() -> Producer {
        let settings = application.configuration
        return Producer(
            client: application.client,
            configuration: ProducerConfiguration(batchBytes: settings.batchBytes, compression: settings.compression))
    }
}

/// The tasks that fill global stores.
///
/// Sound as Sendable: the loader has one turn at a time and does not come back after one that it has left behind.
private final class GlobalTasks: @unchecked Sendable {
    private let consumer: Consumer
    private let letters: ProducerCollector?
    private var tasks: [StreamTask] = []

    init(
        _ application: StreamsApplication, _ partitions: [TopicPartition], _ consumer: Consumer,
        _ letters: [String: Int32]?
    ) throws {
        self.consumer = consumer
        let settings = application.configuration
        self.letters = letters.map {
            ProducerCollector(batchBytes: settings.batchBytes, compression: settings.compression, partitionCounts: $0)
        }
        let blueprint = application.blueprint
        for group in blueprint.globalGroups {
            let topics = Set(blueprint.sourceTopics(of: group))
            for partition in Set(partitions.filter { topics.contains($0.topic) }.map(\.partition)) {
                tasks.append(
                    try blueprint.makeTask(
                        TaskID(subTopology: group, partition: partition), collector: self.letters ?? NoCollector(),
                        globalStores: application.globalStores, cacheBytes: 0, onBadRecord: settings.onBadRecord,
                        onFailure: settings.onFailure, droppedRecords: settings.droppedRecords,
                        wallClock: application.client.environment.wallClock, now: application.client.environment.now))
            }
        }
        for task in tasks { try task.start() }
    }

    /// Processes what has been read ahead. Returns whether there was something, how many bad records there have been, what
    /// is to be sent of them, and what is to be tried again first.
    func work() throws -> (hasTaken: Bool, bad: Int64, letters: [PreparedBatch], retry: RetryWait?) {
        var hasTaken = false
        for task in tasks {
            if task.isRetrying { _ = try task.process() }
            for index in task.inputs.indices {
                let partition = task.inputs[index].topicPartition
                if let error = consumer.error(of: partition) { throw error }
                if task.isRetrying { break }
                guard let fetched = consumer.takeBatches(from: partition) else { continue }
                hasTaken = true
                task.inputs[index].seek(to: fetched.position)
                task.inputs[index].append(fetched.batches, nextOffset: fetched.nextOffset)
                task.inputs[index].isAtEnd = true
                _ = try task.process()
            }
        }
        let retry = tasks.compactMap(\.retry).min { $0.due < $1.due }
        return (hasTaken, tasks.reduce(0) { $0 + $1.badRecords }, letters?.batches.takeAll() ?? [], retry)
    }

    func close() {
        for task in tasks { try? task.close() }
    }
}
