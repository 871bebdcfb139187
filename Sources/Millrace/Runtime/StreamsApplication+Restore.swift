import KafkaClient
import KafkaProtocol

extension StreamsApplication {
    /// Rebuilds a task's stores: from local state, as far as that can be gone on from, and from their changelogs, up to the ends
    /// that these have now; a source topic that serves as a changelog, up to what is committed. Returns how many records there
    /// were for each store that had any; nil if it was told to stop before they were complete. `wake` makes it look.
    func restore(
        _ work: inout TaskWork, committed: [TopicPartition: Int64], wake: WakeSignal, isStopping: () -> Bool
    ) async throws -> [String: Int64]? {
        let stores = changelogs(of: work.core.task)
        guard !stores.isEmpty else { return [:] }
        let sources = try await sources(of: stores, committed)
        for (store, source) in sources where blueprint.sourceChangelog(of: store) == nil { work.ends[store] = source.end }
        for (_, source) in sources { work.topicIDs[source.partition] = source.topicID }
        let byPartition = Dictionary(uniqueKeysWithValues: sources.map { ($0.source.partition, $0.source) })
        guard let local = try await held(work.opened, sources, isStopping: isStopping) else { return nil }
        var from: [TopicPartition: Int64] = [:]
        for source in byPartition.values { from[source.partition] = max(source.start, local[source.partition]?.offset ?? 0) }
        let open = stores.filter { from[$0.key] ?? 0 < byPartition[$0.key]?.end ?? 0 }
        guard let counts = try await restore(open, byPartition, from: from, work.opened, wake, isStopping) else { return nil }
        try await keepRestored(work.opened, sources)
        var restored: [String: Int64] = [:]
        for (partition, store) in stores {
            let count = (counts[partition] ?? 0).saturatingAdd(local[partition]?.entries ?? 0)
            if count > 0 { restored[store] = count }
        }
        return restored
    }

    /// What the stores have already: what a standby has put into them, or else what local state has, which is put back. Nil if it was
    /// told to stop before.
    func held(
        _ work: OpenTask, _ sources: [(store: String, source: StateVerdict.Source)], isStopping: () -> Bool
    ) async throws -> [TopicPartition: LoadedRows]? {
        guard let positions = work.positions else {
            let stores = Set(sources.map(\.store))
            try await work.turn { $0.task.database?.clear(except: stores) }
            return try await loadLocalState(work, sources, isStopping: isStopping)
        }
        let now = client.environment.wallClock()
        var held: [TopicPartition: LoadedRows] = [:]
        for (store, source) in sources {
            guard let position = positions[source.partition] else { continue }
            // The topic may have been made anew since, or its broker have lost records.
            switch StateVerdict(RowMarker(positions: [position], writtenAt: now), source, now: now) {
            case .use: held[source.partition] = LoadedRows(entries: 0, offset: position.offset)
            case .setAside(let reason): throw UnusableStandby(store: store, reason: reason)
            case .none: break
            }
        }
        return held
    }

