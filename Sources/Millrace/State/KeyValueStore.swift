public import KafkaProtocol

/// A table in memory: a value and its event time by key. Changes since the last flush are collapsed per key, then
/// forwarded downstream (if held back by the write-back cache) and written to the changelog, encoded once.
@usableFromInline
final class KeyValueStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    // Unchecked exclusivity here and in the other parts of a task: one thread uses them at a time, and no access to them
    // is under way while foreign code runs. The checks would cost more than the work for a record.
    @exclusivity(unchecked) @usableFromInline var table: KeyTable<Key, Row>
    @exclusivity(unchecked) @usableFromInline var dirty: [Dirty] = []
    /// Set by the step that owns the store if updates are to be held back until a flush.
    @exclusivity(unchecked) @usableFromInline var forwarder: ChangeForwarder<Key, Value>?
    // The protocol's methods as the caller of `init` has specialised them: a witness of a generic class is not.
    @usableFromInline let flushing: (KeyValueStore) throws -> Void
    @usableFromInline let restoring: (KeyValueStore, Bytes, Bytes?, Int64) throws -> Void

    @usableFromInline
    struct Row {
        // In this order a row of an integer has 24 bytes.
        @usableFromInline var value: Value?
        /// Where the row is in the list of changed ones; -1 if it is not.
        @usableFromInline var dirtyIndex: Int32 = -1
        @usableFromInline var timestamp: Int64 = -1
        @inlinable init() {}
    }

    /// A row changed since the last flush, with what it was then and the headers of its last update.
    @usableFromInline
    struct Dirty {
        @usableFromInline let row: Int
        @usableFromInline let old: Value?
        @usableFromInline var headers: [RecordHeader]
        @inlinable init(row: Int, old: Value?, headers: [RecordHeader]) {
            self.row = row
            self.old = old
            self.headers = headers
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, changelog: ChangelogWriter?, context: TaskContext
    ) {
        self.name = name
        self.keySerde = key
        table = KeyTable(KeyIdentity(key))
        self.valueSerde = value
        self.changelog = changelog
        self.context = context
        flushing = { try $0.flushChanges() }
        restoring = { try $0.restoreRow(key: $1, value: $2, timestamp: $3) }
    }

    /// The value of `key`.
    @inlinable
    func get(_ key: Key) -> ValueAndTimestamp<Value>? {
        guard let number = table.find(key), let slot = table.rows[number], let value = slot.row.value else {
            return nil
        }
        return ValueAndTimestamp(value, slot.row.timestamp)
    }

    /// Sets the value of `key`; nil deletes.
    @inlinable
    func put(_ key: Key, _ value: Value?, timestamp: Int64, headers: [RecordHeader] = []) throws {
        let number = table.findOrInsert(key, detach: keySerde.detach) { Row() }
        try set(number, value, timestamp: timestamp, headers: headers)
    }

    /// Replaces the value of `key` by what `update` makes of it, in one look-up. If that throws, all is as before.
    @inlinable
    func update(
        _ key: Key, headers: [RecordHeader],
        _ update: (ValueAndTimestamp<Value>?) throws -> (value: Value?, timestamp: Int64)
    ) throws {
        let number = table.findOrInsert(key, detach: keySerde.detach) { Row() }
        let row = table.rows[number]?.row
        let result: (value: Value?, timestamp: Int64)
        do {
            result = try update(row?.value.map { ValueAndTimestamp($0, row?.timestamp ?? -1) })
        } catch {
            if let row, row.value == nil, row.dirtyIndex < 0 { table.remove(number) }
            throw error
        }
        try set(number, result.value, timestamp: result.timestamp, headers: headers)
    }

    @inlinable
    func set(_ number: Int, _ value: Value?, timestamp: Int64, headers: [RecordHeader]) throws {
        let kept: Value? = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        let place = Int(table.rows[number]?.row.dirtyIndex ?? -1)
        if place < 0 {
            table.rows[number]?.row.dirtyIndex = Int32(truncatingIfNeeded: dirty.count)
            dirty.append(
                Dirty(
                    row: number, old: table.rows[number]?.row.value, headers: forwarder == nil ? [] : headers.detached()))
        } else if forwarder != nil, !(headers.isEmpty && dirty[place].headers.isEmpty) {
            dirty[place].headers = headers.detached()
        }
        table.rows[number]?.row.value = kept
        table.rows[number]?.row.timestamp = timestamp
        if forwarder != nil { try hold() }
    }

    /// Flushes early if the cache's budget is used up.
    @inlinable
    func hold() throws {
        if dirty.count &* (MemoryLayout<Row>.stride &+ 64) > context.cacheBytes { try flushChanges() }
    }

    @usableFromInline
    func flush() throws { try flushing(self) }

    @inlinable
    func flushChanges() throws {
        guard !dirty.isEmpty else { return }
        var changed: [Dirty] = []
        swap(&changed, &dirty)
        for change in changed {
            guard let slot = table.rows[change.row] else { continue }
            table.rows[change.row]?.row.dirtyIndex = -1
            if slot.row.value != nil || change.old != nil {
                if let forwarder {
                    try forwarder(
                        slot.key, Change(old: change.old, new: slot.row.value), slot.row.timestamp, change.headers)
                }
                try changelog?.write(slot.key, keySerde, slot.row.value, valueSerde, timestamp: slot.row.timestamp)
            }
            if slot.row.value == nil { table.remove(change.row) }
        }
        // The list's memory serves the next round.
        if dirty.isEmpty {
            swap(&changed, &dirty)
            dirty.removeAll(keepingCapacity: true)
        }
    }

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws { try restoring(self, key, value, timestamp) }

    @inlinable
    func restoreRow(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try keySerde.decode(key)
        guard let value else {
            if let number = table.find(key) { table.remove(number) }
            return
        }
        let decoded = try valueSerde.decode(value)
        let number = table.findOrInsert(key, detach: keySerde.detach) { Row() }
        table.rows[number]?.row.value = valueSerde.detach?(decoded) ?? decoded
        table.rows[number]?.row.timestamp = timestamp
    }

    /// All rows, in no particular order.
    @inlinable
    var all: [(key: Key, value: Value, timestamp: Int64)] {
        table.rows.compactMap { slot in
            guard let slot, let value = slot.row.value else { return nil }
            return (slot.key, value, slot.row.timestamp)
        }
    }
}
