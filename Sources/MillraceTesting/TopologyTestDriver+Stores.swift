public import Millrace

/// Each of these throws a `StreamsError` with the code `configuration` if the topology has no store of that name and
/// kind with keys and values of these types.
extension TopologyTestDriver {
    /// The names of the stores, in alphabetical order.
    public var storeNames: [String] {
        Set(tasks.flatMap(\.storeNames) + blueprint.globalStoreNames).sorted()
    }

    /// A key-value store, a table's or a processor's, or a global table.
    public func keyValueStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws -> TestKeyValueStore<Key, Value> {
        TestKeyValueStore(name: name, access: try access(name, "key-value") { $0.table(name, key, value) })
    }

    /// A window store: of windows of fixed size, of sliding windows, or a processor's.
    public func windowStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws -> TestWindowStore<Key, Value> {
        TestWindowStore(name: name, access: try access(name, "window") { $0.windows(name, key, value) })
    }

    /// A session store.
    public func sessionStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws -> TestSessionStore<Key, Value> {
        TestSessionStore(name: name, access: try access(name, "session") { $0.sessions(name, key, value) })
    }

    /// A versioned store.
    public func versionedStore<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Key.Type, value: Value.Type
    ) throws -> TestVersionedStore<Key, Value> {
        TestVersionedStore(name: name, access: try access(name, "versioned") { $0.versions(name, key, value) })
    }

    /// A store of one's own, as it is until the next restart.
    public func customStore<Store: CustomStateStore>(_ name: String, as type: Store.Type) throws -> Store {
        let open = try access(name, "custom") { $0.customStore(name, type) }
        guard let store = open() else { throw StreamsError(.configuration, "the store \(name) is gone") }
        return store
    }

    /// How to get at a store again and again: a restart makes new ones.
    private func access<Access>(
        _ name: String, _ kind: String, _ open: @escaping (StreamTask) -> Access?
    ) throws -> () -> Access? {
        let access = { [self] in tasks.lazy.compactMap(open).first }
        guard access() == nil else { return access }
        let names = storeNames
        throw StreamsError(
            .configuration,
            names.contains(name)
                ? "the store \(name) is no \(kind) store with keys and values of these types"
                : "the topology has no store called \(name); it has \(names.joined(separator: ", "))")
    }
}
