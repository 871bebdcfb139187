/// A session store in the hands of a processor: values by key and session. Kafka Streams' `SessionStore`.
/// A session is there while its end is after the largest end put less the store's retention.
public struct StateSessions<Key: Hashable & Sendable, Value: Sendable> {
    /// A session of a key, and its value.
    public typealias Row = (key: Windowed<Key>, value: Value)

    @usableFromInline let store: TimedStore<Key, Value>

    @usableFromInline init(_ store: TimedStore<Key, Value>) { self.store = store }

    /// The session store among a task's stores; nil if it is of other types or no session store.
    init?(_ store: any StateStore) {
        guard let store = store as? TimedStore<Key, Value>, case .sessions = store.layout else { return nil }
        self.init(store)
    }

    /// The value of a session with exactly these bounds.
    @inlinable
    public func fetchSession(_ key: Key, start: Int64, end: Int64) -> Value? {
        store.get(key, Window(start: start, end: end))?.value
    }

    /// Sets the value of a session; nil deletes it. A session out of retention is left alone. Throws if its start is
    /// negative or after its end.
    @inlinable
    public func put(_ session: Windowed<Key>, _ value: Value?) throws {
        let window = session.window
        guard window.start >= 0 else { throw NegativeTime(window.start, in: store.name) }
        guard window.start <= window.end else { throw NegativeTime(window, in: store.name) }
        try store.put(session.key, window, value, timestamp: window.end, headers: [])
    }

    /// Deletes a session.
    @inlinable
    public func remove(_ session: Windowed<Key>) throws { try put(session, nil) }

    /// The sessions of `key` that end at `earliestEnd` or later and start at `latestStart` or earlier, by their ends. Costs
    /// what ends at `earliestEnd` or later.
    @inlinable
    public func findSessions(_ key: Key, earliestEnd: Int64, latestStart: Int64) -> StateRows<Row> {
        store.rows(of: key, from: EntryTime(earliestEnd, .min), through: .last(of: .max))
            .mapped { $0.key.window.start <= latestStart ? ($0.key, $0.value) : nil }
    }

    /// The sessions that end at `earliestEnd` or later and start at `latestStart` or earlier, of the keys whose bytes lie
    /// between those of two keys, both included; nil leaves an end open. They are in the order of their keys' bytes and then
    /// of their ends. Throws what encoding keys throws.
    @inlinable
    public func findSessions(
        from firstKey: Key?, to lastKey: Key?, earliestEnd: Int64 = .min, latestStart: Int64 = .max
    ) throws -> StateRows<Row> {
        let serde = store.rows.keys.serde
        let bounds = RowBounds(from: try firstKey.map(serde.bytes(of:)), through: try lastKey.map(serde.bytes(of:)))
        return scan(bounds, earliestEnd: earliestEnd, latestStart: latestStart)
    }

    @inlinable
    func scan(_ bounds: RowBounds, earliestEnd: Int64, latestStart: Int64) -> StateRows<Row> {
        store.rows(bounds, from: EntryTime(earliestEnd, .min), through: .last(of: .max))
            .mapped { $0.key.window.start <= latestStart ? ($0.key, $0.value) : nil }
    }

    /// All sessions of `key`, by their ends.
    @inlinable
    public func fetch(_ key: Key) -> StateRows<Row> { findSessions(key, earliestEnd: .min, latestStart: .max) }

    /// All sessions, in the order of their keys' bytes and then of their ends.
    @inlinable
    public var all: StateRows<Row> { get throws { try findSessions(from: nil, to: nil) } }
}
