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
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let entryKeySerde: Serde<EntryKey>
    @usableFromInline let valueSerde: Serde<Value>
    /// How long the join's windows are: what the end of an entry's is told by.
    @usableFromInline let sizeMs: Int64
    @usableFromInline let retentionMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline var table: KeyTable<Key, Row>
    @usableFromInline var streamTime: Int64 = -1
    @usableFromInline var lastSweep: Int64 = 0
    /// The number of the entry that came last.
    @usableFromInline var sequence: Int32 = 0

    @usableFromInline
    struct Entry {
        @usableFromInline let timestamp: Int64
        /// Counts the entries of the store: tells those of the same key and time apart, in order of arrival.
        @usableFromInline let sequence: Int32
        @usableFromInline let value: Value
        @usableFromInline init(timestamp: Int64, sequence: Int32, value: Value) {
            self.timestamp = timestamp
            self.sequence = sequence
            self.value = value
        }
    }

    /// The key of an entry in the changelog: the key's bytes, the time, the sequence number.
    @usableFromInline
    struct EntryKey {
        @usableFromInline let key: Key
        @usableFromInline let timestamp: Int64
        @usableFromInline let sequence: Int32
        @usableFromInline init(key: Key, timestamp: Int64, sequence: Int32) {
            self.key = key
            self.timestamp = timestamp
            self.sequence = sequence
        }

        @usableFromInline static func serde(_ inner: Serde<Key>) -> Serde<EntryKey> {
            let (encode, decode) = (inner.encode, inner.decode)
            return Serde(
                encode: { entry, writer in
                    try encode(entry.key, &writer)
                    writer.write(entry.timestamp)
                    writer.write(entry.sequence)
                },
                decode: { bytes in
                    guard bytes.count >= 12 else { throw SerdeError("a join window key of \(bytes.count) bytes") }
                    let split = bytes.count - 12
                    let (time, sequence) = try bytes[split..<bytes.count].reading {
                        (try $0.read(Int64.self), try $0.read(Int32.self))
                    }
                    return EntryKey(key: try decode(bytes[0..<split]), timestamp: time, sequence: sequence)
                })
        }
    }

    /// The entries of a key. Those before `first` have gone.
    @usableFromInline
    struct Row {
        @usableFromInline var entries: [Entry] = []
        @usableFromInline var first = 0
        @usableFromInline init() {}
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, sizeMs: Int64, retentionMs: Int64,
        changelog: ChangelogWriter?
    ) {
        self.name = name
        self.sizeMs = sizeMs
        self.keySerde = key
        table = KeyTable(KeyIdentity(key))
        self.entryKeySerde = EntryKey.serde(key)
        self.valueSerde = value
        self.retentionMs = retentionMs
        self.changelog = changelog
    }

    /// Keeps a record, unless it is out of retention already.
    @inlinable
    func put(_ key: Key, _ value: Value, timestamp: Int64) throws {
        sequence = sequence == .max ? 0 : sequence + 1
        let entry = Entry(timestamp: timestamp, sequence: sequence, value: valueSerde.detach?(value) ?? value)
        guard insert(entry, of: key) else { return }
        try changelog?.write(
            EntryKey(key: key, timestamp: timestamp, sequence: sequence), entryKeySerde, value, valueSerde,
            timestamp: timestamp)
    }

    /// Says whether the entry is within retention.
    @inlinable
    func insert(_ entry: Entry, of key: Key) -> Bool {
        if entry.timestamp > streamTime {
            streamTime = entry.timestamp
            if streamTime.saturatingSubtract(lastSweep) > retentionMs { sweep() }
        }
        guard entry.timestamp > streamTime.saturatingSubtract(retentionMs) else { return false }
        let number = table.findOrInsert(key, detach: keySerde.detach) { Row() }
        expire(number)
        let place = table.rows[number]?.row.place(after: entry.timestamp, entry.sequence) ?? 0
        table.rows[number]?.row.entries.insert(entry, at: place)
        return true
    }

    /// Calls `body` with the visible entries of `key` from one time to another, both included, in order.
    @inlinable
    func forEach(
        _ key: Key, from: Int64, to: Int64, _ body: (_ timestamp: Int64, _ value: Value) throws -> Void
    ) rethrows {
        guard let number = table.find(key), let row = table.rows[number]?.row else { return }
        let limit = streamTime.saturatingSubtract(retentionMs)
        var place = row.place(after: max(from.saturatingSubtract(1), limit), .max)
        while place < row.entries.count, row.entries[place].timestamp <= to {
            try body(row.entries[place].timestamp, row.entries[place].value)
            place += 1
        }
    }

    /// The visible entries of `key` from one time to another, both included, in order.
    @inlinable
    func find(_ key: Key, from: Int64, to: Int64) -> [(start: Int64, row: ValueAndTimestamp<Value>)] {
        var found: [(start: Int64, row: ValueAndTimestamp<Value>)] = []
        forEach(key, from: from, to: to) { found.append(($0, ValueAndTimestamp($1, $0))) }
        return found
    }

    /// All visible entries, those of a key in order.
    @inlinable
    var all: [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        let limit = streamTime.saturatingSubtract(retentionMs)
        return table.rows.flatMap { slot -> [(key: Windowed<Key>, value: Value, timestamp: Int64)] in
            guard let slot else { return [] }
            return slot.row.entries[slot.row.place(after: limit, .max)...].map { entry in
                let window = Window(start: entry.timestamp, end: entry.timestamp.saturatingAdd(sizeMs))
                return (Windowed(slot.key, window), entry.value, entry.timestamp)
            }
        }
    }

    /// Removes what is out of retention from a row.
    @inlinable
    func expire(_ number: Int) {
        let limit = streamTime.saturatingSubtract(retentionMs)
        guard let row = table.rows[number]?.row, row.first < row.entries.count, row.entries[row.first].timestamp <= limit
        else { return }
        let place = row.place(after: limit, .max)
        // The room of those that went is given back once they are half of all.
        if place * 2 > row.entries.count {
            table.rows[number]?.row.entries.removeFirst(place)
            table.rows[number]?.row.first = 0
        } else {
            table.rows[number]?.row.first = place
        }
    }

    /// Removes what is out of retention from all rows, once in each span of the retention.
    @usableFromInline
    func sweep() {
        lastSweep = streamTime
        for number in table.rows.indices where table.rows[number] != nil {
            expire(number)
            if table.rows[number]?.row.entries.isEmpty == true { table.remove(number) }
        }
    }

    @inlinable var retained: RetainedTimes? {
        streamTime < 0 ? nil : RetainedTimes(latest: streamTime, forgotten: streamTime.saturatingSubtract(retentionMs))
    }

    /// Does nothing: each entry is written when it is put.
    @inlinable
    func flush() {}

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try entryKeySerde.decode(key)
        sequence = max(sequence, key.sequence)
        guard let value else {
            // An older Millrace deleted what was out of retention.
            guard let number = table.find(key.key), let row = table.rows[number]?.row else { return }
            let place = row.place(after: key.timestamp, key.sequence) - 1
            guard place >= row.first, row.entries[place].timestamp == key.timestamp,
                row.entries[place].sequence == key.sequence
            else { return }
            table.rows[number]?.row.entries.remove(at: place)
            return
        }
        let decoded = try valueSerde.decode(value)
        _ = insert(
            Entry(timestamp: key.timestamp, sequence: key.sequence, value: valueSerde.detach?(decoded) ?? decoded),
            of: key.key)
    }
}

extension JoinWindowStore.Row {
    /// The place of the first entry after that time and sequence number.
    @inlinable
    func place(after timestamp: Int64, _ sequence: Int32) -> Int {
        // Nearly always all are before.
        var high = entries.count
        if high > first, (entries[high - 1].timestamp, entries[high - 1].sequence) <= (timestamp, sequence) {
            return high
        }
        var low = first
        while low < high {
            let middle = (low + high) / 2
            if (entries[middle].timestamp, entries[middle].sequence) <= (timestamp, sequence) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
