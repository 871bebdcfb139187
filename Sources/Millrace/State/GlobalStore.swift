public import KafkaProtocol
import Synchronization

/// A store that all tasks of an instance read while one task fills it.
@usableFromInline
protocol GlobalStateStore: StateStore, Sendable {}

/// The rows of a global table: the latest value per key of all partitions of its topic. Read by many threads.
@usableFromInline
final class GlobalStore<Key: Hashable & Sendable, Value: Sendable>: GlobalStateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    private let valueSerde: Serde<Value>
    private let rows: Mutex<KeyDictionary<Key, ValueAndTimestamp<Value>>>

    @usableFromInline
    init(name: String, key: Serde<Key>, value: Serde<Value>) {
        self.name = name
        self.keySerde = key
        self.valueSerde = value
        rows = Mutex(KeyDictionary(KeyIdentity(key)))
    }

    /// The value of `key`.
    @usableFromInline
    func get(_ key: Key) -> ValueAndTimestamp<Value>? { rows.withLock { $0[key] } }

    /// Sets the value of `key`; nil deletes.
    @usableFromInline
    func put(_ key: Key, _ value: Value?, timestamp: Int64) {
        let key = keySerde.detach?(key) ?? key
        let kept = value.map { ValueAndTimestamp(valueSerde.detach?($0) ?? $0, timestamp) }
        rows.withLock { $0[key] = kept }
    }

    /// All rows, in no particular order.
    @usableFromInline
    var all: [(key: Key, value: Value, timestamp: Int64)] {
        rows.withLock { $0.entries.map { ($0.key, $0.value.value, $0.value.timestamp) } }
    }

    /// Does nothing: the topic is the store's own changelog.
    @usableFromInline
    func flush() {}

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        put(try keySerde.decode(key), try value.map { try valueSerde.decode($0) }, timestamp: timestamp)
    }
}
