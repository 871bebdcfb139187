import KafkaProtocol

/// A session store of a running application, to look into from outside: Kafka Streams' `ReadOnlySessionStore`. As
/// `ReadOnlyStore`; times are in milliseconds since the epoch.
public struct ReadOnlySessionStore<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let application: StreamsApplication
    let store: StreamsApplication.StoreReference
    let serde: Serde<Key>

    /// The store's name.
    public var name: String { store.name }

    /// The value of the session of `key` with exactly these bounds; nil if there is none.
    public func fetchSession(
        _ key: Key, start: Int64, end: Int64, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> Value? {
        let partition = try application.partition(of: try store.bytes(of: key, serde), store, options)
        return try await application.answer(store, partition, options) { view in
            try view.sessions(Key.self, Value.self).fetchSession(key, start: start, end: end)
        }.value
    }

    /// The sessions of `key` that end at `earliestEnd` or later and start at `latestStart` or earlier, by their ends.
    public func fetch(
        _ key: Key, earliestEnd: Int64 = .min, latestStart: Int64 = .max, reversed: Bool = false,
        _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<WindowedRow<Key, Value>> {
        let bytes = try store.bytes(of: key, serde)
        var options = options
        options.partition = try application.partition(of: bytes, store, options)
        return rows(.one(bytes), earliestEnd, latestStart, reversed, options)
    }

    /// The same of the keys whose bytes lie between those of two keys, both included; nil leaves an end open. By key, and then by end.
    public func fetch(
        from firstKey: Key?, to lastKey: Key?, earliestEnd: Int64 = .min, latestStart: Int64 = .max,
        reversed: Bool = false, _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<WindowedRow<Key, Value>> {
        rows(.many(try store.bounds(firstKey, lastKey, serde)), earliestEnd, latestStart, reversed, options)
    }

    /// All sessions.
    public func all(_ options: QueryOptions = QueryOptions()) -> QueryRows<WindowedRow<Key, Value>> {
        rows(.many(RowBounds()), .min, .max, false, options)
    }

    private func rows(
        _ keys: RowWalk<WindowedRow<Key, Value>>.KeyRange, _ earliestEnd: Int64, _ latestStart: Int64, _ isReversed: Bool,
        _ options: QueryOptions
    ) -> QueryRows<WindowedRow<Key, Value>> {
        QueryRows(
            application: application, store: store, options: options,
            walk: .sessions(
                keys, earliestEnd: earliestEnd, latestStart: latestStart, isReversed: isReversed, serde, Value.self
            ) { row, _ in WindowedRow(key: row.key, value: row.value, timestamp: row.key.window.end) })
    }
}
