/// A window store in the hands of a processor: values by key and start of a window. Kafka Streams' `WindowStore`.
/// A window is there while its start is after the largest start put less the store's retention.
///
/// The store of a join of streams has the records of one side, each as a window that starts at its time; those of one key
/// and time are several windows, of which a look-up of one gives the last.
///
/// Reads of several windows copy what they give, so the store may be changed meanwhile.
public struct StateWindows<Key: Hashable & Sendable, Value: Sendable> {
    /// A window of a key: its value and the timestamp that it was put with.
    public typealias Row = (key: Windowed<Key>, value: Value, timestamp: Int64)

    /// The kinds of stores that have windows.
    @usableFromInline
    enum Store {
        case byKey(SlidingWindowStore<Key, Value>)
        case byWindow(WindowStore<Key, Value>)
        case records(JoinWindowStore<Key, Value>)
    }

    @usableFromInline let store: Store
    @usableFromInline let task: TaskContext

    @usableFromInline init(_ store: Store, _ task: TaskContext) {
        self.store = store
        self.task = task
    }

    /// The value of `key` in the window that starts at `start`, in milliseconds.
    @inlinable
    public func fetch(_ key: Key, start: Int64) -> ValueAndTimestamp<Value>? {
        switch store {
        case .byKey(let store): store.get(key, start: start)
        case .byWindow(let store): store.get(key, start: start)
        case .records(let store): store.find(key, from: start, to: start).last?.row
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
        case .byKey(let store): try store.put(key, start: start, value, timestamp: timestamp, headers: [])
        case .byWindow(let store): try store.update(key, start: start, headers: []) { _ in (value, timestamp) }
        case .records(let store): if let value { try store.put(key, value, timestamp: start) }
        }
    }

    /// The windows of `key` that start between two times, both included, from the oldest to the newest.
    @inlinable
    public func fetch(_ key: Key, from first: Int64, to last: Int64) -> [(start: Int64, row: ValueAndTimestamp<Value>)]
    {
        guard first <= last else { return [] }
        return switch store {
        case .byKey(let store): store.find(key, from: first, to: last)
        case .byWindow(let store): store.find(key, from: first, to: last)
        case .records(let store): store.find(key, from: first, to: last)
        }
    }

    /// The windows of all keys that start between two times, both included, in the order of their keys' bytes and then
    /// of their starts. Throws what encoding keys throws.
    @inlinable
    public func fetchAll(from first: Int64, to last: Int64) throws -> [Row] {
        try ordered(unordered.filter { first <= $0.key.window.start && $0.key.window.start <= last })
    }

    /// All windows, in the order of their keys' bytes and then of their starts.
    @inlinable
    public var all: [Row] { get throws { try ordered(unordered) } }

    @inlinable
    var name: String {
        switch store {
        case .byKey(let store): store.name
        case .byWindow(let store): store.name
        case .records(let store): store.name
        }
    }

    @inlinable
    var unordered: [Row] {
        switch store {
        case .byKey(let store): store.all
        case .byWindow(let store): store.all
        case .records(let store): store.all
        }
    }

    @inlinable
    func ordered(_ rows: [Row]) throws -> [Row] {
        let serde: Serde<Windowed<Key>> =
            switch store {
            case .byKey(let store): store.keySerde
            case .byWindow(let store): store.keySerde
            case .records(let store): .timeWindowed(store.keySerde, size: 0)
            }
        return try serde.ordered(rows, by: \.key)
    }
}
