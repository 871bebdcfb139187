import KafkaProtocol

extension KGroupedStream {
    /// Starts a cogroup: an aggregate fed by several grouped streams with keys of one type, each with a function of its
    /// own that takes its values in. `value` is nil only in windowed aggregates. Nothing happens before `aggregate`.
    ///
    /// ```swift
    /// let totals = orders.groupByKey().cogroup { (_, amount, total: Int64) in total + (amount ?? 0) }
    ///     .cogroup(refunds.groupByKey()) { _, amount, total in total - (amount ?? 0) }
    ///     .aggregate(0)
    /// // order ("a", 5), refund ("a", 2), order ("a", 1)  ->  ("a", 5), ("a", 3), ("a", 4)
    /// ```
    @inlinable
    public func cogroup<Aggregate: Sendable>(
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        CogroupedKStream(builder: builder, keySerde: keySerde, inputs: [CogroupInput(self, add)])
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
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        CogroupedKStream(builder: builder, keySerde: keySerde, inputs: inputs + [CogroupInput(grouped, add)])
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
    /// cogrouped.windowedBy(SessionWindows.gap(.minutes(30))).aggregate(0, merge: { _, a, b in (a ?? 0) + (b ?? 0) })
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

/// A cogroup by key and time window. Kafka Streams' `TimeWindowedCogroupedKStream`.
///
/// Each input has a stream time of its own, which says what is late; the store is shared. With the default retention an
/// input that lags behind another starts windows anew, from the initial aggregate, once the store has dropped them.
/// Otherwise as `TimeWindowedKStream`.
public struct TimeWindowedCogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let cogrouped: CogroupedKStream<Key, Aggregate>
    @usableFromInline let windows: TimeWindowing

    @usableFromInline init(cogrouped: CogroupedKStream<Key, Aggregate>, windows: TimeWindowing) {
        self.cogrouped = cogrouped
        self.windows = windows
    }

    /// The table of each key's aggregate within each window, from `initial`; nil deletes it. Null values are taken in,
    /// null keys are not; late records are dropped by the stream time of their own input. Each record makes a change
    /// per window that it is in.
    ///
    /// ```swift
    /// cogrouped.windowedBy(TimeWindows.tumbling(.hours(1))).aggregate(0, .as("hourly-totals"))
    /// ```
    @inlinable
    public func aggregate(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil
    ) -> KTable<Windowed<Key>, Aggregate> {
        let (store, valueSerde) = cogrouped.store(materialized)
        let aggregation = WindowAggregation(
            store: store, windowing: windows, isOnClose: false, materialized: materialized,
            key: materialized.key ?? cogrouped.keySerde, value: valueSerde)
        let state = TableState(store: store, isMaterialized: true)
        let (name, steps, sources) = cogrouped.addSteps(
            store: store, named: named
        ) { $0.addWindowStep($1, $2, state, aggregation, initial) }
        if let fault = aggregation.fault { cogrouped.builder.fault("step \(name): \(fault)") }
        cogrouped.addMerge(name, steps, Windowed<Key>.self)
        aggregation.addStore(to: cogrouped.builder)
        return aggregation.table(name, builder: cogrouped.builder, sources: sources, state: state)
    }
}

/// A cogroup by key and session. Kafka Streams' `SessionWindowedCogroupedKStream`. Each input has a stream time of its
/// own; otherwise as `SessionWindowedKStream`.
public struct SessionWindowedCogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let cogrouped: CogroupedKStream<Key, Aggregate>
    @usableFromInline let windows: SessionWindows

    @usableFromInline init(cogrouped: CogroupedKStream<Key, Aggregate>, windows: SessionWindows) {
        self.cogrouped = cogrouped
        self.windows = windows
    }

    /// The table of each session's aggregate, from `initial`; `merge` joins the aggregates of sessions that a record
    /// brings together. Null values are taken in, null keys are not.
    ///
    /// ```swift
    /// cogrouped.windowedBy(SessionWindows.gap(.minutes(30))).aggregate(0, merge: { _, a, b in (a ?? 0) + (b ?? 0) })
    /// ```
    @inlinable
    public func aggregate(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        merge: @escaping @Sendable (_ key: Key, _ first: Aggregate?, _ second: Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let (store, valueSerde) = cogrouped.store(materialized)
        let aggregation = SessionAggregation(
            store: store, windows: windows, isOnClose: false, materialized: materialized,
            key: materialized.key ?? cogrouped.keySerde, value: valueSerde, merge: merge)
        let state = TableState(store: store, isMaterialized: true)
        let (name, steps, sources) = cogrouped.addSteps(
            store: store, named: named
        ) { $0.addSessionStep($1, $2, state, aggregation, initial) }
        if let fault = aggregation.fault { cogrouped.builder.fault("step \(name): \(fault)") }
        cogrouped.addMerge(name, steps, Windowed<Key>.self)
        aggregation.addStore(to: cogrouped.builder)
        return aggregation.table(name, builder: cogrouped.builder, sources: sources, state: state)
    }
}
