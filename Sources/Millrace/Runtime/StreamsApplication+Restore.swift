import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// Rebuilds a task's stores from their changelogs, up to the ends that these have now. Returns false if it was told
    /// to stop before they were complete; `wake` makes it look.
    func restore(_ task: StreamTask, wake: WakeSignal, isStopping: () -> Bool) async throws -> Bool {
        let changelogs = task.storeNames.compactMap { name -> (TopicPartition, String)? in
            guard let store = blueprint.topology.stores[name], store.isLogged else { return nil }
            let topic = store.changelog.resolved(applicationID: configuration.applicationID)
            return (TopicPartition(topic, task.id.partition), name)
        }
        guard !changelogs.isEmpty else { return true }
        let stores = Dictionary(uniqueKeysWithValues: changelogs)
        let admin = AdminClient(client: client)
        let starts = try await admin.listOffsets(stores.mapValues { _ in .earliest })
        let ends = try await admin.listOffsets(stores.mapValues { _ in .latest }, isolation: configuration.isolation)
        var open = stores.filter { (starts[$0.key]?.offset ?? 0) < (ends[$0.key]?.offset ?? 0) }
        guard !open.isEmpty else { return true }
        let consumer = Consumer(
            client: client,
            configuration: ConsumerConfiguration(isolation: configuration.isolation, bufferBytesPerPartition: 4 << 20))
        try consumer.assign(open.mapValues { _ in .earliest })
        consumer.setListener(for: Array(open.keys)) { wake.set() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            defer { group.cancelAll() }
            var counts: [TopicPartition: Int64] = [:]
            while !open.isEmpty {
                if isStopping() { return false }
                var hasTaken = false
                for (partition, store) in open {
                    if let error = consumer.error(of: partition) { throw error }
                    if let fetched = consumer.takeBatches(from: partition) {
                        hasTaken = true
                        counts[partition, default: 0] += try restore(fetched, into: store, of: task)
                        configuration.observer(
                            .restoring(
                                task.id, store: store, records: counts[partition, default: 0],
                                of: (ends[partition]?.offset ?? 0) - (starts[partition]?.offset ?? 0)))
                    }
                    if let position = consumer.position(partition), position >= ends[partition]?.offset ?? 0 {
                        configuration.observer(.restored(task.id, store: store, records: counts[partition, default: 0]))
                        open[partition] = nil
                    }
                }
                if !hasTaken, !open.isEmpty {
                    try Task.checkCancellation()
                    await wake.wait()
                }
            }
            return true
        }
    }

    private func restore(_ fetched: FetchedBatches, into store: String, of task: StreamTask) throws -> Int64 {
        var count: Int64 = 0
        try fetched.forEachRecord { record in
            guard let key = record.key else { return }
            do {
                try task.restore(store: store, key: key, value: record.value, timestamp: record.timestamp)
            } catch {
                throw StreamsError(
                    .restore,
                    "cannot restore store \(store) from \(fetched.topicPartition) offset \(record.offset)",
                    underlying: error)
            }
            count += 1
        }
        return count
    }
}
