package import KafkaProtocol

/// What tasks of a topology are made from, worked out once: the sub-topologies and their stores.
package struct TaskBlueprint: Sendable {
    /// With the topics in place of patterns, as far as they are known (`matching`).
    let topology: Topology
    let subTopologies: [SubTopology]
    package let applicationID: String
    /// A number for what the tasks are, the same in every process. Instances of one application must agree in it.
    let fingerprint: UInt64
    /// As it was built.
    private let written: Topology

    /// Stores that do not say what keeps their rows are kept by `store`, if they can be.
    package init(_ topology: Topology, applicationID: String, store: StoreEngine = .memory) {
        var topology = topology
        for name in topology.stores.keys where topology.stores[name]?.engine == nil { topology.stores[name]?.engine = store }
        self.topology = topology
        self.applicationID = applicationID
        written = topology
        subTopologies = topology.subTopologies()
        fingerprint = Self.fingerprint(subTopologies, topology, applicationID)
    }

    private init(_ blueprint: TaskBlueprint, topology: Topology) {
        applicationID = blueprint.applicationID
        fingerprint = blueprint.fingerprint
        written = blueprint.written
        self.topology = topology
        subTopologies = topology.subTopologies()
    }

    /// The same with the topics in place of patterns that match these, of those that are there. Left out are the application's own
    /// topics and `excluded`. Throws if a topic matches patterns of two sources.
    package func matching(_ names: some Sequence<String>, excluding excluded: Set<String> = []) throws -> TaskBlueprint {
        guard hasPatterns else { return self }
        let own = ownTopics
        let names = names.filter { !own.contains($0) && !isOwn($0) && !excluded.contains($0) }
        return TaskBlueprint(self, topology: try written.matching(names))
    }

    /// Whether there are sources that read what matches a pattern.
    package var hasPatterns: Bool { written.sourceTopics.contains(where: \.isPattern) }

    /// The topics that are read as they match patterns.
    package var topicsByPattern: Set<String> {
        Set(topology.sourceTopics.subtracting(written.sourceTopics).map { $0.resolved(applicationID: applicationID) })
    }

    /// Whether a topic has the name of one that the application makes, now or with another topology.
    func isOwn(_ topic: String) -> Bool {
        let endings = ["-repartition", "-changelog", "-subscription-registration-topic", "-subscription-response-topic"]
        return topic.hasPrefix("\(applicationID)-") && endings.contains { topic.hasSuffix($0) }
    }

    /// What a sub-topology reads by name, by the names on the broker, and by pattern.
    func subscription(of group: Int) -> (topics: [String], patterns: [TopicPattern]) {
        let read = written.subTopologies()[group].sourceTopics
        return (
            read.filter { !$0.isPattern }.map { $0.resolved(applicationID: applicationID) },
            // What is none is refused when the topology is built.
            read.filter(\.isPattern).compactMap { try? TopicPattern($0.name) }
        )
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

    /// Says what the tasks are: their sub-topologies, with the topics that they read and the changelogs of their stores. In what the
    /// steps between do, instances need not agree.
    private static func fingerprint(_ parts: [SubTopology], _ topology: Topology, _ applicationID: String) -> UInt64 {
        var writer = ByteWriter(capacity: 256)
        for part in parts where !part.isGlobal {
            writer.write(Int32(clamping: part.id))
            let changelogs = part.storeNames.compactMap { name -> TopicReference? in
                guard let store = topology.stores[name] else { return nil }
                return store.isLogged ? store.changelog : store.sourceTopic
            }
            for topics in [part.sourceTopics, changelogs] {
                writer.write(Int32(clamping: topics.count))
                for name in topics.map({ Name($0.resolved(applicationID: applicationID)) }).sorted() { writer.write(name: name) }
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
    /// Changes of its stores come together for local state if it `keepsRows`: where they did for the task that there was `before`.
    package func makeTask(
        _ id: TaskID, collector: any RecordCollector, globalStores: GlobalStores, cacheBytes: Int,
        onBadRecord: BadRecordPolicy, onFailure: [StreamsFailure.Kind: BadRecordPolicy] = [:],
        droppedRecords: DroppedRecordPolicy = .count, keepsRows: Bool = false, database: TaskDatabase? = nil,
        rowsOf before: StreamTask? = nil, maxIdle: Int64 = 0, calls: AsyncCalls = AsyncCalls(),
        wallClock: @escaping () -> Int64 = { 0 }, now: (() -> Int64)? = nil
    ) throws -> StreamTask {
        let context = TaskContext(
            applicationID: applicationID, partition: id.partition, collector: collector,
            globalStores: globalStores.byName, cacheBytes: cacheBytes)
        context.wallClock = wallClock
        context.now = now ?? wallClock
        context.calls = calls
        if keepsRows { context.rowBuffers = before?.context.rowBuffers ?? [:] }
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
