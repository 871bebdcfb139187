/// A key-value store in the hands of a processor: Kafka Streams' `KeyValueStore` and `TimestampedKeyValueStore`.
/// Changes go to the store's changelog with the next commit.
public struct StateTable<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let store: KeyValueStore<Key, Value>
    @usableFromInline let task: TaskContext

    @usableFromInline init(_ store: KeyValueStore<Key, Value>, _ task: TaskContext) {
        self.store = store
        self.task = task
    }

    /// The value of `key`.
    @inlinable
    public func get(_ key: Key) -> Value? { store.get(key)?.value }

    /// The value of `key` with the timestamp that it was put with.
    @inlinable
    public func getWithTimestamp(_ key: Key) -> ValueAndTimestamp<Value>? { store.get(key) }

    /// Sets the value of `key`; nil deletes it. The timestamp is the task's stream time if none is given.
    @inlinable
    public func put(_ key: Key, _ value: Value?, timestamp: Int64? = nil) throws {
        try store.put(key, value, timestamp: timestamp ?? max(0, task.streamTime))
    }

    /// Deletes the value of `key`, and gives what it was.
    @inlinable
    public func remove(_ key: Key) throws -> Value? {
        let old = store.get(key)?.value
        if old != nil { try put(key, nil) }
        return old
    }

    /// All rows, in no particular order. A copy: the store may be changed meanwhile.
    @inlinable
    public var all: [(key: Key, value: Value, timestamp: Int64)] { store.all }
}

/// A window store in the hands of a processor: values by key and start of a window. Kafka Streams' `WindowStore`.
/// A window is there while its start is after the largest start put less the store's retention.
public struct StateWindows<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let store: SlidingWindowStore<Key, Value>
    @usableFromInline let task: TaskContext

    @usableFromInline init(_ store: SlidingWindowStore<Key, Value>, _ task: TaskContext) {
        self.store = store
        self.task = task
    }

    /// The value of `key` in the window that starts at `start`, in milliseconds.
    @inlinable
    public func get(_ key: Key, start: Int64) -> ValueAndTimestamp<Value>? { store.get(key, start: start) }

    /// Sets the value of `key` in the window that starts at `start`; nil deletes it. The timestamp is the task's stream
    /// time if none is given.
    @inlinable
    public func put(_ key: Key, start: Int64, _ value: Value?, timestamp: Int64? = nil) throws {
        try store.put(key, start: start, value, timestamp: timestamp ?? max(0, task.streamTime), headers: [])
    }

    /// The windows of `key` that start in `range`, in order.
    @inlinable
    public func find(
        _ key: Key, startingIn range: ClosedRange<Int64>
    ) -> [(start: Int64, row: ValueAndTimestamp<Value>)] {
        store.find(key, from: range.lowerBound, to: range.upperBound)
    }

    /// All windows, in no particular order.
    @inlinable
    public var all: [(key: Windowed<Key>, value: Value, timestamp: Int64)] { store.all }
}

/// A session store in the hands of a processor: values by key and session. Kafka Streams' `SessionStore`.
/// A session is there while its end is after the largest end put less the store's retention.
public struct StateSessions<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let store: SessionStore<Key, Value>

    @usableFromInline init(_ store: SessionStore<Key, Value>) { self.store = store }

    /// The value of a session with exactly these bounds.
    @inlinable
    public func get(_ session: Windowed<Key>) -> Value? { store.get(session) }

    /// Sets the value of a session; nil deletes it.
    @inlinable
    public func put(_ session: Windowed<Key>, _ value: Value?) throws { try store.put(session, value, headers: []) }

    /// The sessions of `key` that end at `earliestEnd` or later and start at `latestStart` or earlier, by their ends.
    @inlinable
    public func find(_ key: Key, earliestEnd: Int64, latestStart: Int64) -> [(session: Windowed<Key>, value: Value)] {
        store.find(key, earliestEnd: earliestEnd, latestStart: latestStart).map { (Windowed(key, $0.window), $0.value) }
    }

    /// All sessions, in no particular order.
    @inlinable
    public var all: [(key: Windowed<Key>, value: Value)] { store.all }
}
