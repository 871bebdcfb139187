import KafkaProtocol

/// A store to look into, during one turn of the task that has it.
struct StoreView {
    let store: any StateStore
    let context: TaskContext
    /// Whether the task that has it has begun.
    let hasBegun: Bool

    /// Calls `body`, and throws what the store could not read meanwhile, which is none of the task's business. Of a store whose task
    /// has not begun nothing stays in memory that is on disk.
    func look<Result>(_ body: () throws -> Result) throws -> Result {
        let former = context.unreadable
        context.unreadable = nil
        defer { context.unreadable = former }
        if !hasBegun { store.beginLook() }
        defer { if !hasBegun { store.endLook() } }
        let result = try body()
        if let error = context.unreadable { throw error }
        return result
    }

    func table<Key: Hashable & Sendable, Value: Sendable>(_: Key.Type, _: Value.Type) throws -> StateTable<Key, Value> {
        switch store {
        case let store as KeyValueStore<Key, Value>: return StateTable(.own(store), context)
        case let store as GlobalStore<Key, Value>: return StateTable(.global(store, isWritable: false), context)
        default: throw mismatch
        }
    }

    func windows<Key: Hashable & Sendable, Value: Sendable>(
        _: Key.Type, _: Value.Type
    ) throws -> StateWindows<Key, Value> {
        guard let windows = StateWindows<Key, Value>(store, context) else { throw mismatch }
        return windows
    }

    func sessions<Key: Hashable & Sendable, Value: Sendable>(
        _: Key.Type, _: Value.Type
    ) throws -> StateSessions<Key, Value> {
        guard let sessions = StateSessions<Key, Value>(store) else { throw mismatch }
        return sessions
    }

    func versions<Key: Hashable & Sendable, Value: Sendable>(
        _: Key.Type, _: Value.Type
    ) throws -> StateVersions<Key, Value> {
        guard let store = store as? VersionedStore<Key, Value> else { throw mismatch }
        return StateVersions(store)
    }

    private var mismatch: StreamsError {
        StreamsError(.internalFault, "the store \(store.name) is not what its definition says")
    }
}
