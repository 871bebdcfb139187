public import KafkaProtocol

extension TaskAssembly {
    /// How updates of a store with these serdes leave the step `name`: held back and collapsed until a flush where the task
    /// has a cache, at once where it has none. Gives the closure for the latter.
    @inlinable
    func forwarding<Key: Hashable, Value>(
        of name: String, _ serdes: HeldSerdes<Key, Value>?, isCached: Bool, sendsOld: Bool,
        _ setForwarder: (@escaping ChangeForwarder<Key, Value>) -> Void
    ) throws -> ChangeForwarder<Key, Value>? {
        let next = try downstream(of: name, Record<Key, Change<Value>>.self)
        let forward: ChangeForwarder<Key, Value> = { key, change, timestamp, headers in
            try next(
                key, sendsOld ? change : Change(old: nil, new: change.new, isLatest: change.isLatest), timestamp, headers)
        }
        guard isCached, context.cacheBytes > 0, let serdes else { return forward }
        let context = self.context
        context.holdsUpdates = true
        setForwarder { key, change, timestamp, headers in
            try context.release(of: name, key, change.new, serdes, timestamp: timestamp, headers: headers) {
                try forward(key, change, timestamp, headers)
            }
        }
        return nil
    }

    /// A table that takes its rows from records.
    @inlinable
    func installTableSource<Key: Hashable, Value>(
        name: String, store storeName: String?, isCached: Bool, sendsOld: Bool, _: Key.Type, _: Value.Type
    ) throws {
        let context = self.context
        guard let storeName else {
            let next = try downstream(of: name, Record<Key, Change<Value>>.self)
            let mark = mark(of: name)
            setInput(of: name) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
                mark.enter()
                guard key != nil else { return context.drop(.null) }
                try next(key, Change(old: nil, new: value), timestamp, headers)
            }
            return
        }
        let store = try store(storeName, as: KeyValueStore<Key, Value>.self)
        let forward = try forwarding(
            of: name, HeldSerdes(store.keySerde, store.valueSerde), isCached: isCached, sendsOld: sendsOld
        ) { store.forwarder = $0 }
        let mark = mark(of: name)
        setInput(of: name) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
            mark.enter()
            guard let key else { return context.drop(.null) }
            let old = forward == nil ? nil : store.get(key)?.value
            try store.put(key, value, timestamp: timestamp, headers: headers)
            try forward?(key, Change(old: old, new: value), timestamp, headers)
        }
    }

    /// An aggregate of a grouped stream without windows. A first update that goes downstream at once has `initial` for
    /// what the row was before, as in the reference: the steps that take old rows out of their own see it. A deletion that
    /// is held back has the time of the record that caused it, one that goes on at once that of the aggregate.
    @inlinable
    func installAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, isCached: Bool, sendsOld: Bool, initial: (() -> Aggregate)?,
        first: @escaping (Key, Value) throws -> Aggregate?,
        next: @escaping (Key, Value, Aggregate) throws -> Aggregate?
    ) throws {
        let context = self.context
        let store = try store(storeName, as: KeyValueStore<Key, Aggregate>.self)
        let forward = try forwarding(
            of: name, HeldSerdes(store.keySerde, store.valueSerde), isCached: isCached, sendsOld: sendsOld
        ) { store.forwarder = $0 }
        let isHeldBack = forward == nil
        let mark = mark(of: name)
        setInput(of: name) { (key: Key?, value: Value?, time: Int64, headers: [RecordHeader]) in
            mark.enter()
            guard let key, let value else { return context.drop(.null) }
            var before: Aggregate?
            var after: Aggregate?
            var timestamp = time
            try store.update(key, headers: headers) { row in
                if let row {
                    before = row.value
                    timestamp = max(timestamp, row.timestamp)
                    after = try next(key, value, row.value)
                } else {
                    if sendsOld { before = initial?() }
                    after = try first(key, value)
                }
                return (after, after == nil && isHeldBack ? time : timestamp)
            }
            try forward?(key, Change(old: before, new: after), timestamp, headers)
        }
    }

    /// An aggregate of a grouped table: takes the old row out first, then puts the new one in.
    @inlinable
    func installTableAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, isCached: Bool, sendsOld: Bool,
        first: @escaping (Key, Value) throws -> Aggregate?, add: @escaping (Key, Value, Aggregate) throws -> Aggregate?,
        subtract: @escaping (Key, Value, Aggregate) throws -> Aggregate?
    ) throws {
        let context = self.context
        let store = try store(storeName, as: KeyValueStore<Key, Aggregate>.self)
        let forward = try forwarding(
            of: name, HeldSerdes(store.keySerde, store.valueSerde), isCached: isCached, sendsOld: sendsOld
        ) { store.forwarder = $0 }
        let isHeldBack = forward == nil
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            mark.enter()
            guard let key = record.key, let change = record.value else { return context.drop(.null) }
            let row = store.get(key)
            var aggregate = row?.value
            var timestamp = record.timestamp
            if let old = change.old, let soFar = aggregate {
                aggregate = try subtract(key, old, soFar)
                timestamp = max(timestamp, row?.timestamp ?? timestamp)
            }
            if let new = change.new {
                aggregate = if let soFar = aggregate { try add(key, new, soFar) } else { try first(key, new) }
                timestamp = max(timestamp, row?.timestamp ?? timestamp)
            }
            if aggregate == nil, isHeldBack { timestamp = record.timestamp }
            try store.put(key, aggregate, timestamp: timestamp, headers: record.headers)
            try forward?(key, Change(old: row?.value, new: aggregate), timestamp, record.headers)
        }
    }
}
