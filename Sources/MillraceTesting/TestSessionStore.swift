public import Millrace

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
