import KafkaProtocol

extension Materialized {
    /// A versioned store: it keeps what a row was at earlier times, for `historyRetention` before the largest timestamp
    /// that was put. Kafka Streams' `Stores.persistentVersionedKeyValueStore` (KIP-889, KIP-914).
    ///
    /// A stream joined with such a table finds the row as of its record's timestamp. Updates may come out of order: one
    /// older than the latest goes to plain consumers of the table's changes, but not into joins of tables and
    /// aggregates. One older than the retention is dropped.
    ///
    /// ```swift
    /// let prices: KTable<String, Int64> = builder.table(
    ///     "prices", .versioned("price-history", historyRetention: .days(1)))
    /// ```
    public static func versioned(_ name: String, historyRetention: Duration) -> Materialized {
        var materialized = Materialized(as: name)
        materialized.historyRetentionMs = historyRetention.milliseconds
        return materialized
    }
}

extension StreamsBuilder {
    /// Reports a versioned store where there cannot be one.
    @usableFromInline
    func versionedFault(of step: String) {
        fault("step \(step): a versioned store keeps the rows of a topic or of toTable(), not of this step")
    }

    /// The node that turns records into changes of a versioned table.
    @inlinable
    func versionedSource<Key: Hashable & Sendable, Value: Sendable>(
        name: String, parent: String, store: String, retentionMs: Int64, changelog: StoreChangelog, engine: StoreEngine?,
        key: Serde<Key>, value: Serde<Value>, sources: [TopicReference]
    ) -> KTable<Key, Value> {
        if retentionMs < 0 { fault("step \(name): the history retention must not be negative, not \(retentionMs) ms") }
        let state = TableState(store: store, isMaterialized: true)
        state.historyRetentionMs = retentionMs
        add {
            let sendsOld = state.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) { assembly in
                let context = assembly.context
                let rows = try assembly.store(store, as: VersionedStore<Key, Value>.self)
                let next = try assembly.downstream(of: name, Record<Key, Change<Value>>.self)
                let mark = assembly.mark(of: name)
                assembly.setInput(of: name) { (record: Record<Key, Value>) in
                    mark.enter()
                    guard let key = record.key else { return context.drop(.null) }
                    let old = sendsOld ? rows.get(key)?.value : nil
                    guard let isLatest = try rows.put(key, record.value, timestamp: record.timestamp) else {
                        return context.drop(.late)
                    }
                    try next(record.with(value: Change(old: old, new: record.value, isLatest: isLatest)))
                }
            }
        }
        addStore {
            .versioned(store, key: key, value: value, retentionMs: retentionMs, changelog: changelog, engine)
        }
        return KTable(
            builder: self, node: name, key: key, value: value, sources: sources, state: state, rows: .versioned(store))
    }
}

extension StoreDefinition {
    /// A versioned store.
    @inlinable
    static func versioned<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Serde<Key>, value: Serde<Value>, retentionMs: Int64, changelog: StoreChangelog,
        _ engine: StoreEngine? = nil
    ) -> StoreDefinition {
        StoreDefinition(name: name, changelog: changelog, cleanup: .history(retentionMs)) { assembly in
            VersionedStore(
                name: name, key: key, value: value, retentionMs: retentionMs, changelog: assembly.changelog(of: name))
        }.kept(by: engine, .versions(retentionMs: retentionMs)).holding(.versioned, key, value)
    }
}

extension TableRows {
    /// The rows of a versioned store.
    @inlinable
    static func versioned(_ store: String) -> TableRows {
        TableRows(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: VersionedStore<Key, Value>.self)
            return RowReader(
                get: { rows.get($0).map { ValueAndTimestamp($0.value, $0.timestamp) } },
                getAsOf: { rows.get($0, asOf: $1).map { ValueAndTimestamp($0.value, $0.timestamp) } })
        }
    }
}
