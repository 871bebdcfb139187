/// A window store in the hands of a processor: values by key and start of a window. Kafka Streams' `WindowStore`.
/// A window is there while its start is after the largest start put less the store's retention.
///
/// The store of a join of streams has the records of one side, each as a window that starts at its time; those of one key
/// and time are several windows, of which a look-up of one gives the last.
public struct StateWindows<Key: Hashable & Sendable, Value: Sendable> {
    /// A window of a key: its value and the timestamp that it was put with.
    public typealias Row = (key: Windowed<Key>, value: Value, timestamp: Int64)

    /// The kinds of stores that have windows.
    @usableFromInline
    enum Store {
        case byKey(TimedStore<Key, Value>)
        case byWindow(WindowStore<Key, Value>)
        case records(JoinWindowStore<Key, Value>)
    }

    @usableFromInline let store: Store
    @usableFromInline let task: TaskContext

    @usableFromInline init(_ store: Store, _ task: TaskContext) {
        self.store = store
        self.task = task
    }

    /// The window store among a task's stores; nil if it is of other types or no window store.
    init?(_ store: any StateStore, _ task: TaskContext) {
        switch store {
        case let store as TimedStore<Key, Value>:
            guard case .starts = store.layout else { return nil }
            self.init(.byKey(store), task)
        case let store as WindowStore<Key, Value>: self.init(.byWindow(store), task)
        case let store as JoinWindowStore<Key, Value>: self.init(.records(store), task)
        default: return nil
        }
    }

    /// The value of `key` in the window that starts at `start`, in milliseconds.
    @inlinable
    public func fetch(_ key: Key, start: Int64) -> ValueAndTimestamp<Value>? {
        switch store {
        case .byKey(let store): return store.get(key, Window(start: start, end: start))
        case .byWindow(let store): return store.get(key, start: start)
        case .records(let store):
            let rows = store.rows(of: key, from: start, to: start).reversed().makeIterator()
            return rows.next().map { ValueAndTimestamp($0.value, $0.timestamp) }
        }
    }

    /// Sets the value of `key` in the window that starts at `start`; nil deletes it. A window out of retention is left
    /// alone. The timestamp is the task's stream time if none is given. In the store of a join of streams it adds a record
    /// of the time `start`, and nil does nothing. Throws if a time is negative.
    @inlinable
    public func put(_ key: Key, _ value: Value?, start: Int64, timestamp: Int64? = nil) throws {
        let timestamp = timestamp ?? max(0, task.streamTime)
        guard start >= 0, timestamp >= 0 else { throw NegativeTime(min(start, timestamp), in: name) }
        switch store {
        case .byKey(let store):
            try store.put(key, store.layout.window(at: EntryTime(start)), value, timestamp: timestamp, headers: [])
        case .byWindow(let store): try store.update(key, start: start, headers: []) { _ in (value, timestamp) }
        case .records(let store): if let value { try store.put(key, value, timestamp: start) }
        }
    }

    /// The windows of `key` that start between two times, both included, from the oldest to the newest. Costs what it
    /// returns; `reversed()` gives the newest first.
    @inlinable
    public func fetch(
        _ key: Key, from first: Int64, to last: Int64
    ) -> StateRows<(start: Int64, row: ValueAndTimestamp<Value>)> {
        rows(of: key, from: first, to: last).mapped { ($0.key.window.start, ValueAndTimestamp($0.value, $0.timestamp)) }
    }

    @inlinable
    func rows(of key: Key, from first: Int64, to last: Int64) -> StateRows<Row> {
        guard first <= last else { return .none }
        return switch store {
        case .byKey(let store): store.rows(of: key, from: EntryTime(first, .min), through: .last(of: last))
        case .byWindow(let store): store.rows(of: key, from: first, to: last)
        case .records(let store): store.rows(of: key, from: first, to: last)
        }
    }

    /// The windows that start between two times, both included, of the keys whose bytes lie between those of two keys, both
    /// included; nil leaves an end open. They are in the order of their keys' bytes and then of their starts. Throws what
    /// encoding keys throws.
    @inlinable
    public func fetch(from firstKey: Key?, to lastKey: Key?, from first: Int64, to last: Int64) throws -> StateRows<Row> {
        let bounds = RowBounds(
            from: try firstKey.map(keySerde.bytes(of:)), through: try lastKey.map(keySerde.bytes(of:)))
        return scan(bounds, from: first, to: last)
    }

    @inlinable
    func scan(_ bounds: RowBounds, from first: Int64, to last: Int64) -> StateRows<Row> {
        guard first <= last else { return .none }
        return switch store {
        case .byKey(let store): store.rows(bounds, from: EntryTime(first, .min), through: .last(of: last))
        case .byWindow(let store): store.rows(bounds, from: first, to: last)
        case .records(let store): store.rows(bounds, from: first, to: last)
        }
    }

    /// The windows of all keys that start between two times, both included, in the order of their keys' bytes and then
    /// of their starts.
    @inlinable
    public func fetchAll(from first: Int64, to last: Int64) throws -> StateRows<Row> {
        try fetch(from: nil, to: nil, from: first, to: last)
    }

    /// All windows, in the order of their keys' bytes and then of their starts.
    @inlinable
    public var all: StateRows<Row> { get throws { try fetchAll(from: .min, to: .max) } }

    @inlinable
    var name: String {
        switch store {
        case .byKey(let store): store.name
        case .byWindow(let store): store.name
        case .records(let store): store.name
        }
    }

    @inlinable
    var keySerde: Serde<Key> {
        switch store {
        case .byKey(let store): store.rows.keys.serde
        case .byWindow(let store): store.keys.serde
        case .records(let store): store.rows.keys.serde
        }
    }
}
