extension Topology {
    /// Adds a step that reads topics. It comes before the steps that name it as a parent.
    ///
    /// `timestamp` takes the event time from the content; without it the record's own timestamp counts. `reset` says
    /// where to begin on partitions without a committed offset; nil leaves it to the application's setting. Throws if
    /// the name is used, there is no topic, or another step reads one of them.
    @inlinable
    public mutating func addSource<Key: Sendable, Value: Sendable>(
        _ name: String, topics: [String], key: Serde<Key>, value: Serde<Value>,
        timestamp: TimestampExtractor<Key, Value>? = nil, reset: OffsetReset? = nil
    ) throws {
        let references = topics.map { TopicReference($0) }
        try insert(.source(name, references, key, value, timestamp, reset), reading: references)
        outputs[name] = RecordType(Record<Key, Value>.self)
    }

    /// Adds a step that reads all topics whose names match a pattern, as `StreamsBuilder.stream(matching:)`. Throws as `addSource`
    /// does, and if the pattern is none.
    @inlinable
    public mutating func addSource<Key: Sendable, Value: Sendable>(
        _ name: String, matching pattern: String, key: Serde<Key>, value: Serde<Value>,
        timestamp: TimestampExtractor<Key, Value>? = nil, reset: OffsetReset? = nil
    ) throws {
        let references = [TopicReference(pattern, isPattern: true)]
        try insert(.source(name, references, key, value, timestamp, reset), reading: references)
        outputs[name] = RecordType(Record<Key, Value>.self)
    }

    /// Adds a processor, made by `make` for each task, after the steps named.
    ///
    /// It is connected to `stores`, which are added unless stores of their names are there, and to those called
    /// `storeNames`. Processors with a store in common are in one sub-topology. Throws if the name is used, a parent or a
    /// store is not there, or a parent sends records of other types than the processor takes.
    /// ```swift
    /// var topology = Topology()
    /// try topology.addSource("visits", topics: ["visits"], key: .string, value: .string)
    /// try topology.addProcessor(
    ///     "deduplicate", parents: ["visits"], stores: [.keyValue("seen", key: .string, value: .string)]
    /// ) { Deduplicate() }
    /// try topology.addSink("fresh", topic: "fresh-visits", parents: ["deduplicate"], key: .string, value: .string)
    /// ```
    @inlinable
    public mutating func addProcessor<P: Processor & SendableMetatype>(
        _ name: String, parents: [String], stores: [StoreBuilder] = [], storeNames: [String] = [],
        _ make: @escaping @Sendable () throws -> P
    ) throws {
        let node = TopologyNode.processor(name, parents: parents, stores: [], make)
        // All or nothing.
        var copy = self
        try copy.insert(node, taking: RecordType(Record<P.InputKey, P.InputValue>.self))
        for store in stores where !copy.hasStore(store.name) { try copy.addStateStore(store) }
        try copy.connect(name, stores: stores.map(\.name) + storeNames)
        copy.outputs[name] = RecordType(Record<P.OutputKey, P.OutputValue>.self)
        self = copy
    }

    /// Adds a step that writes the records of the steps named to a topic, by the hash of their keys' bytes (of windowed
    /// keys those of the keys inside) or as `partitioner` says. Throws as `addProcessor` does.
    @inlinable
    public mutating func addSink<Key: Sendable, Value: Sendable>(
        _ name: String, topic: String, parents: [String], key: Serde<Key>, value: Serde<Value>,
        partitioner: StreamPartitioner<Key, Value>? = nil
    ) throws {
        try insert(
            .sink(name, TopicReference(topic), parents: parents, key, value, partitioner),
            taking: RecordType(Record<Key, Value>.self))
    }

    /// Adds a step that writes each record of the steps named to the topic that `topic` chooses for it: as
    /// `KStream.to(choosing:)`. Throws as `addProcessor` does.
    @inlinable
    public mutating func addSink<Key: Sendable, Value: Sendable>(
        _ name: String, parents: [String], key: Serde<Key>, value: Serde<Value>,
        partitioner: StreamPartitioner<Key, Value>? = nil,
        choosing topic: @escaping @Sendable (_ record: Record<Key, Value>, _ metadata: RecordMetadata?) throws -> String
    ) throws {
        try insert(
            .sink(name, choosing: topic, parents: parents, key, value, partitioner),
            taking: RecordType(Record<Key, Value>.self))
    }

    /// Adds a store, and connects it to processors that are there. A store that is connected to none is not made.
    ///
    /// Throws if the name is used, the store's settings make no sense, or a processor is not there.
    public mutating func addStateStore(_ store: StoreBuilder, processors: [String] = []) throws {
        try checkStore(store)
        var copy = self
        copy.stores[store.name] = store.definition
        for processor in processors { try copy.connect(processor, stores: [store.name]) }
        self = copy
    }

    /// Connects a processor to stores, so that it can get them from its context: Kafka Streams'
    /// `connectProcessorAndStateStores`.
    ///
    /// Throws if one of them is not there, or is a global store, which needs no connection.
    public mutating func connect(_ processor: String, stores names: [String]) throws {
        guard let place = nodes.firstIndex(where: { $0.name == processor }), case .processor = nodes[place].kind else {
            throw StreamsError(.invalidTopology, "there is no processor called \(processor) to connect to stores")
        }
        for name in names {
            guard stores[name] != nil else {
                throw StreamsError(
                    .invalidTopology, "the processor \(processor) names the store \(name), which has not been added")
            }
            guard !isGlobalStore(name) else {
                throw StreamsError(
                    .invalidTopology,
                    "the processor \(processor) names the store \(name): it is global and can be read without that")
            }
            if !nodes[place].stores.contains(name) { nodes[place].stores.append(name) }
        }
    }

