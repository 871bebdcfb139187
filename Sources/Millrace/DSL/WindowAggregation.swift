import KafkaProtocol

/// An aggregate by windows of one kind: its store, and a step for each of its inputs.
@usableFromInline
struct WindowAggregation<Key: Hashable & Sendable, Aggregate: Sendable>: Sendable {
    @usableFromInline let store: String
    @usableFromInline let windowing: TimeWindowing
    @usableFromInline let isOnClose: Bool
    @usableFromInline let materialized: Materialized<Key, Aggregate>
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Aggregate>

    @usableFromInline init(
        store: String, windowing: TimeWindowing, isOnClose: Bool, materialized: Materialized<Key, Aggregate>,
        key: Serde<Key>, value: Serde<Aggregate>
    ) {
        self.store = store
        self.windowing = windowing
        self.isOnClose = isOnClose
        self.materialized = materialized
        self.keySerde = key
        self.valueSerde = value
    }

    @usableFromInline var retentionMs: Int64 { materialized.retentionMs ?? windowing.retentionMs }

    /// What is wrong with the settings, if anything.
    @usableFromInline var fault: String? {
        if let fault = windowing.fault { return fault }
        if materialized.historyRetentionMs != nil { return "a store of windows cannot be versioned" }
        if case .unlimited = windowing, isOnClose { return "a window without an end has no results on close" }
        return retentionMs < windowing.retentionMs
            ? "the retention of \(retentionMs) ms is shorter than windows are open, \(windowing.retentionMs) ms" : nil
    }

    /// Adds the step for one input.
    @inlinable
    func addStep<Value: Sendable>(
        _ name: String, parent: String, to builder: StreamsBuilder, state: TableState, takesNulls: Bool,
        initial: (@Sendable () -> Aggregate)?, first: @escaping @Sendable (Key, Value?) throws -> Aggregate?,
        next: @escaping @Sendable (Key, Value?, Aggregate) throws -> Aggregate?
    ) {
        let aggregation = self
        builder.noteWindowGrace(of: name, windowing.graceMs)
        builder.add {
            let sendsOld = state.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [aggregation.store]) {
                try aggregation.install(name, in: $0, sendsOld: sendsOld, initial: initial, first: first, next: next)
                if !takesNulls { try $0.leaveOutNullValues(of: name, Record<Key, Value>.self) }
            }
        }
    }

    @inlinable
    func install<Value: Sendable>(
        _ name: String, in assembly: TaskAssembly, sendsOld: Bool, initial: (@Sendable () -> Aggregate)?,
        first: @escaping @Sendable (Key, Value?) throws -> Aggregate?,
        next: @escaping @Sendable (Key, Value?, Aggregate) throws -> Aggregate?
    ) throws {
        let isCached = materialized.isCached
        @inline(__always) func add(_ key: Key, _ value: Value?, _ aggregate: Aggregate?) throws -> Aggregate? {
            if let aggregate { try next(key, value, aggregate) } else { try first(key, value) }
        }
        switch windowing {
        case .fixed(let windows):
            try assembly.installWindowAggregate(
                name: name, store: store, key: keySerde, isCached: isCached, sendsOld: sendsOld, isOnClose: isOnClose,
                windows: windows, initial: initial, first: first, next: next)
        case .sliding(let windows):
            try assembly.installSlidingAggregate(
                name: name, store: store, key: keySerde, isCached: isCached, sendsOld: sendsOld, isOnClose: isOnClose,
                windows: windows, initial: initial, add: add)
        case .unlimited(let windows):
            try assembly.installUnlimitedAggregate(
                name: name, store: store, key: keySerde, isCached: isCached, sendsOld: sendsOld, windows: windows,
                initial: initial, add: add)
        }
    }

    /// Adds the store.
    @inlinable
    func addStore(to builder: StreamsBuilder) {
        let (store, key, value, size, retention) = (self.store, keySerde, valueSerde, windowing.sizeMs, retentionMs)
        var isSliding = false
        if case .sliding = windowing { isSliding = true }
        let perKey = isSliding
        let (changelog, engine) = (materialized.changelog, materialized.store)
        builder.addStore {
            StoreDefinition(name: store, changelog: changelog) { assembly in
                if perKey {
                    TimedStore(
                        name: store, key: key, value: value, layout: .starts(size: size), retentionMs: retention,
                        changelog: assembly.changelog(of: store), context: assembly.context)
                } else {
                    WindowStore(
                        name: store, key: key, value: value, sizeMs: size, retentionMs: retention,
                        changelog: assembly.changelog(of: store), context: assembly.context)
                }
            }.kept(
                by: engine,
                perKey ? .entries(.starts(size: size), retentionMs: retention) : .windows(retentionMs: retention)
            ).holding(.window, key, value)
        }
    }

    /// The table of the results.
    @inlinable
    func table(
        _ name: String, builder: StreamsBuilder, sources: [TopicReference], state: TableState
    ) -> KTable<Windowed<Key>, Aggregate> {
        var rows: TableRows<Windowed<Key>, Aggregate> = .windowed(store)
        if case .sliding = windowing { rows = .slidingWindows(store) }
        return KTable(
            builder: builder, node: name, key: .timeWindowed(keySerde, size: windowing.sizeMs), value: valueSerde,
            sources: sources, state: state, rows: rows)
    }
}

extension TableRows {
    /// The rows of a store of sliding windows.
    @inlinable
    static func slidingWindows<Inner: Hashable & Sendable>(_ store: String) -> TableRows
    where Key == Windowed<Inner> {
        TableRows(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: TimedStore<Inner, Value>.self)
            return RowReader(get: { rows.get($0.key, $0.window) })
        }
    }
}
