extension TaskAssembly {
    /// One side of a join of two tables: changes of mine meet the rows of theirs.
    @inlinable
    func installTableJoin<Key: Hashable & Sendable, Mine, Theirs: Sendable, Result>(
        name: String, rows: TableRows<Key, Theirs>, sendsOld: Bool, keepsMine: Bool, keepsTheirs: Bool,
        _ joiner: @escaping (Key, Mine?, Theirs?) throws -> Result?
    ) throws {
        let context = self.context
        let reader = try rows.open(self)
        let next = try downstream(of: name, Record<Key, Change<Result>>.self)
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Change<Mine>>) in
            mark.enter()
            guard let key = record.key, let change = record.value else { return context.drop(.null) }
            // Of a table with history only its latest word on a key is joined.
            guard change.isLatest else { return context.drop(.late) }
            let row = try reader.get(key)
            if row == nil, !keepsMine || (change.new == nil && change.old == nil) { return }
            func result(_ mine: Mine?) throws -> Result? {
                guard mine != nil || (keepsTheirs && row != nil) else { return nil }
                return try joiner(key, mine, row?.value)
            }
            let new = try result(change.new)
            let old = sendsOld ? try result(change.old) : nil
            try next(
                Record(
                    key: key, value: Change(old: old, new: new),
                    timestamp: max(record.timestamp, row?.timestamp ?? record.timestamp), headers: record.headers))
        }
    }

    /// Where both sides of a join of two tables come together, with a store or without.
    @inlinable
    func installTableMerge<Key: Hashable, Value>(
        name: String, store storeName: String?, isCached: Bool, sendsOld: Bool, _: Key.Type, _: Value.Type
    ) throws {
        let store = try storeName.map { try self.store($0, as: KeyValueStore<Key, Value>.self) }
        let forward: ChangeForwarder<Key, Value>? = try forwarding(
            of: name, store.map { HeldSerdes($0.keySerde, $0.valueSerde) }, isCached: isCached, sendsOld: sendsOld
        ) { store?.forwarder = $0 }
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            mark.enter()
            guard let key = record.key, let change = record.value else { return }
            try store?.put(key, change.new, timestamp: record.timestamp, headers: record.headers)
            try forward?(key, change, record.timestamp, record.headers)
        }
    }
}
