public import Millrace

extension TopologyTestDriver {
    /// The rows of a key-value store, in no particular order; nil if no task has a store of that name and types.
    public func keyValues<Key: Hashable & Sendable, Value: Sendable>(
        in store: String, key: Key.Type, value: Value.Type
    ) -> [(key: Key, value: Value, timestamp: Int64)]? {
        task(withStore: store)?.keyValues(in: store, key: key, value: value)
    }

    /// The visible rows of a window store; nil if no task has a store of that name and types.
    public func windowedValues<Key: Hashable & Sendable, Value: Sendable>(
        in store: String, key: Key.Type, value: Value.Type
    ) -> [(key: Windowed<Key>, value: Value, timestamp: Int64)]? {
        task(withStore: store)?.windowedValues(in: store, key: key, value: value)
    }

    /// The visible sessions of a session store; nil if no task has a store of that name and types.
    public func sessions<Key: Hashable & Sendable, Value: Sendable>(
        in store: String, key: Key.Type, value: Value.Type
    ) -> [(key: Windowed<Key>, value: Value)]? {
        task(withStore: store)?.sessions(in: store, key: key, value: value)
    }

    /// What a versioned store has for a key, at a time in milliseconds or (nil) as the latest; nil if there is nothing,
    /// or no store of that name and types.
    public func versionedValue<Key: Hashable & Sendable, Value: Sendable>(
        in store: String, key: Key, asOf time: Int64? = nil, value: Value.Type
    ) -> VersionedValue<Value>? {
        task(withStore: store)?.versionedValue(in: store, key: key, asOf: time, value: value)
    }

    /// Whether there is a versioned store of that name and types.
    public func hasVersionedStore<Key: Hashable & Sendable, Value: Sendable>(
        _ store: String, key: Key.Type, value: Value.Type
    ) -> Bool {
        task(withStore: store)?.hasVersionedStore(store, key: key, value: value) == true
    }
}
