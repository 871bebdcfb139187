package import KafkaProtocol

/// What tasks of a topology are made from, worked out once: the sub-topologies and their stores.
package struct TaskBlueprint: Sendable {
    let topology: Topology
    let subTopologies: [SubTopology]
    package let applicationID: String

    /// Stores that do not say what keeps their rows are kept by `store`, if they can be.
    package init(_ topology: Topology, applicationID: String, store: StoreEngine = .memory) {
        var topology = topology
        for name in topology.stores.keys where topology.stores[name]?.engine == nil { topology.stores[name]?.engine = store }
        self.topology = topology
        self.applicationID = applicationID
        subTopologies = topology.subTopologies()
    }

    /// The numbers of the sub-topologies that have tasks.
    package var taskGroups: [Int] { subTopologies.filter { !$0.isGlobal }.map(\.id) }

    /// The topics that a sub-topology reads, by their names on the broker.
    package func sourceTopics(of group: Int) -> [String] {
        subTopologies[group].sourceTopics.map { $0.resolved(applicationID: applicationID) }
    }

    /// Whether a task of a sub-topology has state that is read before it goes on.
    func isStateful(_ group: Int) -> Bool {
        subTopologies[group].storeNames.contains { changelog(of: $0) != nil || sourceChangelog(of: $0) != nil }
    }

    /// A number for what the tasks are, the same in every process: their sub-topologies, with the topics that they read and the
    /// changelogs of their stores. Instances of one application must agree in it; in what the steps between do, they need not.
    var fingerprint: UInt64 {
        var writer = ByteWriter(capacity: 256)
        for group in taskGroups {
            writer.write(Int32(clamping: group))
            let changelogs = subTopologies[group].storeNames.compactMap { changelog(of: $0) ?? sourceChangelog(of: $0) }
            for names in [sourceTopics(of: group), changelogs] {
                writer.write(Int32(clamping: names.count))
                for name in names.map({ Name($0) }).sorted() { writer.write(name: name) }
            }
        }
        return writer.finish().withUnsafeBytes { RowHash($0, seed: 0) }.high
    }

    /// The topics that the topology writes and reads itself, by their names on the broker.
    package var internalTopics: Set<String> {
        Set(topology.sourceTopics.filter(\.isInternal).map { $0.resolved(applicationID: applicationID) })
    }

    /// The topics that the topology writes, by their names on the broker: those of its sinks and its changelogs.
    package var writtenTopics: Set<String> {
        let topics = topology.sinkTopics.union(topology.stores.values.filter(\.isLogged).map(\.changelog))
        return Set(topics.map { $0.resolved(applicationID: applicationID) })
    }

    /// The topics that are the application's alone, by their names on the broker: repartition topics and changelogs.
    package var ownTopics: Set<String> {
        internalTopics.union(topology.stores.keys.compactMap { changelog(of: $0) })
    }

    /// Whether there are sinks whose records choose their topics.
    package var hasSinksByRecord: Bool {
        topology.nodes.contains { if case .sink(nil) = $0.kind { true } else { false } }
    }

    /// Where the topology says to begin with a topic that has no committed offset. Internal topics are read whole.
    func offsetReset(of topic: String) -> OffsetReset? {
        if internalTopics.contains(topic) { return .earliest }
        for node in topology.nodes {
            if case .source(let topics, let reset?) = node.kind, topics.contains(where: { $0.name == topic }) {
                return reset
            }
        }
        return nil
    }

    /// The changelog topic of a store, by its name on the broker; nil if it has none.
    package func changelog(of store: String) -> String? {
        guard let definition = topology.stores[store], definition.isLogged else { return nil }
        return definition.changelog.resolved(applicationID: applicationID)
    }

    /// How old records of a store's changelog are at least when they are compacted, in milliseconds.
    package func compactionLag(of store: String) -> Int64 {
        if case .compactionAfter(let time)? = topology.stores[store]?.cleanup { time } else { 0 }
    }

    /// The source topic that serves as the changelog of a store; nil if none does.
    package func sourceChangelog(of store: String) -> String? {
        topology.stores[store]?.sourceTopic?.resolved(applicationID: applicationID)
    }

    /// The names of the stores that have their rows on disk.
    var storesOnDisk: [String] { topology.stores.values.filter(\.isOnDisk).map(\.name).sorted() }

    /// Whether a task of a sub-topology has stores on disk.
    package func hasStoresOnDisk(_ group: Int) -> Bool {
        subTopologies[group].storeNames.contains { topology.stores[$0]?.isOnDisk == true }
    }

    /// The numbers of the sub-topologies that fill global stores.
    package var globalGroups: [Int] { subTopologies.filter(\.isGlobal).map(\.id) }

    /// The names of the global stores.
    package var globalStoreNames: [String] { globalGroups.flatMap { subTopologies[$0].storeNames } }

    /// The global stores, empty. Made once for all tasks of an instance.
    package func makeGlobalStores() throws -> GlobalStores {
        // No step is installed for this: a global store needs nothing of a task.
        let assembly = try TaskAssembly(
            nodes: [], stores: [:],
            context: TaskContext(applicationID: applicationID, partition: 0, collector: NoCollector()))
        var stores: [String: any GlobalStateStore] = [:]
        for name in globalStoreNames {
            stores[name] = try topology.stores[name]?.make(assembly) as? any GlobalStateStore
        }
        return GlobalStores(byName: stores)
    }

    /// A task, with empty stores, but those that are kept on disk have their rows in `database`; without one they are in memory.
    /// Changes of its stores come together for local state if it `keepsRows`.
    package func makeTask(
        _ id: TaskID, collector: any RecordCollector, globalStores: GlobalStores, cacheBytes: Int,
        onBadRecord: BadRecordPolicy, onFailure: [StreamsFailure.Kind: BadRecordPolicy] = [:],
        droppedRecords: DroppedRecordPolicy = .count, keepsRows: Bool = false, database: TaskDatabase? = nil,
        maxIdle: Int64 = 0, wallClock: @escaping () -> Int64 = { 0 }, now: (() -> Int64)? = nil
    ) throws -> StreamTask {
        let context = TaskContext(
            applicationID: applicationID, partition: id.partition, collector: collector,
            globalStores: globalStores.byName, cacheBytes: cacheBytes)
        context.wallClock = wallClock
        context.now = now ?? wallClock
        if keepsRows { context.rowBuffers = [:] }
        context.database = database
        context.subTopology = id.subTopology
        context.isGlobal = subTopologies[id.subTopology].isGlobal
        return try StreamTask(
            id: id, subTopology: subTopologies[id.subTopology], stores: topology.stores, context: context,
            policies: FailurePolicies(topology, all: onBadRecord, byKind: onFailure, droppedRecords: droppedRecords),
            maxIdle: maxIdle)
    }
}

/// An instance's global stores.
package struct GlobalStores: Sendable {
    let byName: [String: any GlobalStateStore]
}

/// For tasks that write nothing.
package final class NoCollector: RecordCollector {
    package init() {}

    package func target(topic: String) -> TopicTarget { TopicTarget(index: 0) }

    package func partitionCount(of target: TopicTarget) -> Int32 { 1 }

    package func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?, windowBytes: Int,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) {}
}
