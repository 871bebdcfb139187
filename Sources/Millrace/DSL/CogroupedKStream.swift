import KafkaProtocol

extension KGroupedStream {
    /// Starts a cogroup: an aggregate fed by several grouped streams with keys of one type, each with a function of its
    /// own that takes its values in. Records with a null key or value are left out. Nothing happens before `aggregate`.
    ///
    /// ```swift
    /// let totals = orders.groupByKey().cogroup { (_, amount, total: Int64) in total + amount }
    ///     .cogroup(refunds.groupByKey()) { _, amount, total in total - amount }
    ///     .aggregate(0)
    /// // order ("a", 5), refund ("a", 2), order ("a", 1)  ->  ("a", 5), ("a", 3), ("a", 4)
    /// ```
    @inlinable
    public func cogroup<Aggregate: Sendable>(
        _ add: @escaping @Sendable (_ key: Key, _ value: Value, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        CogroupedKStream(builder: builder, keySerde: keySerde, inputs: [CogroupInput(self, valued: add)])
    }

    /// As `cogroup`; with windows, null values are taken in as nil. Without windows they are left out.
    @inlinable
    public func cogroupNullable<Aggregate: Sendable>(
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        CogroupedKStream(builder: builder, keySerde: keySerde, inputs: [CogroupInput(self, takesNulls: true, add)])
    }
}

/// Grouped streams that feed one aggregate. Kafka Streams' `CogroupedKStream`.
public struct CogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let builder: StreamsBuilder
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let inputs: [CogroupInput<Key, Aggregate>]

    @usableFromInline init(builder: StreamsBuilder, keySerde: Serde<Key>, inputs: [CogroupInput<Key, Aggregate>]) {
        self.builder = builder
        self.keySerde = keySerde
        self.inputs = inputs
    }

    /// Adds an input, with the function that takes its values in; see `KGroupedStream.cogroup`. All inputs' topics must
    /// have equal numbers of partitions, unless they go through repartition topics.
    ///
    /// ```swift
    /// orders.groupByKey().cogroup(adding).cogroup(refunds.groupByKey(), subtracting).aggregate(0)
    /// ```
    @inlinable
    public func cogroup<Value>(
        _ grouped: KGroupedStream<Key, Value>,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        CogroupedKStream(builder: builder, keySerde: keySerde, inputs: inputs + [CogroupInput(grouped, valued: add)])
    }

    /// As `cogroup`; with windows, null values are taken in as nil. Without windows they are left out.
    @inlinable
    public func cogroupNullable<Value>(
        _ grouped: KGroupedStream<Key, Value>,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        CogroupedKStream(
            builder: builder, keySerde: keySerde, inputs: inputs + [CogroupInput(grouped, takesNulls: true, add)])
    }

    /// Groups further by tumbling or hopping windows.
    ///
    /// ```swift
    /// orders.groupByKey().cogroup(add).cogroup(refunds.groupByKey(), subtract)
    ///     .windowedBy(TimeWindows.tumbling(.hours(1), grace: .minutes(5))).aggregate(0)
    /// ```
    @inlinable
    public func windowedBy(_ windows: TimeWindows) -> TimeWindowedCogroupedKStream<Key, Aggregate> {
        TimeWindowedCogroupedKStream(cogrouped: self, windows: .fixed(windows))
    }

    /// Groups further by sliding windows; see `SlidingWindows`.
    ///
    /// ```swift
    /// cogrouped.windowedBy(SlidingWindows.difference(.minutes(5))).aggregate(0)
    /// ```
    @inlinable
    public func windowedBy(_ windows: SlidingWindows) -> TimeWindowedCogroupedKStream<Key, Aggregate> {
        TimeWindowedCogroupedKStream(cogrouped: self, windows: .sliding(windows))
    }

