/// The task's stores from outside of it, for test drivers: as a processor sees them.
extension StreamTask {
    /// A key-value or global store of these types.
    package func table<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> StateTable<Key, Value>? {
        if let global = context.globalStores[name] as? GlobalStore<Key, Value> {
            return StateTable(.global(global, isWritable: true), context)
        }
        return (store(name) as? KeyValueStore<Key, Value>).map { StateTable(.own($0), context) }
    }

    /// A window store of these types.
    package func windows<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> StateWindows<Key, Value>? {
        store(name).flatMap { StateWindows($0, context) }
    }

    /// A session store of these types.
    package func sessions<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> StateSessions<Key, Value>? {
        store(name).flatMap { StateSessions($0) }
    }

    /// A store of the user's own.
    package func customStore<Store: CustomStateStore>(_ name: String, _ type: Store.Type) -> Store? {
        (store(name) as? CustomStoreHost)?.store as? Store
    }

    /// A versioned store of these types.
    package func versions<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) -> StateVersions<Key, Value>? {
        (store(name) as? VersionedStore<Key, Value>).map { StateVersions($0) }
    }
}
