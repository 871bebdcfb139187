import KafkaClient
public import KafkaProtocol

/// A store of a running application as bytes, for tools that know its types by name only: `StreamsApplication.stores` has those. As
/// `ReadOnlyStore`; bytes that are no key of the store are refused with `QueryError.Code.invalidKey`.
public struct RawStore: Sendable {
    let application: StreamsApplication
    let store: StreamsApplication.StoreReference

    /// What it has.
    public let description: StoreDescription

    /// The store's name.
    public var name: String { store.name }

    /// The value of a key: of a key-value store, or the latest version of a versioned one.
    public func get(
        _ key: Bytes, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> QueryAnswer<RawRow?> { try await get(key, RawLookup(), options) }

    /// What a key of a versioned store was at a time, in milliseconds since the epoch.
    public func get(
        _ key: Bytes, asOf time: Int64, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> QueryAnswer<RawRow?> { try await get(key, RawLookup(time: time), options) }

    /// The value of a key in a window, of which the start counts, or in the session with these bounds.
    public func get(
        _ key: Bytes, window: Window, _ options: QueryOptions = QueryOptions()
    ) async throws(QueryError) -> QueryAnswer<RawRow?> { try await get(key, RawLookup(window: window), options) }

    private func get(
        _ key: Bytes, _ lookup: RawLookup, _ options: QueryOptions
    ) async throws(QueryError) -> QueryAnswer<RawRow?> {
        try check(key)
        let partition = try application.partition(of: key, store, options)
        let get = store.contents.raw.get
        return try await application.answer(store, partition, options) { try get($0, key, lookup) }
    }

    /// Rows in the order of their keys' bytes, of those between two keys, both included; nil leaves an end open. Of window and session
    /// stores all windows of the keys. Throws `wrongTypes` for a versioned store.
    public func range(
        from first: Bytes? = nil, to last: Bytes? = nil, reversed: Bool = false, _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<RawRow> {
        try rows(RawRange(bounds: RowBounds(from: first, through: last), isReversed: reversed), options)
    }

    /// Rows whose keys begin with these bytes.
    public func prefix(
        _ prefix: Bytes, reversed: Bool = false, _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<RawRow> { try rows(RawRange(bounds: RowBounds(prefix: prefix), isReversed: reversed), options) }

    /// Windows that start between two times, both included, or sessions that end at the first one or later and start at the last one or
    /// earlier: of one key, or of all by key. Throws `wrongTypes` for other stores.
    public func windows(
        of key: Bytes? = nil, from first: Int64 = .min, to last: Int64 = .max, reversed: Bool = false,
        _ options: QueryOptions = QueryOptions()
    ) throws(QueryError) -> QueryRows<RawRow> {
        guard store.contents.kind == .window || store.contents.kind == .session else {
            throw QueryError(.wrongTypes, "the store \(name) has no windows: it is \(store.contents.kind.rawValue)")
        }
        var options = options
        if let key {
            try check(key)
            options.partition = try application.partition(of: key, store, options)
        }
        return try rows(RawRange(key: key, first: first, last: last, isReversed: reversed), options)
    }

    /// Rows of the partitions that are here, and of those that are elsewhere, if it is said how.
    func rows(
        _ range: RawRange, _ options: QueryOptions, elsewhere: RowsElsewhere<RawRow>? = nil
    ) throws(QueryError) -> QueryRows<RawRow> {
        QueryRows(application: application, store: store, options: options, walk: try walk(range), elsewhere: elsewhere)
    }

    /// A page of a partition that is here, behind a place.
    func page(
        _ range: RawRange, behind place: RowWalk<RawRow>.Place?, _ partition: Int32, _ options: QueryOptions
    ) async throws(QueryError) -> QueryAnswer<RowWalk<RawRow>.Page> {
        let (walk, now) = (try walk(range), application.client.environment.now)
        return try await application.answer(store, partition, options) { try walk.page($0, behind: place, now: now) }
    }

    private func walk(_ range: RawRange) throws(QueryError) -> RowWalk<RawRow> {
        guard var walk = store.contents.raw.walk(range) else {
            throw QueryError(.wrongTypes, "the store \(name) cannot be read by ranges: it is \(store.contents.kind.rawValue)")
        }
        walk.size = { $0.key.count + $0.value.count }
        return walk
    }

    /// About how many rows there are in all partitions that are here; of stores of sessions and of versions, keys.
    public func count(_ options: QueryOptions = QueryOptions()) async throws(QueryError) -> Int {
        try await application.rowCount(store, options)
    }

    /// Which partition has a key, and who has that.
    public func metadata(for key: Bytes) throws(QueryError) -> KeyMetadata {
        try check(key)
        return try application.metadata(of: key, store)
    }

    private func check(_ key: Bytes) throws(QueryError) {
        do {
            try store.contents.raw.check(key)
        } catch {
            throw QueryError(
                .invalidKey, "these \(key.count) bytes are no key of the store \(name), a \(store.contents.keyType)",
                underlying: error)
        }
    }
}
