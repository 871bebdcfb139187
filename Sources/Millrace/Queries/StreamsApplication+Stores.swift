/// The stores of a running application, to look into from outside: interactive queries.
extension StreamsApplication {
    /// A handle of a key-value store, or of a global one. It can be got before `run()`, and is good as long as the application
    /// runs. Throws `unknownStore`, and `wrongTypes` if the store has other types than these, or is of another kind.
    public func store<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws(QueryError) -> ReadOnlyStore<Key, Value> {
        let (store, serde) = try typedStore(name, .keyValue, key, value)
        return ReadOnlyStore(application: self, store: store, serde: serde)
    }

    /// A handle of a window store; the key is the one within the windows. As `store`.
    public func windowStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws(QueryError) -> ReadOnlyWindowStore<Key, Value> {
        let (store, serde) = try typedStore(name, .window, key, value)
        return ReadOnlyWindowStore(application: self, store: store, serde: serde)
    }

    /// A handle of a session store; the key is the one within the sessions. As `store`.
    public func sessionStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws(QueryError) -> ReadOnlySessionStore<Key, Value> {
        let (store, serde) = try typedStore(name, .session, key, value)
        return ReadOnlySessionStore(application: self, store: store, serde: serde)
    }

    /// A handle of a versioned store. As `store`.
    public func versionedStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws(QueryError) -> ReadOnlyVersionedStore<Key, Value> {
        let (store, serde) = try typedStore(name, .versioned, key, value)
        return ReadOnlyVersionedStore(application: self, store: store, serde: serde)
    }

    /// A handle of a store of any kind that reads bytes. Throws `unknownStore`.
    public func rawStore(_ name: String) throws(QueryError) -> RawStore {
        let store = try storeReference(name)
        return RawStore(application: self, store: store, description: describe(name, in: store.subTopology))
    }

    /// The stores of the topology, by name, those that cannot be queried included.
    public var stores: [StoreDescription] {
        var found: [StoreDescription] = []
        for group in blueprint.subTopologies {
            found += group.storeNames.filter { group.isGlobal || !blueprint.topology.isGlobalStore($0) }
                .map { describe($0, in: group.isGlobal ? nil : group.id) }
        }
        return found.sorted { $0.name < $1.name }
    }

    private func describe(_ name: String, in group: Int?) -> StoreDescription {
        let definition = blueprint.topology.stores[name]
        let contents = definition?.contents
        return StoreDescription(
            name: name, kind: contents?.kind ?? .other, keyType: contents?.keyType, valueType: contents?.valueType,
            subTopology: group, engine: definition?.isOnDisk == true ? .rocksDB : .memory)
    }
}
