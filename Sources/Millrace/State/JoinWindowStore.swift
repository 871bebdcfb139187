public import KafkaProtocol

/// The records of one side of a stream-stream join, by key and in order of their times, those of one time in order of
/// arrival. Nothing is collapsed: each record is an entry of its own. Made for windows of any size with any number of
/// distinct times in them: a record costs a look-up of its key and, if it is not late, an append.
///
/// An entry is visible while its time is after the largest time put less the retention. Nothing is deleted from the changelog:
/// the task deletes its records from the front once all of them are out of retention (`ChangelogTrim`).
@usableFromInline
final class JoinWindowStore<Key: Hashable & Sendable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let valueSerde: Serde<Value>
    /// How long the join's windows are: what the end of an entry's is told by.
    @usableFromInline let sizeMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline let rows: TimedRows<Key, Entry>
    /// The number of the entry that came last.
    @exclusivity(unchecked) @usableFromInline var sequence: Int32 = 0

    @usableFromInline
    struct Entry: TimedEntry {
        @usableFromInline let timestamp: Int64
        /// Counts the entries of the store: tells those of the same key and time apart, in order of arrival.
        @usableFromInline let sequence: Int32
        @usableFromInline let value: Value
        @inlinable init(timestamp: Int64, sequence: Int32, value: Value) {
            self.timestamp = timestamp
            self.sequence = sequence
            self.value = value
        }
        @inlinable var time: EntryTime { EntryTime(timestamp, Int64(sequence)) }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, sizeMs: Int64, retentionMs: Int64,
        changelog: ChangelogWriter?, context: TaskContext
    ) {
        self.name = name
        self.sizeMs = sizeMs
        self.valueSerde = value
        self.changelog = changelog
        self.context = context
        rows = TimedRows(key, retentionMs: retentionMs, changelog?.disk) {
            Entry(timestamp: $0.time, sequence: Int32(truncatingIfNeeded: $0.rank), value: try value.decode(copying: $2))
        }
    }

    /// Keeps a record, unless it is out of retention already.
    @inlinable
    func put(_ key: Key, _ value: Value, timestamp: Int64) throws {
        rows.advance(to: timestamp, expire)
        guard timestamp > rows.limit else { return }
        sequence = sequence == .max ? 0 : sequence + 1
        let ref = try rows.findOrInsert(key)
        expire(ref)
        insert(Entry(timestamp: timestamp, sequence: sequence, value: valueSerde.detach?(value) ?? value), in: ref)
        try changelog?.write(
            key: rows.table.key(ref),
            appending: {
                $0.write(timestamp)
                $0.write(sequence)
            }, value, valueSerde, timestamp: timestamp, isNew: true)
    }

    @inlinable
    func insert(_ entry: Entry, in ref: UInt32) {
        let entries = rows.entries(ref)
        entries.pointee.insert(entry, at: entries.pointee.place(of: entry.time))
    }

    /// Calls `body` with the visible entries of `key` from one time to another, both included, in order.
    @inlinable
    func forEach(
        _ key: Key, from: Int64, to: Int64, _ body: (_ timestamp: Int64, _ value: Value) throws -> Void
    ) rethrows {
        guard let ref = rows.find(key) else { return }
        let row = rows.entries(ref).pointee
        var place = row.place(of: EntryTime(max(from, rows.limit.saturatingAdd(1)), .min))
        while place < row.end, row[place].timestamp <= to {
            try body(row[place].timestamp, row[place].value)
            place += 1
        }
    }

    /// Removes what is out of retention from a row.
    @inlinable
    func expire(_ ref: UInt32) { rows.expire(ref, unless: { _ in false }) { _, _ in } }

    @inlinable var retained: RetainedTimes? {
        rows.streamTime < 0 ? nil : RetainedTimes(latest: rows.streamTime, forgotten: rows.limit)
    }

    @usableFromInline var rowIdentity: RowIdentity { .keyWithin(retention: rows.retentionMs) }

    /// Each entry is written when it is put: what is out of retention goes.
    @inlinable
    func flush() throws { if let disk = rows.disk { try rows.flushed(disk, sequence: sequence) } }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? JoinWindowStore, rows.takeRows(of: other.rows) else { return false }
        sequence = other.sequence
        return true
    }

    @inlinable
    func begin() {
        guard let disk = rows.disk, let found = context.stored({ try disk.foundProgress() }) ?? nil else { return }
        rows.streamTime = max(rows.streamTime, found.time)
        sequence = max(sequence, found.sequence)
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let bytes = key
        let (key, time, sequence) = try WindowLayout.splitStart(key)
        if let disk = rows.disk {
            self.sequence = max(self.sequence, sequence)
            if value != nil { rows.streamTime = max(rows.streamTime, time) }
            disk.progress = (rows.streamTime, self.sequence)
            return try disk.restore(bytes, value, timestamp: timestamp)
        }
        try rows.keys.check(key)
        let decoded = try value.map { try valueSerde.decode($0) }
        self.sequence = max(self.sequence, sequence)
        if decoded != nil { rows.advance(to: time, expire) }
        guard time > rows.limit else { return }
        let ref = try key.withUnsafeBytes { key throws(any Error) in try rows.findOrInsert(bytes: key) }
        let entries = rows.entries(ref)
        if let place = entries.pointee.find(EntryTime(time, Int64(sequence))) { entries.pointee.remove(at: place) }
        // An older Millrace deleted what was out of retention.
        guard let decoded else { return rows.tidy(ref) }
        insert(Entry(timestamp: time, sequence: sequence, value: valueSerde.detach?(decoded) ?? decoded), in: ref)
    }
}