    /// Reads the partitions given into their stores. Returns how many records there were.
    private func restore(
        _ stores: [TopicPartition: String], _ sources: [TopicPartition: StateVerdict.Source], from: [TopicPartition: Int64],
        _ work: OpenTask, _ wake: WakeSignal, _ isStopping: () -> Bool
    ) async throws -> [TopicPartition: Int64]? {
        guard !stores.isEmpty else { return [:] }
        var open = stores
        let consumer = Consumer(
            client: client,
            configuration: ConsumerConfiguration(isolation: configuration.isolation, bufferBytesPerPartition: 4 << 20))
        try consumer.assign(
            Dictionary(uniqueKeysWithValues: open.keys.map { ($0, from[$0].map(StartPosition.offset) ?? .earliest) }))
        consumer.setListener(for: Array(open.keys)) { wake.set() }
        let id = work.core.task.id
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            defer { group.cancelAll() }
            var counts: [TopicPartition: Int64] = [:]
            let unread = WaitBoard.Key(client.waits.newOwner())
            defer { client.waits.clear(unread) }
            while !open.isEmpty {
                if isStopping() { return nil }
                if isPaused(id.subTopology) {
                    try Task.checkCancellation()
                    await wake.wait()
                    continue
                }
                var hasTaken = false
                var lags: [String: Int64] = [:]
                for (partition, store) in open {
                    if let error = consumer.error(of: partition) { throw error }
                    let end = sources[partition]?.end ?? 0
                    if let fetched = consumer.takeBatches(from: partition) {
                        hasTaken = true
                        counts[partition, default: 0] += try await restore(
                            fetched, into: store, work, before: end, sources[partition]?.topicID)
                        configuration.observer(
                            .restoring(
                                id, store: store, records: counts[partition] ?? 0,
                                of: end.saturatingSubtract(from[partition] ?? 0)))
                    }
                    if let position = consumer.position(partition) { lags[store] = max(0, end.saturatingSubtract(position)) }
                    if let position = consumer.position(partition), position >= end {
                        configuration.observer(.restored(id, store: store, records: counts[partition] ?? 0))
                        open[partition] = nil
                    }
                }
                live.note(lags, of: work.core)
                if hasTaken {
                    client.waits.clear(unread)
                } else if let (partition, store) = open.first {
                    try Task.checkCancellation()
                    client.waits.note(
                        unread, "restore store \(store) of task \(id)", because: unreadable(partition), now: client.environment.now(),
                        isOutage: false)
                    await wake.wait()
                }
            }
            return counts
        }
    }

    /// Why nothing more of a changelog can be read at the moment.
    private func unreadable(_ partition: TopicPartition) -> KafkaError {
        KafkaError(.timeout, "there is nothing to read of \(partition), such as while a transaction is open", topicPartition: partition)
    }

    /// The partitions that a task's stores are restored from.
    func changelogs(of task: StreamTask) -> [TopicPartition: String] {
        let found = task.storeNames.compactMap { name -> (TopicPartition, String)? in
            guard let topic = blueprint.changelog(of: name) ?? blueprint.sourceChangelog(of: name) else { return nil }
            // Of topics that share a sub-topology and no state, one may have fewer partitions than there are tasks.
            let isThere = blueprint.changelog(of: name) != nil || task.inputs.index(of: topic) != nil
            return isThere ? (TopicPartition(topic, task.id.partition), name) : nil
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// What there is of them: their ids, where they begin, and up to where they are read.
    func sources(
        of stores: [TopicPartition: String], _ committed: [TopicPartition: Int64]
    ) async throws -> [(store: String, source: StateVerdict.Source)] {
        let admin = AdminClient(client: client)
        let starts = try await admin.listOffsets(stores.mapValues { _ in .earliest })
        // Also what belongs to open transactions, whose ends are waited for: a transaction of another instance counts from when its
        // coordinator says so, a little before the markers are in all its partitions.
        let latest = try await admin.listOffsets(stores.mapValues { _ in .latest })
        var ids: [String: KafkaUUID] = [:]
        var deletionsStay: [String: Int64] = [:]
        if localState != nil {
            for topic in Set(stores.keys.map(\.topic)) {
                ids[topic] = try await client.topicMetadata(topic).id
                deletionsStay[topic] = try await self.deletionsStay(in: topic)
            }
        }
        return stores.sorted { $0.key < $1.key }.map { partition, store in
            let end = latest[partition]?.offset ?? 0
            // Records after the committed offset are yet to be processed.
            let isSource = blueprint.sourceChangelog(of: store) != nil
            var source = StateVerdict.Source(
                partition: partition, topicID: ids[partition.topic] ?? .zero, start: starts[partition]?.offset ?? 0,
                end: isSource ? min(end, committed[partition] ?? 0) : end,
                isTrimmed: blueprint.topology.stores[store]?.cleanup == .trimming)
            if let found = deletionsStay[partition.topic] { source.deletionsStay = found }
            return (store, source)
        }
    }

    /// Local state has all that was restored.
    private func keepRestored(_ work: OpenTask, _ sources: [(store: String, source: StateVerdict.Source)]) async throws {
        guard let rows = work.rows else { return }
        let now = client.environment.wallClock()
        let blockage = try await work.turn { core in
            let progress = core.progress
            let positions = sources.map { store, source in
                let position = RowPosition(
                    partition: source.partition, topicID: source.topicID, offset: source.end,
                    time: progress[source.partition]?.time ?? -1)
                return (store: store, position: position)
            }
            try core.task.database?.restored(positions, now: now)
            for (store, position) in positions { rows.restored(store, position, now: now) }
            return try core.task.database?.blockage()
        }
        try await work.waitForRoom(blockage, client)
    }

    /// Puts records back, those before `end`. Returns how many there were.
    func restore(
        _ fetched: FetchedBatches, into store: String, _ work: OpenTask, before end: Int64, _ topicID: KafkaUUID?
    ) async throws -> Int64 {
        let source = blueprint.sourceChangelog(of: store)
        let now = client.environment.wallClock()
        let (count, blockage) = try await work.turn { core in
            let count =
                if let source {
                    try core.task.restore(store: store, from: source, fetched, before: end)
                } else if var restorer = core.task.restorer(of: store) {
                    try restorer.restore(fetched, before: end)
                } else {
                    Int64(0)
                }
            let partition = fetched.topicPartition
            let position = RowPosition(
                partition: partition, topicID: topicID ?? .zero, offset: min(end, fetched.nextOffset),
                time: core.progress[partition]?.time ?? -1)
            try core.task.database?.restored(store, position, now: now)
            work.rows?.restoring(store, position, now: now)
            return (count, try core.task.database?.blockage())
        }
        try await work.waitForRoom(blockage, client)
        return count
    }
}
