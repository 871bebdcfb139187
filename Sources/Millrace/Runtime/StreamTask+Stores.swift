extension StreamTask {
    /// The rows of a key-value store of these types.
    package func keyValues<Key: Hashable & Sendable, Value: Sendable>(
        in name: String, key: Key.Type, value: Value.Type
    ) -> [(key: Key, value: Value, timestamp: Int64)]? {
        (store(name) as? KeyValueStore<Key, Value>)?.all
    }

    /// The visible rows of a window store of these types.
    package func windowedValues<Key: Hashable & Sendable, Value: Sendable>(
        in name: String, key: Key.Type, value: Value.Type
    ) -> [(key: Windowed<Key>, value: Value, timestamp: Int64)]? {
        (store(name) as? WindowStore<Key, Value>)?.all ?? (store(name) as? SlidingWindowStore<Key, Value>)?.all
    }

    /// The visible sessions of a session store of these types.
    package func sessions<Key: Hashable & Sendable, Value: Sendable>(
        in name: String, key: Key.Type, value: Value.Type
    ) -> [(key: Windowed<Key>, value: Value)]? {
        (store(name) as? SessionStore<Key, Value>)?.all
    }

    /// What a versioned store of these types has for a key, at a time or (nil) as the latest.
    package func versionedValue<Key: Hashable & Sendable, Value: Sendable>(
        in name: String, key: Key, asOf time: Int64?, value: Value.Type
    ) -> VersionedValue<Value>? {
        (store(name) as? VersionedStore<Key, Value>)?.get(key, asOf: time ?? .max)
    }

    /// Whether there is a versioned store of these types.
    package func hasVersionedStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) -> Bool {
        store(name) is VersionedStore<Key, Value>
    }
}
