import KafkaProtocol

/// Builds a `Topology` from streams and tables: Kafka Streams' `StreamsBuilder`.
///
/// ```swift
/// let builder = StreamsBuilder()
/// builder.stream("lines", value: .string)
///     .nonNull()
///     .flatMapValues { line in line.split(separator: " ").map { $0.lowercased() } }
///     .groupBy { _, word in word }
///     .count()
///     .toStream()
///     .to("word-counts")
/// let topology = try builder.build()
/// ```
/// A builder belongs to one thread. What is wrong with a step (a missing serde, a negative size, a name used twice) is
/// reported by `build()`, which names the step.
public final class StreamsBuilder {
    private var nodes: [() throws -> TopologyNode] = []
    private var stores: [() throws -> StoreDefinition] = []
    private var repartitionTopics: [RepartitionDefinition] = []
    private var globalNodes: Set<String> = []
    private var copartitioned: [(step: String, topics: [TopicReference])] = []
    private var joinRepartitionings: [[String]: (source: String, topic: TopicReference)] = [:]
    var processorStores: Set<String> = []
    private var mergeable: [MergeableRepartition] = []
    private var selfJoins: [() throws -> SelfJoin] = []
    private var traits = StepTraits()
    private var nullKeyFilters: [String: (_ parent: String) -> TopologyNode] = [:]
    private var tableSources: [(store: String, topic: TopicReference)] = []
    private var streamSources: [Set<TopicReference>: StreamSource] = [:]
    private var outputs: [String: RecordType] = [:]
    /// How long after their end windows still change, by the step that makes them, in milliseconds.
    private var windowGraces: [String: Int64] = [:]
    /// The steps made so far while a topology is built.
    private var made: [String: TopologyNode] = [:]
    private var policies: [String: BadRecordPolicy] = [:]
    private var partsOfSteps: [String: String] = [:]
    private var faults: [String] = []
    private var warnings: [String] = []
    private var counter = 0
    private var generatedNames: [String: String] = [:]

    /// An empty builder.
    public init() {}

    /// The topology of all steps so far, optimized if asked for.
    ///
    /// Throws a `StreamsError` with the code `invalidTopology` that lists all that is wrong, with the names of the
    /// steps: names used twice or not allowed, topics read twice, missing serdes and stores, times and sizes that make
    /// no sense, retentions shorter than windows. That topics are missing or have other numbers of partitions shows
    /// when the application starts.
    public func build(_ optimization: TopologyOptimization = []) throws -> Topology {
        var topology = Topology()
        let known = faults
        made = [:]
        defer { (faults, made) = (known, [:]) }
        for make in nodes {
            let node = try make()
            topology.nodes.append(node)
            made[node.name] = node
        }
        var faults = self.faults
        for definition in stores {
            let store = try definition()
            if topology.stores.updateValue(store, forKey: store.name) != nil {
                let users = topology.nodes.filter { $0.stores.contains(store.name) }.map(\.name)
                faults.append(
                    "the store name \(store.name) is used twice, among the steps \(users.joined(separator: ", "))")
            }
        }
        topology.repartitionTopics = repartitionTopics
        topology.globalNodes = globalNodes
        topology.outputs = outputs
        topology.copartitioned = copartitioned
        topology.generatedNames = generatedNames
        topology.warnings = warnings
        topology.policies = policies
        topology.partsOfSteps = partsOfSteps
        if optimization.contains(.singleStoreSelfJoin) { topology.optimize(try selfJoins.map { try $0() }) }
        if optimization.contains(.mergeRepartitionTopics) {
            topology.merge(mergeable, traits)
        }
        topology.keepNullKeys(before: traits.relaxedJoins, nullKeyFilters)
        if optimization.contains(.reuseTableSourceTopics) {
            for (store, topic) in tableSources { topology.stores[store]?.reuse(topic) }
        }
        faults += topology.faults
        if topology.nodes.isEmpty { faults.append("there is no step at all") }
        guard faults.isEmpty else {
            throw StreamsError(.invalidTopology, "the topology cannot be built: " + faults.joined(separator: "; "))
        }
        return topology
    }

    // MARK: - For the DSL's steps

    @usableFromInline
    func newName(_ prefix: String) -> String {
        defer { counter += 1 }
        let digits = String(counter)
        return generated(String(repeating: "0", count: max(0, 10 - digits.count)) + digits, prefix)
    }

    /// A name that is made up, of a prefix and a number.
    func generated(_ number: some StringProtocol, _ prefix: String) -> String {
        let name = prefix + number
        generatedNames[name] = prefix
        return name
    }

    /// Uses up the numbers of a repartition topic's steps where one that is there already is shared, as Kafka Streams
    /// does.
    @usableFromInline
    func useUpRepartitionNames() { counter += 3 }

    /// `name`, or a new one with the prefix. A number is used up in any case, as in Kafka Streams, so that naming a step
    /// does not rename those after it.
    @usableFromInline
    func name(_ name: Named?, or prefix: String) -> String {
        let numbered = newName(prefix)
        return name?.name ?? numbered
    }

    /// Remembers a step; `make` is called when the topology is built, once all that depends on later steps is known.
    @usableFromInline
    func add(_ make: @escaping () throws -> TopologyNode) { nodes.append(make) }

    @usableFromInline
    func addStore(_ make: @escaping () throws -> StoreDefinition) { stores.append(make) }

    @usableFromInline
    func addRepartition(_ definition: RepartitionDefinition) {
        if repartitionTopics.contains(where: { $0.topic == definition.topic }) {
            faults.append("the repartition topic \(definition.topic.name) is made twice; name one of the steps, as in groupBy(.named(\"by-customer\"))")
        }
        repartitionTopics.append(definition)
    }

