public import KafkaProtocol

/// Values by key and window, in memory or on disk, each key's windows in order of time: for windows with any starts, and for sessions
/// (`WindowLayout` says which). Changes of a window are collapsed between flushes, and leave in the order of their last ones.
///
/// A window is visible while its time is after the store's stream time less the retention. Some time after that it is deleted
/// from the changelog too, which is compacted and not cut by time.
@usableFromInline
final class TimedStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let layout: WindowLayout
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline let rows: TimedRows<Key, Entry>
    @exclusivity(unchecked) @usableFromInline var changed = ChangeList<Place, Value>()
    @exclusivity(unchecked) @usableFromInline var forwarder: ChangeForwarder<Windowed<Key>, Value>?

    @usableFromInline
    struct Entry: TimedEntry {
        @usableFromInline let time: EntryTime
        /// Nil for a window that is deleted with the next flush.
        @usableFromInline var value: Value?
        /// The time of the record that changed it last: the changelog's.
        @usableFromInline var timestamp: Int64
        /// Where it is in the list of changes; -1 if it is not.
        @usableFromInline var link: Int32
        @inlinable var isChanged: Bool { link >= 0 }
        @inlinable init(time: EntryTime, value: Value?, timestamp: Int64, link: Int32) {
            self.time = time
            self.value = value
            self.timestamp = timestamp
            self.link = link
        }
    }

    @usableFromInline
    struct Place {
        @usableFromInline let row: UInt32
        @usableFromInline let time: EntryTime
        @inlinable init(row: UInt32, time: EntryTime) {
            self.row = row
            self.time = time
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, layout: WindowLayout, retentionMs: Int64,
        changelog: ChangelogWriter?, context: TaskContext
    ) {
        self.name = name
        self.layout = layout
        self.valueSerde = value
        self.changelog = changelog
        self.context = context
        rows = TimedRows(key, retentionMs: retentionMs, changelog?.disk) {
            Entry(time: $0, value: try value.decode(copying: $2), timestamp: $1, link: -1)
        }
    }

    // MARK: - Reading

    /// Calls `body` with the visible windows of `key` between two times, both included, in order.
    @inlinable
    func forEach(
        _ key: Key, from first: EntryTime, through last: EntryTime, _ body: (Entry, Value) throws -> Void
    ) rethrows {
        guard let ref = rows.find(key) else { return }
        let row = rows.entries(ref).pointee
        var place = row.place(of: max(first, EntryTime(rows.limit.saturatingAdd(1), .min)))
        while place < row.end, row[place].time <= last {
            if let value = row[place].value { try body(row[place], value) }
            place += 1
        }
    }

    /// The event time of a window's value.
    @inlinable
    func timestamp(of entry: Entry) -> Int64 { layout.timestamp(at: entry.time, changedAt: entry.timestamp) }

    /// The value of `key` in a window.
    @inlinable
    func get(_ key: Key, _ window: Window) -> ValueAndTimestamp<Value>? {
        let time = layout.time(of: window)
        guard time.time > rows.limit, let ref = rows.find(key) else { return nil }
        let row = rows.entries(ref).pointee
        guard let place = row.find(time), let value = row[place].value else { return nil }
        return ValueAndTimestamp(value, timestamp(of: row[place]))
    }

    // MARK: - Writing

    /// Sets the value of `key` in a window because of a record of the time `timestamp`; nil deletes. Out of retention nothing
    /// is kept, only sent on.
    @inlinable
    func put(_ key: Key, _ window: Window, _ value: Value?, timestamp: Int64, headers: [RecordHeader]) throws {
        let time = layout.time(of: window)
        try rows.advance(to: time.time, expire)
        guard time.time > rows.limit else {
            let time = layout.timestamp(at: time, changedAt: timestamp)
            if let value { try forwarder?(Windowed(key, window), Change(old: nil, new: value), time, headers) }
            return
        }
        let headers = forwarder == nil ? [] : headers.detached()
        let ref = try rows.findOrInsert(key)
        try expire(ref)
        let kept: Value? = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        let entries = rows.entries(ref)
        let place = entries.pointee.place(of: time)
        if place < entries.pointee.end, entries.pointee[place].time == time {
            change(ref, place, kept, timestamp: timestamp, headers: headers)
        } else if kept != nil {
            let link = changed.add(Place(row: ref, time: time), old: nil, headers: headers)
            entries.pointee.insert(Entry(time: time, value: kept, timestamp: timestamp, link: link), at: place)
        } else {
            rows.tidy(ref)
        }
        rows.disk?.room.note(changes: changed.bytes(row: MemoryLayout<Entry>.stride + 64), list: changed.size)
        if forwarder != nil, changed.bytes(row: MemoryLayout<Entry>.stride + 64) > context.cacheBytes { try flush() }
    }

    @inlinable
    func change(_ ref: UInt32, _ place: Int, _ value: Value?, timestamp: Int64, headers: [RecordHeader]) {
        let entries = rows.entries(ref)
        let link = entries.pointee[place].link
        if link < 0 {
            entries.pointee[place].link = changed.add(
                Place(row: ref, time: entries.pointee[place].time), old: entries.pointee[place].value, headers: headers)
        } else if value == nil, changed.changes[Int(link)].old == nil {
            // It came and went between two flushes: as if it had never been.
            changed.cancel(link)
            entries.pointee.remove(at: place)
            return rows.tidy(ref)
        } else {
            changed.touch(link, headers: headers, movesToEnd: true)
        }
        entries.pointee[place].value = value
        entries.pointee[place].timestamp = timestamp
    }

    /// Removes what is out of retention from a row.
    @inlinable
    func expire(_ ref: UInt32) throws {
        try rows.expire(ref, unless: { $0.link >= 0 }) { key, entry in
            // On disk they stay until their segment goes.
            if rows.disk == nil { try write(key, entry.time, nil, timestamp: rows.streamTime) }
        }
    }

    @inlinable
    func write(
        _ key: UnsafeRawBufferPointer, _ time: EntryTime, _ value: Value?, timestamp: Int64, isNew: Bool = false
    ) throws {
        try changelog?.write(
            key: key, appending: { layout.write(time, to: &$0) }, value, valueSerde, timestamp: timestamp, isNew: isNew)
    }

    @inlinable
    func flush() throws {
        guard let disk = rows.disk else { return try flushChanges() }
        disk.room.isHeld = true
        try flushChanges()
        let hasChangelog = changelog?.target != nil
        try rows.flushed(
            disk, expired: hasChangelog ? { [self] in try write($0, $1, nil, timestamp: rows.streamTime) } : nil)
    }

    @inlinable
    func flushChanges() throws {
        guard !changed.isEmpty else { return }
        var taken = changed.take(byLast: forwarder != nil)
        for change in taken {
            guard let place = change.place, let at = rows.entries(place.row).pointee.find(place.time) else { continue }
            rows.entries(place.row).pointee[at].link = -1
            rows.table.setLink(place.row, RowTable<OrderedEntries<Entry>>.flushedLink)
        }
        for change in taken {
            guard let place = change.place, let at = rows.entries(place.row).pointee.find(place.time) else { continue }
            let entry = rows.entries(place.row).pointee[at]
            if entry.value != nil || change.old != nil {
                if let forwarder {
                    let key = Windowed(try rows.keys.decode(rows.table.key(place.row)), layout.window(at: place.time))
                    try forwarder(key, Change(old: change.old, new: entry.value), timestamp(of: entry), change.headers)
                }
                try write(
                    rows.table.key(place.row), place.time, entry.value, timestamp: entry.timestamp, isNew: change.old == nil)
            }
        }
        for change in taken {
            guard let place = change.place, let at = rows.entries(place.row).pointee.find(place.time),
                case let entry = rows.entries(place.row).pointee[at], entry.value == nil, entry.link < 0
            else { continue }
            rows.entries(place.row).pointee.remove(at: at)
            rows.tidy(place.row)
        }
        changed.reuse(&taken)
    }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? TimedStore, other.changed.isEmpty else { return false }
        return rows.takeRows(of: other.rows)
    }

    @inlinable
    func begin() {
        guard let disk = rows.disk, let found = context.stored({ try disk.foundProgress() }) ?? nil else { return }
        rows.streamTime = max(rows.streamTime, found.time)
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        if let disk = rows.disk {
            if value != nil { rows.streamTime = max(rows.streamTime, try layout.split(key).time.time) }
            disk.progress.time = rows.streamTime
            return try disk.restore(key, value, timestamp: timestamp)
        }
        let (key, time) = try layout.split(key)
        try rows.keys.check(key)
        let decoded = try value.map { try valueSerde.decode($0) }
        if decoded != nil { rows.streamTime = max(rows.streamTime, time.time) }
        let ref = try key.withUnsafeBytes { key throws(any Error) in try rows.findOrInsert(bytes: key) }
        let entries = rows.entries(ref)
        let place = entries.pointee.place(of: time)
        if place < entries.pointee.end, entries.pointee[place].time == time { entries.pointee.remove(at: place) }
        guard let decoded else { return rows.tidy(ref) }
        entries.pointee.insert(
            Entry(time: time, value: valueSerde.detach?(decoded) ?? decoded, timestamp: timestamp, link: -1),
            at: entries.pointee.place(of: time))
    }
}
