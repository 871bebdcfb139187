public import KafkaProtocol
public import Synchronization

/// A store that all tasks of an instance read while one task fills it.
@usableFromInline
protocol GlobalStateStore: StateStore, Sendable {
    /// Has changes kept for local state from now on.
    func keep(_ changes: RowLogBuffer)
    /// Forgets all rows.
    func removeAll()
}

/// The rows of a global table: the latest value per key of all partitions of its topic. Read by many threads.
@usableFromInline
final class GlobalStore<Key: Hashable & Sendable, Value: Sendable>: GlobalStateStore {
    @usableFromInline typealias Row = (key: Key, value: Value, timestamp: Int64)

    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    private let valueSerde: Serde<Value>
    @usableFromInline let rows: Mutex<Rows>

    @usableFromInline
    struct Rows {
        @usableFromInline let keys: KeyCoder<Key>
        @usableFromInline var table = RowTable<Value>()
        /// Where changes come together for local state, if it is kept.
        var changes: RowLogBuffer?
        let scratch = Scratch()

        /// Keeps a change for local state.
        func note(
            _ key: UnsafeRawBufferPointer, _ value: Value?, _ serde: Serde<Value>, _ timestamp: Int64
        ) throws {
            guard let changes else { return }
            guard let value else { return changes.append(key: key, value: nil, timestamp: timestamp) }
            scratch.writer.removeAll()
            try serde.encode(value, &scratch.writer)
            scratch.writer.withUnsafeBytes { changes.append(key: key, value: $0, timestamp: timestamp) }
        }

        func set(_ key: UnsafeRawBufferPointer, _ value: Value?, _ timestamp: Int64) throws {
            guard let value else {
                if let ref = table.find(key) { table.remove(ref) }
                return
            }
            let ref = try table.findOrInsert(key)
            table[ref] = value
            table.setTimestamp(ref, timestamp)
        }
    }

    @usableFromInline
    init(name: String, key: Serde<Key>, value: Serde<Value>) {
        self.name = name
        self.keySerde = key
        self.valueSerde = value
        rows = Mutex(Rows(keys: KeyCoder(key)))
    }

    /// The value of `key`.
    @inlinable
    func get(_ key: Key) -> ValueAndTimestamp<Value>? {
        rows.withLock { rows in
            guard let ref = try? rows.keys.withBytes(key, { rows.table.find($0) }), let value = rows.table[ref] else {
                return nil
            }
            return ValueAndTimestamp(value, rows.table.timestamp(ref))
        }
    }

    /// Sets the value of `key`; nil deletes.
    @usableFromInline
    func put(_ key: Key, _ value: Value?, timestamp: Int64) throws {
        let kept = value.map { valueSerde.detach?($0) ?? $0 }
        try rows.withLock { rows in
            try rows.keys.withBytes(key) { key in
                try rows.note(key, kept, valueSerde, timestamp)
                try rows.set(key, kept, timestamp)
            }
        }
    }

    @usableFromInline
    func keep(_ changes: RowLogBuffer) { rows.withLock { $0.changes = changes } }

    @usableFromInline
    func removeAll() { rows.withLock { $0.table = RowTable() } }

    /// Does nothing: the topic is the store's own changelog.
    @usableFromInline
    func flush() {}

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let decoded = try value.map { try valueSerde.decode($0) }.map { valueSerde.detach?($0) ?? $0 }
        try rows.withLock { rows in
            try rows.keys.check(key)
            try key.withUnsafeBytes { key throws(any Error) in try rows.set(key, decoded, timestamp) }
        }
    }

    /// All rows, in no particular order.
    @usableFromInline
    var all: [Row] {
        rows.withLock { rows in
            var found: [Row] = []
            rows.table.forEach { ref in
                guard let value = rows.table[ref], let key = try? rows.keys.decode(rows.table.key(ref)) else { return }
                found.append((key, value, rows.table.timestamp(ref)))
            }
            return found
        }
    }

    /// Rows in the order of their keys' bytes, read some at a time: a walk sees what the table has when it comes there.
    @usableFromInline
    func rows(_ bounds: RowBounds, _ context: TaskContext) -> StateRows<Row> {
        StateRows { [self] isReversed in
            var left: RowBounds? = bounds
            var found: [Row] = []
            return { [self] in
                while found.isEmpty, let bounds = left {
                    guard let next = context.stored({ try read(bounds, isReversed) }) else { return nil }
                    (found, left) = (next.rows.reversed(), next.left)
                }
                return found.popLast()
            }
        }
    }

    /// Some rows, and the bounds of those that come after them; nil if there are none.
    private func read(_ bounds: RowBounds, _ isReversed: Bool) throws -> (rows: [Row], left: RowBounds?) {
        try rows.withLock { rows in
            let scan = RowScan(rows.table, bounds, isReversed: isReversed)
            var found: [Row] = []
            var last: Bytes?
            while found.count < 64, let ref = scan.nextRef() {
                let key = rows.table.key(ref)
                if let value = rows.table[ref] {
                    found.append((try rows.keys.decode(key), value, rows.table.timestamp(ref)))
                }
                if found.count == 64 { last = Bytes(copying: key) }
            }
            return (found, last.map { bounds.after($0, isReversed: isReversed) })
        }
    }
}
