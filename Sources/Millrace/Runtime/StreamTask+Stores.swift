extension StreamTask {
    /// A key-value or global store of these types.
    package func table<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> TableAccess<Key, Value>? {
        if let global = context.globalStores[name] as? GlobalStore<Key, Value> {
            return TableAccess(
                get: { global.get($0) }, all: { global.all }, put: { global.put($0, $1, timestamp: $2) })
        }
        guard let table = store(name) as? KeyValueStore<Key, Value> else { return nil }
        return TableAccess(
            get: { table.get($0) }, all: { table.all }, put: { try table.put($0, $1, timestamp: $2) })
    }

    /// A window store of these types.
    package func windows<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> WindowAccess<Key, Value>? {
        if let windows = store(name) as? WindowStore<Key, Value> {
            return WindowAccess(
                get: { windows.get($0, start: $1) }, all: { windows.all },
                put: { key, start, value, timestamp in
                    try windows.update(key, start: start, headers: []) { _ in (value, timestamp) }
                })
        }
        guard let windows = store(name) as? SlidingWindowStore<Key, Value> else { return nil }
        return WindowAccess(
            get: { windows.get($0, start: $1) }, all: { windows.all },
            put: { try windows.put($0, start: $1, $2, timestamp: $3, headers: []) })
    }

    /// A session store of these types.
    package func sessions<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> SessionAccess<Key, Value>? {
        guard let sessions = store(name) as? SessionStore<Key, Value> else { return nil }
        return SessionAccess(
            get: { sessions.get($0) }, all: { sessions.all }, put: { try sessions.put($0, $1, headers: [], at: $0.window.end) })
    }

    /// A store of the user's own.
    package func customStore<Store: CustomStateStore>(_ name: String, _ type: Store.Type) -> Store? {
        (store(name) as? CustomStoreHost)?.store as? Store
    }

    /// A versioned store of these types.
    package func versions<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> VersionAccess<Key, Value>? {
        guard let versions = store(name) as? VersionedStore<Key, Value> else { return nil }
        return VersionAccess(
            get: { versions.get($0, asOf: $1) }, put: { try versions.put($0, $1, timestamp: $2) != nil })
    }
}

/// A key-value store from outside of its task.
package struct TableAccess<Key, Value> {
    package let get: (Key) -> ValueAndTimestamp<Value>?
    package let all: () -> [(key: Key, value: Value, timestamp: Int64)]
    package let put: (_ key: Key, _ value: Value?, _ timestamp: Int64) throws -> Void
}

/// A window store from outside of its task.
package struct WindowAccess<Key, Value> {
    package let get: (_ key: Key, _ start: Int64) -> ValueAndTimestamp<Value>?
    package let all: () -> [(key: Windowed<Key>, value: Value, timestamp: Int64)]
    package let put: (_ key: Key, _ start: Int64, _ value: Value?, _ timestamp: Int64) throws -> Void
}

/// A session store from outside of its task.
package struct SessionAccess<Key, Value> {
    package let get: (Windowed<Key>) -> Value?
    package let all: () -> [(key: Windowed<Key>, value: Value)]
    package let put: (_ session: Windowed<Key>, _ value: Value?) throws -> Void
}

/// A versioned store from outside of its task.
package struct VersionAccess<Key, Value> {
    package let get: (_ key: Key, _ time: Int64) -> VersionedValue<Value>?
    /// Says whether the time is within the history kept.
    package let put: (_ key: Key, _ value: Value?, _ timestamp: Int64) throws -> Bool
}
