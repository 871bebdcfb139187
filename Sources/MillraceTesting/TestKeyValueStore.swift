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

    /// The value of `key`: `get`.
    public subscript(key: Key) -> Value? { getWithTimestamp(key)?.value }

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
