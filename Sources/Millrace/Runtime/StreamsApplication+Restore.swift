import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// Rebuilds a task's stores from their changelogs, up to the ends that these have now; a source topic that serves as
    /// a changelog, up to what is committed. Returns how many records there were for each store that had any; nil if it was
    /// told to stop before they were complete. `wake` makes it look.
    func restore(
        _ work: inout TaskWork, committed: [TopicPartition: Int64], wake: WakeSignal, isStopping: () -> Bool
    ) async throws -> [String: Int64]? {
        let stores = changelogs(of: work.core.task)
        guard !stores.isEmpty else { return [:] }
        let admin = AdminClient(client: client)
        let starts = try await admin.listOffsets(stores.mapValues { _ in .earliest }).mapValues(\.offset)
        let latest = try await admin.listOffsets(stores.mapValues { _ in .latest }, isolation: configuration.isolation)
        // Records after the committed offset are yet to be processed.
        let ends = Dictionary(
            uniqueKeysWithValues: stores.map { partition, store in
                let end = latest[partition]?.offset ?? 0
                let isSource = blueprint.sourceChangelog(of: store) != nil
                return (partition, isSource ? min(end, committed[partition] ?? 0) : end)
            })
        for (partition, store) in stores where blueprint.sourceChangelog(of: store) == nil { work.ends[store] = ends[partition] }
        var open = stores.filter { starts[$0.key] ?? 0 < ends[$0.key] ?? 0 }
        guard !open.isEmpty else { return [:] }
        let consumer = Consumer(
            client: client,
            configuration: ConsumerConfiguration(isolation: configuration.isolation, bufferBytesPerPartition: 4 << 20))
        try consumer.assign(open.mapValues { _ in .earliest })
        consumer.setListener(for: Array(open.keys)) { wake.set() }
        let (id, work) = (work.core.task.id, work)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            defer { group.cancelAll() }
            var counts: [TopicPartition: Int64] = [:]
            while !open.isEmpty {
                if isStopping() { return nil }
                var hasTaken = false
                for (partition, store) in open {
                    if let error = consumer.error(of: partition) { throw error }
                    let end = ends[partition] ?? 0
                    if let fetched = consumer.takeBatches(from: partition) {
                        hasTaken = true
                        counts[partition, default: 0] += try await restore(fetched, into: store, work, before: end)
                        configuration.observer(
                            .restoring(
                                id, store: store, records: counts[partition] ?? 0,
                                of: end.saturatingSubtract(starts[partition] ?? 0)))
                    }
                    if let position = consumer.position(partition), position >= end {
                        configuration.observer(.restored(id, store: store, records: counts[partition] ?? 0))
                        open[partition] = nil
                    }
                }
                if !hasTaken, !open.isEmpty {
                    try Task.checkCancellation()
                    await wake.wait()
                }
            }
            return Dictionary(uniqueKeysWithValues: counts.filter { $0.value > 0 }.map { (stores[$0.key] ?? "", $0.value) })
        }
    }

    /// The partitions that a task's stores are restored from.
    private func changelogs(of task: StreamTask) -> [TopicPartition: String] {
        let found = task.storeNames.compactMap { name -> (TopicPartition, String)? in
            guard let topic = blueprint.changelog(of: name) ?? blueprint.sourceChangelog(of: name) else { return nil }
            // Of topics that share a sub-topology and no state, one may have fewer partitions than there are tasks.
            let isThere = blueprint.changelog(of: name) != nil || task.inputs.index(of: topic) != nil
            return isThere ? (TopicPartition(topic, task.id.partition), name) : nil
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Puts records back, those before `end`. Returns how many there were.
    private func restore(
        _ fetched: FetchedBatches, into store: String, _ work: TaskWork, before end: Int64
    ) async throws -> Int64 {
        let source = blueprint.sourceChangelog(of: store)
        return try await work.turn(workers) { core in
            var count: Int64 = 0
            try fetched.forEachRecord { record in
                guard record.offset < end, let key = record.key else { return }
                do {
                    if let source {
                        try core.task.restore(store: store, from: source, record)
                    } else {
                        try core.task.restore(
                            store: store, key: key, value: record.value, timestamp: record.timestamp,
                            headers: record.headers)
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
}
