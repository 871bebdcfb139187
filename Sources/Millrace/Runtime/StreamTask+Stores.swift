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
}
