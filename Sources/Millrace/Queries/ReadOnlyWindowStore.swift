import KafkaProtocol

/// A window store of a running application, to look into from outside: Kafka Streams' `ReadOnlyWindowStore`. As
/// `ReadOnlyStore`; times are in milliseconds since the epoch.
public struct ReadOnlyWindowStore<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    let application: StreamsApplication
    let store: StreamsApplication.StoreReference
    let serde: Serde<Key>

    /// The store's name.
    public var name: String { store.name }

    /// The value of `key` in the window that starts at `start`; nil if there is none.
    public func fetch(
        _ key: Key, start: Int64, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> Value? { try await look(up: key, start: start, options).value?.value }

    /// The same with its timestamp, and what the answer is worth.
    public func look(
        up key: Key, start: Int64, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> QueryAnswer<ValueAndTimestamp<Value>?> {
        let partition = try application.partition(of: try store.bytes(of: key, serde), store, options)
        return try await application.answer(store, partition, options) { view in
            try view.windows(Key.self, Value.self).fetch(key, start: start)
        }
    }

    /// The windows of `key` that start between two times, both included, the oldest first.
    public func fetch(
        _ key: Key, from first: Int64 = .min, to last: Int64 = .max, reversed: Bool = false,
        _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<WindowedRow<Key, Value>> {
        let bytes = try store.bytes(of: key, serde)
        var options = options
        options.partition = try application.partition(of: bytes, store, options)
        return rows(.one(bytes), first, last, reversed, options)
    }

    /// The windows that start between two times, both included, of the keys whose bytes lie between those of two keys, both included; nil
    /// leaves an end open. By key, and then by start.
    public func fetch(
        from firstKey: Key?, to lastKey: Key?, from first: Int64, to last: Int64, reversed: Bool = false,
        _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<WindowedRow<Key, Value>> {
        rows(.many(try store.bounds(firstKey, lastKey, serde)), first, last, reversed, options)
    }

    /// The windows of all keys that start between two times, both included.
    public func fetchAll(
        from first: Int64, to last: Int64, reversed: Bool = false, _ options: QueryOptions = QueryOptions()
    ) -> QueryRows<WindowedRow<Key, Value>> { rows(.many(RowBounds()), first, last, reversed, options) }

    /// All windows.
    public func all(_ options: QueryOptions = QueryOptions()) -> QueryRows<WindowedRow<Key, Value>> {
        fetchAll(from: .min, to: .max, options)
    }

    private func rows(
        _ keys: RowWalk<WindowedRow<Key, Value>>.KeyRange, _ first: Int64, _ last: Int64, _ isReversed: Bool,
        _ options: QueryOptions
    ) -> QueryRows<WindowedRow<Key, Value>> {
        QueryRows(
            application: application, store: store, options: options,
            walk: .windows(keys, from: first, to: last, isReversed: isReversed, serde, Value.self) { row, _ in
                WindowedRow(key: row.key, value: row.value, timestamp: row.timestamp)
            })
    }
}
