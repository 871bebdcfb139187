import KafkaProtocol

/// A versioned store of a running application, to look into from outside: what a key was at any time within the history retention. Kafka
/// Streams' `VersionedKeyQuery` (KIP-960). As `ReadOnlyStore`.
public struct ReadOnlyVersionedStore<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let application: StreamsApplication
    let store: StreamsApplication.StoreReference
    let serde: Serde<Key>

    /// The store's name.
    public var name: String { store.name }

    /// The latest version of `key`; nil if it is nothing.
    public func get(
        _ key: Key, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> VersionedValue<Value>? { try await get(key, asOf: .max, options) }

    /// What `key` was at `time`, in milliseconds since the epoch; nil if nothing, or if that is before the history kept and not the latest
    /// version.
    public func get(
        _ key: Key, asOf time: Int64, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> VersionedValue<Value>? {
        let partition = try application.partition(of: try store.bytes(of: key, serde), store, options)
        return try await application.answer(store, partition, options) { view in
            try view.versions(Key.self, Value.self).get(key, asOf: time)
        }.value
    }
}
