import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// Rebuilds a task's stores from their changelogs, up to the ends that these have now; a source topic that serves as
    /// a changelog, up to what is committed. Returns false if it was told to stop before they were complete; `wake` makes
    /// it look.
    func restore(
        _ task: StreamTask, committed: [TopicPartition: Int64], wake: WakeSignal, isStopping: () -> Bool
    ) async throws -> Bool {
        let changelogs = task.storeNames.compactMap { name -> (TopicPartition, String)? in
            guard let topic = blueprint.changelog(of: name) ?? blueprint.sourceChangelog(of: name) else { return nil }
            let partition = TopicPartition(topic, task.id.partition)
            // Of topics that share a sub-topology and no state, one may have fewer partitions than there are tasks.
            let isThere = blueprint.changelog(of: name) != nil || task.inputs.index(of: topic) != nil
            return isThere ? (partition, name) : nil
        }
        guard !changelogs.isEmpty else { return true }
        let stores = Dictionary(uniqueKeysWithValues: changelogs)
        let admin = AdminClient(client: client)
        let starts = try await admin.listOffsets(stores.mapValues { _ in .earliest })
        let latest = try await admin.listOffsets(stores.mapValues { _ in .latest }, isolation: configuration.isolation)
        // Records after the committed offset are yet to be processed.
        let ends = Dictionary(
            uniqueKeysWithValues: stores.map { partition, store in
                let end = latest[partition]?.offset ?? 0
                let isSource = blueprint.sourceChangelog(of: store) != nil
                return (partition, isSource ? min(end, committed[partition] ?? 0) : end)
            })
        var open = stores.filter { (starts[$0.key]?.offset ?? 0) < ends[$0.key, default: 0] }
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
                        counts[partition, default: 0] += try restore(
                            fetched, into: store, of: task, before: ends[partition, default: 0])
                        configuration.observer(
                            .restoring(
                                task.id, store: store, records: counts[partition, default: 0],
                                of: ends[partition, default: 0] - (starts[partition]?.offset ?? 0)))
                    }
                    if let position = consumer.position(partition), position >= ends[partition, default: 0] {
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

    private func restore(
        _ fetched: FetchedBatches, into store: String, of task: StreamTask, before end: Int64
    ) throws -> Int64 {
        var count: Int64 = 0
        let source = blueprint.sourceChangelog(of: store)
        try fetched.forEachRecord { record in
            guard record.offset < end, let key = record.key else { return }
            do {
                if let source {
                    try task.restore(store: store, from: source, record)
                } else {
                    try task.restore(store: store, key: key, value: record.value, timestamp: record.timestamp)
                }
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
