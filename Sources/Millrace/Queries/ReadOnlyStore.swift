import KafkaProtocol

/// A key-value store, or a global one, of a running application, to look into from outside. Kafka Streams'
/// `ReadOnlyKeyValueStore` (KIP-67).
///
/// A query is a turn of the task that owns the partition, between two of its slices of work: it sees all that the records before it
/// have done, committed or not, and waits for a slice, about 10 milliseconds, at most. Use from any thread.
///
/// ```swift
/// let counts = try application.store("counts", key: String.self, value: Int64.self)
/// let count = try await counts.get("words")
/// ```
/// All of it throws `QueryError`.
public struct ReadOnlyStore<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A row: a key, its value, and the event time in milliseconds that it was put with.
    public struct Row: Sendable {
        /// The key.
        public let key: Key
        /// The value.
        public let value: Value
        /// Event time in milliseconds since the epoch.
        public let timestamp: Int64
    }

    let application: StreamsApplication
    let store: StreamsApplication.StoreReference
    let serde: Serde<Key>

    /// The store's name.
    public var name: String { store.name }

    /// The value of `key`: `get` with standard options.
    public subscript(key: Key) -> Value? {
        get async throws(QueryError) { try await get(key) }
    }

    /// The value of `key`; nil if there is none. Asks the partition that the key's bytes belong to.
    public func get(_ key: Key, _ options: QueryOptions = QueryOptions()) async throws(QueryError) -> Value? {
        try await look(up: key, options).value?.value
    }

    /// The value of `key` with its timestamp, and what the answer is worth.
    public func look(
        up key: Key, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> QueryAnswer<ValueAndTimestamp<Value>?> {
        let partition = try application.partition(of: try store.bytes(of: key, serde), store, options)
        return try await application.answer(store, partition, options) { view in
            try view.table(Key.self, Value.self).getWithTimestamp(key)
        }
    }

    /// The rows whose keys' bytes lie between those of two keys, both included; nil leaves an end open. Of integers the positive ones come
    /// before the negative ones. The first range of a store in memory puts its keys in order, some milliseconds at a time beside the task's work: about a
    /// second a few million rows.
    public func range(
        from first: Key? = nil, to last: Key? = nil, _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<Row> {
        rows(try store.bounds(first, last, serde), isReversed: false, options)
    }

    /// The same rows, from the last to the first.
    public func reverseRange(
        from first: Key? = nil, to last: Key? = nil, _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<Row> {
        rows(try store.bounds(first, last, serde), isReversed: true, options)
    }

    /// The rows whose keys' bytes begin with those of `prefix`: Kafka Streams' `prefixScan`.
    public func prefix<Prefix>(
        _ prefix: Prefix, _ serde: Serde<Prefix>, _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<Row> {
        rows(RowBounds(prefix: try store.bytes(of: prefix, serde)), isReversed: false, options)
    }

    /// The rows whose keys' bytes begin with those of `prefix`, written as a key.
    public func prefix(_ prefix: Key, _ options: QueryOptions = QueryOptions()) throws(QueryError) -> QueryRows<Row> {
        try self.prefix(prefix, serde, options)
    }

    /// All rows.
    public func all(_ options: QueryOptions = QueryOptions()) -> QueryRows<Row> {
        rows(RowBounds(), isReversed: false, options)
    }

    /// About how many rows there are in all partitions that are here; those count that were deleted since the last commit. Kafka Streams'
    /// `approximateNumEntries`.
    public func count(_ options: QueryOptions = QueryOptions()) async throws(QueryError) -> Int {
        try await application.rowCount(store, options)
    }

    private func rows(_ bounds: RowBounds, isReversed: Bool, _ options: QueryOptions) -> QueryRows<Row> {
        QueryRows(
            application: application, store: store, options: options,
            walk: .rows(bounds, isReversed: isReversed, Key.self, Value.self) { row, _ in
                Row(key: row.key, value: row.value, timestamp: row.timestamp)
            })
    }
}

extension StreamsApplication {
    /// About how many rows a store has in the partitions that are here.
    func rowCount(_ store: StoreReference, _ options: QueryOptions) async throws(QueryError) -> Int {
        var count = 0
        for partition in try partitionsHere(of: store, options) {
            count += try await answer(store, partition, options) { $0.store.rowCount ?? 0 }.value
        }
        return count
    }
}

extension StreamsApplication.StoreReference {
    /// The bytes of a key, or of something like it.
    func bytes<Value>(of key: Value, _ serde: Serde<Value>) throws(QueryError) -> Bytes {
        do {
            return try serde.bytes(of: key)
        } catch {
            throw QueryError(.invalidKey, "\(key) cannot be written as a key of the store \(name)", underlying: error)
        }
    }

    func bounds<Key>(_ first: Key?, _ last: Key?, _ serde: Serde<Key>) throws(QueryError) -> RowBounds {
        var bounds = RowBounds()
        if let first { bounds.from = try bytes(of: first, serde) }
        if let last { bounds.upper = .through(try bytes(of: last, serde)) }
        return bounds
    }
}
