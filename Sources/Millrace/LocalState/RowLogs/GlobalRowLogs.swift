import KafkaClient
import KafkaProtocol

/// The row logs of an instance's global stores. There are no commits of these: what has been taken in is written after a
/// while, with the positions in the topics that belong to it. Used by the loader's turns.
final class GlobalRowLogs: Sendable {
    struct Store: Sendable {
        let store: any GlobalStateStore
        let log: RowLog
        /// The partitions that its rows come from.
        let partitions: [TopicPartition]
        /// A name for what is told.
        let task: TaskID
    }

    let stores: [Store]

    /// How much comes together before it is written.
    private static let bytes = 64 << 10

    init(_ application: StreamsApplication, _ local: LocalState, _ partitions: [TopicPartition]) {
        let blueprint = application.blueprint
        stores = blueprint.globalGroups.flatMap { group -> [Store] in
            let topics = Set(blueprint.sourceTopics(of: group))
            return blueprint.subTopologies[group].storeNames.compactMap { name in
                guard let store = application.globalStores.byName[name] else { return nil }
                let log = RowLog(
                    "\(local.directory.globalDirectory)/\(StateDirectory.pathComponent(name))", identity: store.rowIdentity,
                    buffer: RowLogBuffer(), files: local.directory.files, trouble: local.trouble)
                return Store(
                    store: store, log: log, partitions: partitions.filter { topics.contains($0.topic) }.sorted(),
                    task: TaskID(subTopology: group, partition: 0))
            }
        }
    }

    /// Writes what has been taken in up to these positions, if it is much, or in any case. Returns the compactions that it is
    /// time for.
    func commit(
        _ positions: [TopicPartition: Int64], ids: [String: KafkaUUID], now: Int64, isForced: Bool
    ) -> [RowLogCompaction] {
        stores.compactMap { store in
            guard isForced || store.log.buffer.count >= Self.bytes else { return nil }
            let found = store.partitions.compactMap { partition in
                positions[partition].map {
                    RowPosition(partition: partition, topicID: ids[partition.topic] ?? .zero, offset: $0)
                }
            }
            guard found.count == store.partitions.count else { return nil }
            store.log.commit(found, now: now)
            return store.log.compaction()
        }
    }

    func close() { for store in stores { store.log.close() } }
}

extension StreamsApplication {
    /// Puts the rows of global stores back that can be gone on from, and has what changes kept. Returns from which offsets on
    /// their topics are to be read.
    func loadGlobalRows(
        _ rows: GlobalRowLogs, _ sources: [TopicPartition: StateVerdict.Source]
    ) async throws -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Int64] = [:]
        let now = client.environment.wallClock()
        for entry in rows.stores {
            let (store, log) = (entry.store, entry.log)
            for word in try await workers.run({ try log.openTelling(store: store.name) }) { warn(word) }
            var use: [TopicPartition: Int64] = [:]
            for partition in entry.partitions {
                guard let source = sources[partition] else { continue }
                switch StateVerdict(log.marker, source, now: now) {
                case .none: break
                case .use(let position): use[partition] = position.offset
                case .setAside(let reason):
                    warn("local state of \(store.name) is set aside, and all is read from \(partition.topic): \(reason)")
                    log.reset()
                }
            }
            if log.marker != nil, use.count == entry.partitions.count {
                do {
                    let count = try await workers.run {
                        var loader = RowLogLoader(log)
                        _ = try loader.step(into: store) { false }
                        return loader.entries
                    }
                    offsets.merge(use) { $1 }
                    configuration.observer(.loaded(entry.task, store: store.name, records: count))
                } catch {
                    if error is CancellationError { throw error }
                    warn("local state of \(store.name) cannot be put back: \(error)")
                    store.removeAll()
                    log.reset()
                }
            } else if log.marker != nil {
                log.reset()
            }
            store.keep(log.buffer)
        }
        return offsets
    }
}