    /// Groups further by a window from a start on that never closes; see `UnlimitedWindows`.
    ///
    /// ```swift
    /// cogrouped.windowedBy(UnlimitedWindows(startMs: 1_700_000_000_000)).aggregate(0)
    /// ```
    @inlinable
    public func windowedBy(_ windows: UnlimitedWindows) -> TimeWindowedCogroupedKStream<Key, Aggregate> {
        TimeWindowedCogroupedKStream(cogrouped: self, windows: .unlimited(windows))
    }

    /// Groups further by sessions; see `SessionWindows`.
    ///
    /// ```swift
    /// cogrouped.windowedBy(SessionWindows.gap(.minutes(30))).aggregate(0) { _, a, b in a + b }
    /// ```
    @inlinable
    public func windowedBy(_ windows: SessionWindows) -> SessionWindowedCogroupedKStream<Key, Aggregate> {
        SessionWindowedCogroupedKStream(cogrouped: self, windows: windows)
    }

    /// The table of each key's aggregate, which starts from `initial` and takes in the values of all inputs in order of
    /// their arrival; nil deletes it. Records with a null key or value are left out. What is emitted when, times and
    /// retention are as with `KGroupedStream`.
    ///
    /// ```swift
    /// let totals = cogrouped.aggregate(0, .as("totals"))
    /// // order ("a", 5), refund ("a", 2)  ->  ("a", 5), ("a", 3)
    /// ```
    @inlinable
    public func aggregate(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil
    ) -> KTable<Key, Aggregate> {
        let (store, valueSerde) = store(materialized)
        let state = TableState(store: store, isMaterialized: true)
        let isCached = materialized.isCached
        let (name, steps, sources) = addSteps(store: store, named: named) {
            $0.addStep($1, $2, state, store, isCached, initial)
        }
        if materialized.historyRetentionMs != nil { builder.versionedFault(of: name) }
        addMerge(name, steps, Key.self)
        let key = materialized.key ?? keySerde
        let (changelog, engine) = (materialized.changelog, materialized.store)
        builder.addStore { .keyValue(store, key: key, value: valueSerde, changelog: changelog, engine) }
        return KTable(builder: builder, node: name, key: key, value: valueSerde, sources: sources, state: state)
    }

    /// The name of the store and the serde of its values.
    @inlinable
    func store(_ materialized: Materialized<Key, Aggregate>) -> (name: String, value: Serde<Aggregate>) {
        let store = materialized.name ?? builder.newName("COGROUPKSTREAM-AGGREGATE-STATE-STORE-")
        return (store, builder.serde(materialized.value, for: "aggregates", of: store))
    }

    /// Adds a step for each input; gives the name of the one that is to bring them together, and theirs.
    @inlinable
    func addSteps(
        store: String, named: Named?,
        _ addStep: (_ input: CogroupInput<Key, Aggregate>, _ name: String, _ parent: String) -> Void
    ) -> (name: String, steps: [String], sources: [TopicReference]) {
        let parents = inputs.map { $0.grouped(store) }
        var steps: [String] = []
        for (number, (input, parent)) in zip(inputs, parents).enumerated() {
            // Numbers are used up even where names are given.
            let numbered = builder.newName("COGROUPKSTREAM-AGGREGATE-")
            steps.append(named.map { "\($0)-cogroup-agg-\(number)" } ?? numbered)
            addStep(input, steps[number], parent.node)
        }
        let numbered = builder.newName("COGROUPKSTREAM-MERGE-")
        let name = named.map { "\($0)-cogroup-merge" } ?? numbered
        let sources = parents.flatMap(\.sources)
        builder.addCopartitioned(step: name, sources)
        return (name, steps, sources.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }

    /// Adds the step that brings those of the inputs together.
    @inlinable
    func addMerge<ResultKey: Hashable & Sendable>(_ name: String, _ steps: [String], _: ResultKey.Type) {
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: steps) { assembly in
                assembly.setInput(
                    of: name, try assembly.downstream(of: name, Record<ResultKey, Change<Aggregate>>.self))
            }
        }
    }
}
