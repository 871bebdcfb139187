/// A key-value store in the hands of a processor: Kafka Streams' `KeyValueStore` and `TimestampedKeyValueStore` (each
/// value has a timestamp; whoever does not need it leaves it out).
///
/// Changes go to the store's changelog with the next commit. Reads of many rows are in the order of the keys' bytes, as
/// in Kafka Streams, and lazy: the store may be changed meanwhile (`StateRows`).
///
/// A global store can be read by every processor, and written only by the one that fills it.
public struct StateTable<Key: Hashable & Sendable, Value: Sendable> {
    /// A row: a key, its value, and the timestamp that it was put with.
    public typealias Row = (key: Key, value: Value, timestamp: Int64)

    @usableFromInline
    enum Rows {
        case own(KeyValueStore<Key, Value>)
        case global(GlobalStore<Key, Value>, isWritable: Bool)
    }

    @usableFromInline let rows: Rows
    @usableFromInline let task: TaskContext

    @usableFromInline init(_ rows: Rows, _ task: TaskContext) {
        self.rows = rows
        self.task = task
    }

    /// The value of `key`.
    @inlinable
    public func get(_ key: Key) -> Value? { getWithTimestamp(key)?.value }

    /// The value of `key`: `get`. A value is set by `put`, which can fail.
    @inlinable
    public subscript(key: Key) -> Value? { getWithTimestamp(key)?.value }

    /// The value of `key` with the timestamp that it was put with.
    @inlinable
    public func getWithTimestamp(_ key: Key) -> ValueAndTimestamp<Value>? {
        switch rows {
        case .own(let store): store.get(key)
        case .global(let store, _): store.get(key)
        }
    }

    /// Sets the value of `key`; nil deletes it. The timestamp is the task's stream time if none is given.
    ///
    /// Throws if the store is a global one that another processor fills, and if the timestamp is negative.
    @inlinable
    public func put(_ key: Key, _ value: Value?, timestamp: Int64? = nil) throws {
        let timestamp = timestamp ?? max(0, task.streamTime)
        guard timestamp >= 0 else { throw NegativeTime(timestamp, in: name) }
        switch rows {
        case .own(let store): try store.put(key, value, timestamp: timestamp)
        case .global(let store, isWritable: true): try store.put(key, value, timestamp: timestamp)
        case .global(let store, isWritable: false):
            throw StreamsError(.processing, "the global store \(store.name) can only be read here")
        }
    }

    /// Sets the value of `key` unless it has one, and gives the one that it had.
    @inlinable
    public func putIfAbsent(_ key: Key, _ value: Value, timestamp: Int64? = nil) throws -> Value? {
        if let old = get(key) { return old }
        try put(key, value, timestamp: timestamp)
        return nil
    }

    /// Deletes the value of `key`, and gives what it was.
    @inlinable @discardableResult
    public func delete(_ key: Key) throws -> Value? {
        let old = get(key)
        if old != nil { try put(key, nil) }
        return old
    }

    /// The rows whose keys' bytes lie between those of two keys, both included; nil leaves an end open.
    ///
    /// The order is that of bytes: of integers the positive ones come before the negative ones. Costs what it returns, once a
    /// first call has put the keys in order. Throws what encoding keys throws.
    @inlinable
    public func range(from first: Key? = nil, to last: Key? = nil) throws -> StateRows<Row> {
        scan(RowBounds(from: try first.map(keySerde.bytes(of:)), through: try last.map(keySerde.bytes(of:))))
    }

    /// The rows whose keys' bytes begin with those of `prefix`: Kafka Streams' `prefixScan`.
    @inlinable
    public func prefix<Prefix>(_ prefix: Prefix, _ serde: Serde<Prefix>) throws -> StateRows<Row> {
        scan(RowBounds(prefix: try serde.bytes(of: prefix)))
    }

    /// The rows whose keys' bytes begin with those of `prefix`, written as a key.
    @inlinable
    public func prefix(_ prefix: Key) throws -> StateRows<Row> { try self.prefix(prefix, keySerde) }

    /// All rows, in the order of their keys' bytes.
    @inlinable
    public var all: StateRows<Row> { get throws { try range() } }

    @inlinable
    func scan(_ bounds: RowBounds) -> StateRows<Row> {
        switch rows {
        case .own(let store): store.rows(bounds)
        case .global(let store, _): store.rows(bounds, task)
        }
    }

    @inlinable
    var name: String {
        switch rows {
        case .own(let store): store.name
        case .global(let store, _): store.name
        }
    }

    @inlinable
    var keySerde: Serde<Key> {
        switch rows {
        case .own(let store): store.keySerde
        case .global(let store, _): store.keySerde
        }
    }

    /// All rows, in no particular order: without the work of keeping one.
    @inlinable
    public var unordered: [Row] {
        switch rows {
        case .own(let store): store.all
        case .global(let store, _): store.all
        }
    }
}
