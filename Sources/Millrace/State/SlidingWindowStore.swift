public import KafkaProtocol

/// Values by key and window start, in memory, for windows with any starts: each key has its windows in order of their
/// starts. Changes are collapsed between flushes as in `KeyValueStore`.
///
/// A window is visible while its start is after the store's stream time (the largest start put) less the retention.
@usableFromInline
final class SlidingWindowStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Windowed<Key>>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let detachKey: (@Sendable (Key) -> Key)?
    @usableFromInline let sizeMs: Int64
    @usableFromInline let retentionMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline var table: KeyTable<Key, Row>
    @usableFromInline var streamTime: Int64 = -1
    @usableFromInline var lastSweep: Int64 = 0
    @usableFromInline var dirty: [Dirty] = []
    @usableFromInline var updates = 0
    @usableFromInline var isReordered = false
    @usableFromInline var forwarder: ChangeForwarder<Windowed<Key>, Value>?

    @usableFromInline
    struct Entry {
        @usableFromInline let start: Int64
        @usableFromInline var value: Value?
        @usableFromInline var timestamp: Int64
        /// Where the entry is in the list of changed ones; -1 if it is not.
        @usableFromInline var dirtyIndex: Int
        @usableFromInline init(start: Int64, value: Value?, timestamp: Int64, dirtyIndex: Int) {
            self.start = start
            self.value = value
            self.timestamp = timestamp
            self.dirtyIndex = dirtyIndex
        }
    }

    /// The windows of a key in order of their starts.
    @usableFromInline
    struct Row {
        @usableFromInline var entries: [Entry] = []
        @usableFromInline init() {}

        /// The place of the first entry that starts at `start` or later.
        @inlinable
        func place(of start: Int64) -> Int {
            var low = 0
            var high = entries.count
            if high > 0, entries[high - 1].start < start { return high }
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].start < start { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    @usableFromInline
    struct Dirty {
        @usableFromInline let row: Int
        @usableFromInline let start: Int64
        @usableFromInline let old: Value?
        @usableFromInline var headers: [RecordHeader]
        /// Tells in which order updates came; held-back ones leave in that of their last.
        @usableFromInline var order: Int
        @usableFromInline init(row: Int, start: Int64, old: Value?, headers: [RecordHeader], order: Int) {
            self.row = row
            self.start = start
            self.old = old
            self.headers = headers
            self.order = order
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, sizeMs: Int64, retentionMs: Int64,
        changelog: ChangelogWriter?, context: TaskContext
    ) {
        self.name = name
        self.keySerde = .windowStoreKey(key, size: sizeMs)
        table = KeyTable(KeyIdentity(key))
        self.detachKey = key.detach
        self.valueSerde = value
        self.sizeMs = sizeMs
        self.retentionMs = retentionMs
        self.changelog = changelog
        self.context = context
    }

    @inlinable
    func window(_ start: Int64) -> Window { Window(start: start, end: start.saturatingAdd(sizeMs)) }

    /// The visible windows of `key` that start between two times, both included, in order.
    @inlinable
    func find(_ key: Key, from: Int64, to: Int64) -> [(start: Int64, row: ValueAndTimestamp<Value>)] {
        guard let number = table.find(key), let row = table.rows[number]?.row else { return [] }
        var found: [(start: Int64, row: ValueAndTimestamp<Value>)] = []
        var place = row.place(of: max(from, streamTime.saturatingSubtract(retentionMs).saturatingAdd(1)))
        while place < row.entries.count, row.entries[place].start <= to {
            let entry = row.entries[place]
            if let value = entry.value { found.append((entry.start, ValueAndTimestamp(value, entry.timestamp))) }
            place += 1
        }
        return found
    }

    /// The value of `key` in the window that starts at `start`.
    @inlinable
    func get(_ key: Key, start: Int64) -> ValueAndTimestamp<Value>? {
        find(key, from: start, to: start).first?.row
    }

    /// Sets the value of `key` in the window that starts at `start`; nil deletes. Out of retention nothing is
    /// kept, only sent on.
    @inlinable
    func put(_ key: Key, start: Int64, _ value: Value?, timestamp: Int64, headers: [RecordHeader]) throws {
        if start > streamTime {
            streamTime = start
            if streamTime.saturatingSubtract(lastSweep) > retentionMs { try sweep() }
        }
        guard start > streamTime.saturatingSubtract(retentionMs) else {
            if let value, let forwarder {
                try forwarder(Windowed(key, window(start)), Change(old: nil, new: value), timestamp, headers)
            }
            return
        }
        updates &+= 1
        let headers = forwarder == nil ? [] : headers.detached()
        let number = table.findOrInsert(key, detach: detachKey) { Row() }
        try expire(number)
        let place = table.rows[number]?.row.place(of: start) ?? 0
        let kept: Value? = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        if let entry = table.rows[number].flatMap({ place < $0.row.entries.count ? $0.row.entries[place] : nil }),
            entry.start == start
        {
            if entry.dirtyIndex < 0 {
                table.rows[number]?.row.entries[place].dirtyIndex = dirty.count
                dirty.append(Dirty(row: number, start: start, old: entry.value, headers: headers, order: updates))
            } else {
                dirty[entry.dirtyIndex].headers = headers
                dirty[entry.dirtyIndex].order = updates
                isReordered = true
            }
            table.rows[number]?.row.entries[place].value = kept
            table.rows[number]?.row.entries[place].timestamp = timestamp
        } else {
            table.rows[number]?.row.entries.insert(
                Entry(start: start, value: kept, timestamp: timestamp, dirtyIndex: dirty.count), at: place)
            dirty.append(Dirty(row: number, start: start, old: nil, headers: headers, order: updates))
        }
        if forwarder != nil, dirty.count &* (MemoryLayout<Entry>.stride &+ 96) > context.cacheBytes { try flush() }
    }

    /// Removes the windows of a row that are out of retention, once they are half of all.
    @inlinable
    func expire(_ number: Int, all: Bool = false) throws {
        let limit = streamTime.saturatingSubtract(retentionMs)
        guard let slot = table.rows[number], let first = slot.row.entries.first, first.start <= limit else { return }
        var place = 0
        while place < slot.row.entries.count, slot.row.entries[place].start <= limit,
            slot.row.entries[place].dirtyIndex < 0
        { place += 1 }
        guard place > 0, all || place * 2 >= slot.row.entries.count else { return }
        if let changelog {
            for entry in slot.row.entries[..<place] where entry.value != nil {
                try changelog.write(
                    Windowed(slot.key, window(entry.start)), keySerde, nil as Value?, valueSerde,
                    timestamp: streamTime)
            }
        }
        table.rows[number]?.row.entries.removeFirst(place)
    }

    /// Removes what is out of retention from all rows, once in each span of the retention.
    @usableFromInline
    func sweep() throws {
        lastSweep = streamTime
        for number in table.rows.indices where table.rows[number] != nil {
            try expire(number, all: true)
            if table.rows[number]?.row.entries.isEmpty == true { table.remove(number) }
        }
    }

    @inlinable
    func flush() throws {
        guard !dirty.isEmpty else { return }
        var changed: [Dirty] = []
        swap(&changed, &dirty)
        if isReordered, forwarder != nil { changed.sort { $0.order < $1.order } }
        isReordered = false
        for change in changed {
            guard let slot = table.rows[change.row] else { continue }
            let place = slot.row.place(of: change.start)
            guard place < slot.row.entries.count, slot.row.entries[place].start == change.start else { continue }
            let entry = slot.row.entries[place]
            table.rows[change.row]?.row.entries[place].dirtyIndex = -1
            guard entry.value != nil || change.old != nil else { continue }
            let key = Windowed(slot.key, window(change.start))
            try forwarder?(key, Change(old: change.old, new: entry.value), entry.timestamp, change.headers)
            try changelog?.write(key, keySerde, entry.value, valueSerde, timestamp: entry.timestamp)
        }
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try keySerde.decode(key)
        let start = key.window.start
        if value != nil { streamTime = max(streamTime, start) }
        let decoded = try value.map { try valueSerde.decode($0) }
        let number = table.findOrInsert(key.key, detach: detachKey) { Row() }
        let place = table.rows[number]?.row.place(of: start) ?? 0
        if let row = table.rows[number]?.row, place < row.entries.count, row.entries[place].start == start {
            table.rows[number]?.row.entries.remove(at: place)
        }
        guard let decoded else { return }
        table.rows[number]?.row.entries.insert(
            Entry(start: start, value: valueSerde.detach?(decoded) ?? decoded, timestamp: timestamp, dirtyIndex: -1),
            at: place)
    }

    /// All visible rows, in no particular order.
    @inlinable
    var all: [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        let limit = streamTime.saturatingSubtract(retentionMs)
        return table.rows.flatMap { slot -> [(key: Windowed<Key>, value: Value, timestamp: Int64)] in
            guard let slot else { return [] }
            return slot.row.entries.compactMap { entry in
                guard entry.start > limit, let value = entry.value else { return nil }
                return (Windowed(slot.key, window(entry.start)), value, entry.timestamp)
            }
        }
    }
}