    @usableFromInline
    func addMergeable(_ repartition: MergeableRepartition) { mergeable.append(repartition) }

    @usableFromInline
    func addSelfJoin(_ make: @escaping () throws -> SelfJoin) { selfJoins.append(make) }

    /// Remembers that a step changes keys, or values.
    @usableFromInline
    func noteChange(of step: String, keys: Bool, values: Bool) {
        if keys { traits.keyChanging.insert(step) }
        if values { traits.valueChanging.insert(step) }
    }

    /// The step that streams of these topics share, if there is one with these types. Streams that begin elsewhere
    /// cannot share it.
    @usableFromInline
    func sharedSource<Key, Value>(
        _ name: String, _ topics: [TopicReference], _ reset: OffsetReset?, _: KStream<Key, Value>.Type
    ) -> String? {
        let topics = Set(topics)
        guard let known = streamSources[topics] else {
            streamSources[topics] = StreamSource(
                name: name, types: ObjectIdentifier(KStream<Key, Value>.self), reset: reset)
            return nil
        }
        guard known.types == ObjectIdentifier(KStream<Key, Value>.self) else { return nil }
        if known.reset != reset {
            fault("step \(name) begins elsewhere than \(known.name), which reads the same topics")
        }
        return known.name
    }

    /// Remembers what a step sends, for those that a `Topology` may put after it.
    @usableFromInline
    func noteOutput(of step: String, _ type: RecordType) { outputs[step] = type }

    /// Remembers that a step brings two streams together, and whether both have changed keys.
    @usableFromInline
    func noteMerge(_ step: String, bothRekeyed: Bool) {
        traits.merges.insert(step)
        if bothRekeyed { traits.rekeyedMerges.insert(step) }
    }

    /// Remembers that the results of a join include records without a key.
    @usableFromInline
    func noteRelaxedJoin(_ step: String) { traits.relaxedJoins.insert(step) }

    /// Remembers how the filter before a repartition topic is made if it is to keep null keys.
    @usableFromInline
    func addNullKeyFilter(_ name: String, _ make: @escaping (_ parent: String) -> TopologyNode) {
        nullKeyFilters[name] = make
    }

    /// Remembers a table whose topic could serve as the changelog of its store.
    @usableFromInline
    func addTableSource(store: String, _ topic: TopicReference) { tableSources.append((store, topic)) }

    @usableFromInline
    func addGlobal(_ node: String) { globalNodes.insert(node) }

    @usableFromInline
    func addCopartitioned(step: String, _ topics: [TopicReference]) { copartitioned.append((step, topics)) }

    /// The repartition topic that a join made before for the stream of that node.
    @usableFromInline
    func joinRepartitioning(of node: String, prefix: String) -> (source: String, topic: TopicReference)? {
        joinRepartitionings[[node, prefix]]
    }

    @usableFromInline
    func setJoinRepartitioning(of node: String, prefix: String, _ made: (source: String, topic: TopicReference)) {
        joinRepartitionings[[node, prefix]] = made
    }

    /// Remembers how long after their end the windows that a step makes still change.
    @usableFromInline
    func noteWindowGrace(of step: String, _ graceMs: Int64) { windowGraces[step] = graceMs }

    /// How long after their end windows that `parent` sends may still change: as the nearest steps before it that make
    /// windows say. All that leads to it must begin at such steps; the longest time counts.
    @usableFromInline
    func windowGrace(before step: String, after parent: String) -> Int64 {
        if let grace = windowGrace(of: parent) { return grace }
        fault("step \(step): no step before it says when windows of the table close")
        return 0
    }

    private func windowGrace(of step: String) -> Int64? {
        if let grace = windowGraces[step] { return grace }
        guard let node = made[step] else { return nil }
        var parents = node.parents
        if case .source(let topics, _) = node.kind {
            parents = made.values.filter { other in
                guard case .sink(let topic?) = other.kind else { return false }
                return topic.isInternal && topics.contains(topic)
            }.map(\.name)
        }
        let graces = parents.map { windowGrace(of: $0) }
        return graces.contains(nil) ? nil : graces.compactMap(\.self).max()
    }

    /// Remembers what happens to records that fail in a step; nil for what the application says.
    @usableFromInline
    func setPolicy(_ policy: BadRecordPolicy?, of step: String) {
        guard let policy else { return }
        if let fault = policy.fault { self.fault("step \(step): \(fault)") }
        policies[step] = policy
    }

    /// Remembers that steps are parts of one that is known by another's name.
    @usableFromInline
    func noteParts(_ parts: [String], of step: String) {
        for part in parts { partsOfSteps[part] = step }
    }

    /// Remembers that something is wrong.
    @usableFromInline
    func fault(_ what: String) { faults.append(what) }

    /// Remembers that something is allowed and yet hardly meant.
    @usableFromInline
    func warn(_ what: String) { warnings.append(what) }

    /// The serde named, or the type's own.
    @usableFromInline
    func serde<Value>(_ named: Serde<Value>?, for what: String, of step: String) -> Serde<Value> {
        if let found = named ?? Serde<Value>.standard() { return found }
        faults.append("step \(step) needs a serde for its \(what) of type \(Value.self): name one")
        return Serde(
            encode: { _, _ in throw SerdeError("no serde for \(Value.self)") },
            decode: { _ in throw SerdeError("no serde for \(Value.self)") })
    }
}

/// The source of a stream, which other streams of the same topics may share.
private struct StreamSource {
    let name: String
    let types: ObjectIdentifier
    let reset: OffsetReset?
}
