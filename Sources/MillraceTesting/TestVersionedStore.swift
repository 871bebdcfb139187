public import Millrace

/// A key-value store or a global table of a topology under test, to look into and to write. Remains good over
/// `TopologyTestDriver.restart()`.
///
/// What is written goes to the changelog and, where a table's updates are held back, downstream with the next commit of
/// the store's task: when it processes its next record, or at a restart.
public struct TestKeyValueStore<Key: Hashable & Sendable, Value: Sendable> {
    /// The store's name.
    public let name: String
    let access: () -> StateTable<Key, Value>?

    /// The value of `key`.
    public func get(_ key: Key) -> Value? { getWithTimestamp(key)?.value }

    /// The value of `key` with the event time of its last update.
    public func getWithTimestamp(_ key: Key) -> ValueAndTimestamp<Value>? { access()?.getWithTimestamp(key) }

    /// All rows, in no particular order.
    public var all: [(key: Key, value: Value, timestamp: Int64)] { access()?.unordered ?? [] }

    /// All rows by key.
    public var values: [Key: Value] {
        Dictionary(all.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// Sets the value of `key`; nil deletes it. The timestamp is event time in milliseconds.
    public func put(_ key: Key, _ value: Value?, timestamp: Int64 = 0) throws {
        try access()?.put(key, value, timestamp: timestamp)
    }
}

/// A window store of a topology under test, to look into and to write; see `TestKeyValueStore`. Windows out of
/// retention are not there.
public struct TestWindowStore<Key: Hashable & Sendable, Value: Sendable> {
    /// The store's name.
    public let name: String
    let access: () -> StateWindows<Key, Value>?

    /// The value of `key` in the window that starts at `start`, in milliseconds.
    public func get(_ key: Key, start: Int64) -> Value? { access()?.fetch(key, start: start)?.value }

    /// The rows of `key` whose windows start in `range`, in order of their windows.
    public func fetch(
        _ key: Key, startingIn range: ClosedRange<Int64> = Int64.min...Int64.max
    ) -> [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        all.filter { $0.key.key == key && range.contains($0.key.window.start) }
    }

    /// All rows, in order of their windows.
    public var all: [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        rows.sorted { $0.key.window < $1.key.window }
    }

    /// All rows by key and window. Keys that this process has written can be written again.
    private var rows: [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        (try? access()?.all).map(Array.init) ?? []
    }

    /// All values by key and window.
    public var values: [Windowed<Key>: Value] {
        Dictionary(all.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// Sets the value of `key` in the window that starts at `start`; nil deletes it.
    public func put(_ key: Key, start: Int64, _ value: Value?, timestamp: Int64? = nil) throws {
        try access()?.put(key, value, start: start, timestamp: timestamp ?? max(0, start))
    }
}

/// A session store of a topology under test, to look into and to write; see `TestKeyValueStore`. Sessions out of
/// retention are not there.
public struct TestSessionStore<Key: Hashable & Sendable, Value: Sendable> {
    /// The store's name.
    public let name: String
    let access: () -> StateSessions<Key, Value>?

    /// The value of the session with exactly these bounds, in milliseconds, both of them event times.
    public func get(_ key: Key, start: Int64, end: Int64) -> Value? {
        access()?.fetchSession(key, start: start, end: end)
    }

    /// The sessions of `key`, in order.
    public func fetch(_ key: Key) -> [(key: Windowed<Key>, value: Value)] { all.filter { $0.key.key == key } }

    /// All sessions, in order of their starts.
    public var all: [(key: Windowed<Key>, value: Value)] {
        ((try? access()?.all).map(Array.init) ?? []).sorted { $0.key.window < $1.key.window }
    }

    /// All values by key and session.
    public var values: [Windowed<Key>: Value] {
        Dictionary(all.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// Sets the value of a session; nil deletes it.
    public func put(_ key: Key, start: Int64, end: Int64, _ value: Value?) throws {
        try access()?.put(Windowed(key, Window(start: start, end: end)), value)
    }
}

/// A versioned store of a topology under test, to look into and to write; see `TestKeyValueStore`.
public struct TestVersionedStore<Key: Hashable & Sendable, Value: Sendable> {
    /// The store's name.
    public let name: String
    let access: () -> StateVersions<Key, Value>?

    /// The value that `key` has, or had at a time in milliseconds; nil if there was none, or if that is before the
    /// history kept.
    public func get(_ key: Key, asOf time: Int64 = .max) -> VersionedValue<Value>? { access()?.get(key, asOf: time) }

    /// Sets what `key` is from a time on; nil says that it is gone. Returns whether the time is within the history
    /// kept.
    @discardableResult
    public func put(_ key: Key, _ value: Value?, timestamp: Int64) throws -> Bool {
        guard let result = try access()?.put(key, value, timestamp: timestamp) else { return false }
        return result != .tooOld
    }
}
