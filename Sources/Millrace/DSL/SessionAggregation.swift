import KafkaProtocol

/// An aggregate by sessions: its store, and a step for each of its inputs.
@usableFromInline
struct SessionAggregation<Key: Hashable & Sendable, Aggregate: Sendable>: Sendable {
    @usableFromInline let store: String
    @usableFromInline let windows: SessionWindows
    @usableFromInline let isOnClose: Bool
    @usableFromInline let materialized: Materialized<Key, Aggregate>
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Aggregate>
    @usableFromInline let merge: @Sendable (Key, Aggregate?, Aggregate?) throws -> Aggregate?

    @usableFromInline init(
        store: String, windows: SessionWindows, isOnClose: Bool, materialized: Materialized<Key, Aggregate>,
        key: Serde<Key>, value: Serde<Aggregate>,
        merge: @escaping @Sendable (Key, Aggregate?, Aggregate?) throws -> Aggregate?
    ) {
        self.store = store
        self.windows = windows
        self.isOnClose = isOnClose
        self.materialized = materialized
        self.keySerde = key
        self.valueSerde = value
        self.merge = merge
    }

    @usableFromInline var openMs: Int64 { windows.gapMs.saturatingAdd(windows.graceMs) }
    @usableFromInline var retentionMs: Int64 { materialized.retentionMs ?? openMs }

    /// What is wrong with the settings, if anything.
    @usableFromInline var fault: String? {
        windows.fault
            ?? (materialized.historyRetentionMs != nil ? "a store of sessions cannot be versioned" : nil)
            ?? (retentionMs < openMs ? "the retention of \(retentionMs) ms is shorter than gap plus grace" : nil)
    }

    /// Adds the step for one input.
    @inlinable
    func addStep<Value: Sendable>(
        _ name: String, parent: String, to builder: StreamsBuilder, state: TableState, takesNulls: Bool,
        initial: @escaping @Sendable () -> Aggregate?,
        add: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) {
        let (store, key, windows, isOnClose, merge) = (self.store, keySerde, self.windows, self.isOnClose, self.merge)
        let isCached = materialized.isCached
        builder.noteWindowGrace(of: name, openMs)
        builder.add {
            let sendsOld = state.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) {
                try $0.installSessionAggregate(
                    name: name, store: store, key: key, isCached: isCached, sendsOld: sendsOld, isOnClose: isOnClose,
                    windows: windows, initial: initial, add: add, merge: merge)
                if !takesNulls { try $0.leaveOutNullValues(of: name, Record<Key, Value>.self) }
            }
        }
    }

    /// Adds the store.
    @inlinable
    func addStore(to builder: StreamsBuilder) {
        let (store, key, value, retention) = (self.store, keySerde, valueSerde, retentionMs)
        let (changelog, engine) = (materialized.changelog, materialized.store)
        builder.addStore {
            StoreDefinition(name: store, changelog: changelog) { assembly in
                TimedStore(
                    name: store, key: key, value: value, layout: .sessions, retentionMs: retention,
                    changelog: assembly.changelog(of: store), context: assembly.context)
            }.kept(by: engine, .entries(.sessions, retentionMs: retention)).holding(.session, key, value)
        }
    }

    /// The table of the results.
    @inlinable
    func table(
        _ name: String, builder: StreamsBuilder, sources: [TopicReference], state: TableState
    ) -> KTable<Windowed<Key>, Aggregate> {
        return KTable(
            builder: builder, node: name, key: .sessionWindowed(keySerde), value: valueSerde, sources: sources,
            state: state, rows: .sessions(store))
    }
}
