import KafkaProtocol

extension KTable {
    /// The rows for which `predicate` is true. `nil` values (deletions) never reach it.
    ///
    /// A row that changes so that it does not pass any more is deleted. Where neither this table nor those before it
    /// have a store, what the row was is not known: then each update that does not pass goes downstream as a deletion,
    /// even where the row had not passed before. A store is made only if `materialized` names one; without it the rows
    /// are computed from the table's own when a join looks them up.
    ///
    /// ```swift
    /// texts.filter { _, text in text.count > 1 }
    /// // ("a", "x"), ("a", "long"), ("a", "y"), ("a", nil)  ->  nil, "long", nil, nil; of a stored table: "long", nil
    /// ```
    @inlinable
    public func filter(
        _ materialized: Materialized<Key, Value>? = nil, named: Named? = nil,
        _ predicate: @escaping @Sendable (_ key: Key, _ value: Value) throws -> Bool
    ) -> KTable<Key, Value> {
        derived("KTABLE-FILTER-", materialized, value: valueSerde, named: named, isFilter: true) { key, value in
            try predicate(key, value) ? value : nil
        }
    }

    /// The rows for which `predicate` is false; otherwise as `filter`.
    ///
    /// ```swift
    /// texts.filterNot(.as("short-texts")) { _, text in text.count > 1 }
    /// ```
    @inlinable
    public func filterNot(
        _ materialized: Materialized<Key, Value>? = nil, named: Named? = nil,
        _ predicate: @escaping @Sendable (_ key: Key, _ value: Value) throws -> Bool
    ) -> KTable<Key, Value> {
        derived("KTABLE-FILTER-", materialized, value: valueSerde, named: named, isFilter: true) { key, value in
            try predicate(key, value) ? nil : value
        }
    }

    /// The table with other values. Deletions stay deletions, without a call of `transform`; where it gives nil the row
    /// is deleted. Each change gives one change, at once. A store is made only if `materialized` names one; without it
    /// rows are computed from the table's own when a join looks them up.
    ///
    /// ```swift
    /// names.mapValues(.as("lengths")) { name in Int64(name.count) }
    /// // ("a", "x"), ("a", "long"), ("a", nil)  ->  ("a", 1), ("a", 4), ("a", nil)
    /// ```
    @inlinable
    public func mapValues<NewValue: Sendable>(
        _ materialized: Materialized<Key, NewValue>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value) throws -> NewValue?
    ) -> KTable<Key, NewValue> {
        derived("KTABLE-MAPVALUES-", materialized, value: value, named: named, isFilter: false) { try transform($1) }
    }

    /// `mapValues` with the key to look at.
    ///
    /// ```swift
    /// names.mapValues { id, name in "\(id): \(name)" }
    /// // ("a", "x"), ("a", nil)  ->  ("a", "a: x"), ("a", nil)
    /// ```
    @inlinable
    public func mapValues<NewValue: Sendable>(
        _ materialized: Materialized<Key, NewValue>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key, _ value: Value) throws -> NewValue?
    ) -> KTable<Key, NewValue> {
        derived("KTABLE-MAPVALUES-", materialized, value: value, named: named, isFilter: false, transform)
    }

    @inlinable
    func derived<NewValue: Sendable>(
        _ prefix: String, _ materialized: Materialized<Key, NewValue>?, value: Serde<NewValue>?, named: Named?,
        isFilter: Bool, _ compute: @escaping @Sendable (Key, Value) throws -> NewValue?
    ) -> KTable<Key, NewValue> {
        // Kafka Streams uses up a number where the store has settings but no name.
        if let materialized, materialized.name == nil { _ = builder.newName("\(prefix)STATE-STORE-") }
        let name = builder.name(named, or: prefix)
        let parent = node
        let store = materialized?.name
        let isCached = materialized?.isCached ?? false
        let valueSerde = materialized?.value ?? value
        let keySerde = materialized?.key ?? self.keySerde
        let derived = TableState(store: store, isMaterialized: store != nil, parents: [state])
        if store == nil { derived.historyRetentionMs = state.historyRetentionMs }
        // A filter that sees old rows need not send deletions of what had not passed.
        let seesOld = isFilter && state.sendOldValuesIfStored()
        // Of a table with history each word goes downstream.
        let skipsAbsent = isFilter && state.historyRetentionMs == nil
        builder.add {
            let sendsOld = derived.sendsOldValues || seesOld
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: store.map { [$0] } ?? []) {
                try $0.installDerivedTable(
                    name: name, store: store, isCached: isCached, sendsOld: sendsOld,
                    skipsAbsent: skipsAbsent, compute)
            }
        }
        if let store {
            if materialized?.historyRetentionMs != nil { builder.versionedFault(of: name) }
            let stored = builder.serde(valueSerde, for: "values", of: name)
            let (changelog, engine) = (materialized?.changelog ?? StoreChangelog(), materialized?.store)
            builder.addStore { .keyValue(store, key: keySerde, value: stored, changelog: changelog, engine) }
        }
        return KTable<Key, NewValue>(
            builder: builder, node: name, key: keySerde, value: valueSerde, sources: sources, state: derived,
            rows: store == nil ? rows.map(compute) : nil)
    }
}

extension TaskAssembly {
    /// A table whose rows are made one by one from those of another one.
    @inlinable
    func installDerivedTable<Key: Hashable, Value, NewValue>(
        name: String, store storeName: String?, isCached: Bool, sendsOld: Bool, skipsAbsent: Bool,
        _ compute: @escaping (Key, Value) throws -> NewValue?
    ) throws {
        let context = self.context
        let store = try storeName.map { try self.store($0, as: KeyValueStore<Key, NewValue>.self) }
        let forward: ChangeForwarder<Key, NewValue>? = try forwarding(
            of: name, store.map { HeldSerdes($0.keySerde, $0.valueSerde) }, isCached: isCached, sendsOld: sendsOld
        ) { store?.forwarder = $0 }
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            mark.enter()
            guard let key = record.key, let change = record.value else { return context.drop(.null) }
            let new: NewValue? = if let value = change.new { try compute(key, value) } else { nil }
            var old: NewValue?
            if sendsOld {
                if let store {
                    old = store.get(key)?.value
                } else if let value = change.old {
                    old = try compute(key, value)
                }
                if skipsAbsent, old == nil, new == nil { return }
            }
            try store?.put(key, new, timestamp: record.timestamp, headers: record.headers)
            // A store of its own has no history: each word is its latest.
            let isLatest = store != nil || change.isLatest
            try forward?(key, Change(old: old, new: new, isLatest: isLatest), record.timestamp, record.headers)
        }
    }
}