    /// Adds a key-value store that every instance has as a whole: `source` reads all partitions of `topic`, and the
    /// processor fills the store from its records. All processors can read it, without being connected to it.
    ///
    /// It is complete as of the application's start before any task begins. As in Kafka Streams since 3.8 (KAFKA-7663),
    /// it is restored through the processor, so that it may keep something else than what the topic has. There is a
    /// processor for each partition; what they forward goes nowhere, and they cannot have schedules. The store has no
    /// changelog. Throws as `addSource` and `addStateStore` do.
    @inlinable
    public mutating func addGlobalStore<P: Processor & SendableMetatype>(
        _ store: StoreBuilder, source: String, topic: String, key: Serde<P.InputKey>, value: Serde<P.InputValue>,
        timestamp: TimestampExtractor<P.InputKey, P.InputValue>? = nil, processor: String,
        _ make: @escaping @Sendable () throws -> P
    ) throws {
        var copy = self
        try copy.addSource(source, topics: [topic], key: key, value: value, timestamp: timestamp, reset: .earliest)
        try copy.addProcessor(processor, parents: [source], make)
        try copy.makeGlobal(store, source: source, processor: processor)
        self = copy
    }

    // MARK: - Checks

    /// Adds a step if its name is free and its topics are.
    @usableFromInline
    mutating func insert(_ node: TopologyNode, reading topics: [TopicReference]) throws {
        try checkName(node.name)
        guard !topics.isEmpty else {
            throw StreamsError(.invalidTopology, "the source \(node.name) has no topic")
        }
        for (place, topic) in topics.enumerated() {
            try checkTopic(topic, of: node.name)
            for other in nodes {
                if case .source(let read, _) = other.kind, read.contains(topic) {
                    throw StreamsError(
                        .invalidTopology,
                        "the topic \(topic.name) is read by two steps, \(other.name) and \(node.name)")
                }
                if case .source(let read, _) = other.kind, let fault = topic.overlap(with: read) {
                    throw StreamsError(
                        .invalidTopology, "\(fault), and so is read by two steps, \(other.name) and \(node.name)")
                }
            }
            if topics[..<place].contains(topic) {
                throw StreamsError(.invalidTopology, "the source \(node.name) names the topic \(topic.name) twice")
            }
        }
        nodes.append(node)
    }

    /// Adds a step if its name is free and its parents send what it takes.
    @usableFromInline
    mutating func insert(_ node: TopologyNode, taking input: RecordType) throws {
        try checkName(node.name)
        if case .sink(let topic?) = node.kind { try checkTopic(topic, of: node.name) }
        guard !node.parents.isEmpty else {
            throw StreamsError(.invalidTopology, "the step \(node.name) has no parent")
        }
        for (place, parent) in node.parents.enumerated() {
            guard let found = self.node(parent) else {
                throw StreamsError(
                    .invalidTopology, "the step \(node.name) has the parent \(parent), which has not been added")
            }
            if case .sink = found.kind {
                throw StreamsError(
                    .invalidTopology, "the step \(node.name) has the parent \(parent), a sink: nothing comes after one")
            }
            guard !globalNodes.contains(parent) else {
                throw StreamsError(
                    .invalidTopology,
                    "the step \(node.name) has the parent \(parent), which fills a global store: nothing comes after it"
                )
            }
            guard !node.parents[..<place].contains(parent) else {
                throw StreamsError(.invalidTopology, "the step \(node.name) names the parent \(parent) twice")
            }
            if let output = outputs[parent], output != input {
                throw StreamsError(
                    .invalidTopology,
                    "the step \(node.name) takes records of (\(input)), but its parent \(parent) sends (\(output))")
            }
        }
        nodes.append(node)
    }

    private func checkName(_ name: String) throws {
        guard !name.isEmpty else { throw StreamsError(.invalidTopology, "a step has an empty name") }
        guard node(name) == nil else { throw StreamsError(.invalidTopology, "the step name \(name) is used twice") }
    }

    private func checkStore(_ store: StoreBuilder) throws {
        if let fault = store.fault { throw StreamsError(.invalidTopology, fault) }
        if let fault = store.name.nameFault {
            throw StreamsError(.invalidTopology, "the store name \"\(store.name)\" is not allowed: \(fault)")
        }
        guard stores[store.name] == nil else {
            throw StreamsError(.invalidTopology, "the store name \(store.name) is used twice")
        }
    }

    private func checkTopic(_ topic: TopicReference, of step: String) throws {
        if let fault = topic.fault { throw StreamsError(.invalidTopology, "step \(step): \(fault)") }
    }

    @usableFromInline
    func hasStore(_ name: String) -> Bool { stores[name] != nil }

    /// Makes a source and a processor the ones that fill a global store.
    @usableFromInline
    mutating func makeGlobal(_ store: StoreBuilder, source: String, processor: String) throws {
        try checkStore(store)
        guard let definition = store.global else {
            throw StreamsError(
                .invalidTopology, "the store \(store.name) cannot be global: only key-value stores can")
        }
        stores[store.name] = definition
        for index in nodes.indices where nodes[index].name == processor { nodes[index].stores = [store.name] }
        globalNodes.formUnion([source, processor])
    }
}
