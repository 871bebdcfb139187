/// How the steps after a table look up its rows: the stores that this needs, and the look-up itself. A table without a
/// store of its own computes its rows from those of the tables before it.
@usableFromInline
struct TableRows<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// The names of the stores that are read.
    @usableFromInline let stores: [String]
    /// The look-up in a task.
    @usableFromInline let open: @Sendable (TaskAssembly) throws -> RowReader<Key, Value>

    @usableFromInline init(
        stores: [String], open: @escaping @Sendable (TaskAssembly) throws -> RowReader<Key, Value>
    ) {
        self.stores = stores
        self.open = open
    }
}

/// Reads the rows of a table in a task.
@usableFromInline
struct RowReader<Key, Value> {
    /// The row of a key as it is now.
    @usableFromInline let get: (_ key: Key) throws -> ValueAndTimestamp<Value>?
    /// The row of a key as it was at a time; nil if the table keeps no history.
    @usableFromInline let getAsOf: ((_ key: Key, _ time: Int64) throws -> ValueAndTimestamp<Value>?)?

    @usableFromInline init(
        get: @escaping (_ key: Key) throws -> ValueAndTimestamp<Value>?,
        getAsOf: ((_ key: Key, _ time: Int64) throws -> ValueAndTimestamp<Value>?)? = nil
    ) {
        self.get = get
        self.getAsOf = getAsOf
    }

    /// The rows with their values changed; where `transform` gives nil there is no row.
    @inlinable
    func map<Other>(_ transform: @escaping (Key, Value) throws -> Other?) -> RowReader<Key, Other> {
        func changed(_ key: Key, _ row: ValueAndTimestamp<Value>?) throws -> ValueAndTimestamp<Other>? {
            guard let row, let value = try transform(key, row.value) else { return nil }
            return ValueAndTimestamp<Other>(value, row.timestamp)
        }
        let get = self.get
        return RowReader<Key, Other>(
            get: { try changed($0, try get($0)) },
            getAsOf: getAsOf.map { getAsOf in { try changed($0, try getAsOf($0, $1)) } })
    }
}

extension TableRows {
    /// The rows of a key-value store.
    @inlinable
    static func keyValue(_ store: String) -> TableRows {
        TableRows(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: KeyValueStore<Key, Value>.self)
            return RowReader(get: { rows.get($0) })
        }
    }

    /// The rows of a window store.
    @inlinable
    static func windowed<Inner: Hashable & Sendable>(_ store: String) -> TableRows where Key == Windowed<Inner> {
        TableRows(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: WindowStore<Inner, Value>.self)
            return RowReader(get: { rows.get($0.key, start: $0.window.start) })
        }
    }

    /// The rows of a session store; their time is the session's end.
    @inlinable
    static func sessions<Inner: Hashable & Sendable>(_ store: String) -> TableRows where Key == Windowed<Inner> {
        TableRows(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: TimedStore<Inner, Value>.self)
            return RowReader(get: { rows.get($0.key, $0.window) })
        }
    }

    /// The rows of this table with their values changed.
    @inlinable
    func map<Other>(_ transform: @escaping @Sendable (Key, Value) throws -> Other?) -> TableRows<Key, Other> {
        let open = self.open
        return TableRows<Key, Other>(stores: stores) { try open($0).map(transform) }
    }
}
