import KafkaProtocol

extension KTable {
    /// The table of the keys that both tables have, with what `joiner` makes of the two rows. A change on either side
    /// changes the result, whose time is the later one of the two rows'; a deletion on either side deletes it, and so
    /// does a nil from `joiner`.
    ///
    /// A repeated deletion on one side is repeated in the result. A store is made for the result only if `materialized`
    /// names one. Both tables' topics must have equal numbers of partitions.
    ///
    /// ```swift
    /// names.join(cities) { _, name, city in "\(name) \(city)" }
    /// // name ("a", "ann"), city ("a", "Rome"), name ("a", "eve"), name ("a", nil)
    /// //     ->  ("a", "ann Rome"), ("a", "eve Rome"), ("a", nil)
    /// ```
    @inlinable
    public func join<Other, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, value: Serde<Result>? = nil,
        named: Named? = nil,
        _ joiner: @escaping @Sendable (_ key: Key, _ value: Value, _ other: Other) throws -> Result?
    ) -> KTable<Key, Result> {
        joinTables(other, materialized, value: value, named: named, keepsMine: false, keepsTheirs: false) {
            key, mine, theirs in
            guard let mine, let theirs else { return nil }
            return try joiner(key, mine, theirs)
        }
    }

    /// The table of all keys of this table, with what `joiner` makes of its row and that of `other`, nil where that has
    /// none. Otherwise as `join`.
    ///
    /// ```swift
    /// names.leftJoin(cities) { _, name, city in "\(name) \(city ?? "?")" }
    /// // name ("a", "ann"), city ("a", "Rome"), name ("a", nil)  ->  ("a", "ann ?"), ("a", "ann Rome"), ("a", nil)
    /// ```
    @inlinable
    public func leftJoin<Other, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, value: Serde<Result>? = nil,
        named: Named? = nil,
        _ joiner: @escaping @Sendable (_ key: Key, _ value: Value, _ other: Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        joinTables(other, materialized, value: value, named: named, keepsMine: true, keepsTheirs: false) {
            key, mine, theirs in
            guard let mine else { return nil }
            return try joiner(key, mine, theirs)
        }
    }

    /// The table of the keys that either table has, with what `joiner` makes of the two rows, of which one may be nil.
    /// Otherwise as `join`.
    ///
    /// ```swift
    /// names.outerJoin(cities) { _, name, city in "\(name ?? "?") \(city ?? "?")" }
    /// // name ("a", "ann"), city ("a", "Rome"), name ("a", nil)
    /// //     ->  ("a", "ann ?"), ("a", "ann Rome"), ("a", "? Rome")
    /// ```
    @inlinable
    public func outerJoin<Other, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, value: Serde<Result>? = nil,
        named: Named? = nil,
        _ joiner: @escaping @Sendable (_ key: Key, _ value: Value?, _ other: Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        joinTables(other, materialized, value: value, named: named, keepsMine: true, keepsTheirs: true, joiner)
    }

    @inlinable
    func joinTables<Other, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>?, value: Serde<Result>?, named: Named?,
        keepsMine: Bool, keepsTheirs: Bool, _ joiner: @escaping @Sendable (Key, Value?, Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        let builder = self.builder
        if let materialized, materialized.name == nil { _ = builder.newName("KTABLE-MERGE-STATE-STORE-") }
        let name = builder.name(named, or: "KTABLE-MERGE-")
        // Numbers are used up even where names are given.
        let numbered = (builder.newName("KTABLE-JOINTHIS-"), builder.newName("KTABLE-JOINOTHER-"))
        let mine = named.map { "\($0)-join-this" } ?? numbered.0
        let theirs = named.map { "\($0)-join-other" } ?? numbered.1
        state.materialize()
        other.state.materialize()
        if keepsMine { state.sendOldValues() }
        if keepsTheirs { other.state.sendOldValues() }
        let joined = TableState(store: nil, isMaterialized: false, parents: [state, other.state])
        let (left, right) = (self.node, other.node)
        let (leftRows, rightRows) = (rows, other.rows)
        builder.add {
            let sendsOld = joined.sendsOldValues
            return TopologyNode(name: mine, kind: .processor, parents: [left], stores: rightRows.stores) {
                try $0.installTableJoin(
                    name: mine, rows: rightRows, sendsOld: sendsOld, keepsMine: keepsMine, keepsTheirs: keepsTheirs,
                    joiner)
            }
        }
        builder.add {
            let sendsOld = joined.sendsOldValues
            return TopologyNode(name: theirs, kind: .processor, parents: [right], stores: leftRows.stores) {
                try $0.installTableJoin(
                    name: theirs, rows: leftRows, sendsOld: sendsOld, keepsMine: keepsTheirs, keepsTheirs: keepsMine
                ) { try joiner($0, $2, $1) }
            }
        }
        let store = materialized?.name
        let isCached = materialized?.isCached ?? false
        builder.add {
            let sendsOld = joined.sendsOldValues
            return TopologyNode(
                name: name, kind: .processor, parents: [mine, theirs], stores: store.map { [$0] } ?? []
            ) {
                try $0.installTableMerge(
                    name: name, store: store, isCached: isCached, sendsOld: sendsOld, Key.self, Result.self)
            }
        }
        let keySerde = materialized?.key ?? self.keySerde
        let valueSerde = materialized?.value ?? value
        if let store {
            if materialized?.historyRetentionMs != nil { builder.versionedFault(of: name) }
            let stored = builder.serde(valueSerde, for: "values", of: name)
            let (changelog, engine) = (materialized?.changelog ?? StoreChangelog(), materialized?.store)
            builder.addStore { .keyValue(store, key: keySerde, value: stored, changelog: changelog, engine) }
        }
        builder.noteParts([mine, theirs], of: name)
        builder.addCopartitioned(step: name, sources + other.sources)
        return KTable<Key, Result>(
            builder: builder, node: name, key: keySerde, value: valueSerde,
            sources: sources + other.sources.filter { !sources.contains($0) }, state: joined,
            rows: store.map { .keyValue($0) }
                ?? .joined(leftRows, rightRows, keepsLeft: keepsMine, keepsRight: keepsTheirs, joiner))
    }
}

extension TableRows {
    /// The rows that a join of two tables has, computed from both.
    @inlinable
    static func joined<Left, Right>(
        _ left: TableRows<Key, Left>, _ right: TableRows<Key, Right>, keepsLeft: Bool, keepsRight: Bool,
        _ joiner: @escaping @Sendable (Key, Left?, Right?) throws -> Value?
    ) -> TableRows {
        TableRows(stores: left.stores + right.stores.filter { !left.stores.contains($0) }) { assembly in
            let (left, right) = (try left.open(assembly), try right.open(assembly))
            return RowReader(get: { key in
                let (mine, theirs) = (try left.get(key), try right.get(key))
                guard mine != nil || (keepsRight && theirs != nil), theirs != nil || keepsLeft,
                    let value = try joiner(key, mine?.value, theirs?.value)
                else { return nil }
                return ValueAndTimestamp(value, max(mine?.timestamp ?? -1, theirs?.timestamp ?? -1))
            })
        }
    }
}
