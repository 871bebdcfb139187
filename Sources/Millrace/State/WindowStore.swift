public import KafkaProtocol

/// Values by window start and key. A window is one table; when it is out of retention, the table goes as a whole. Changes are
/// collapsed between flushes, and rows may be on disk, as in `KeyValueStore`.
///
/// A window is visible while its start is after the store's stream time (the largest start put) less the retention.
/// After that its rows are deleted from the changelog too, which is compacted and not cut by time.
@usableFromInline
final class WindowStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keys: KeyCoder<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let sizeMs: Int64
    @usableFromInline let retentionMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    /// Nil if all rows are in memory.
    @usableFromInline let disk: DiskWindows?
    /// The windows in order of their starts.
    @exclusivity(unchecked) @usableFromInline var windows: [WindowTable] = []
    /// The windows out of retention whose rows the changelog still has, in order of their starts.
    @exclusivity(unchecked) @usableFromInline var expired: [WindowTable] = []
    @exclusivity(unchecked) @usableFromInline var streamTime: Int64 = -1
    @exclusivity(unchecked) @usableFromInline var changed = ChangeList<Place, Value>()
    @exclusivity(unchecked) @usableFromInline var forwarder: ChangeForwarder<Windowed<Key>, Value>?
    // As in `KeyValueStore`.
    @usableFromInline let flushing: (WindowStore) throws -> Void
    @usableFromInline let restoring: (WindowStore, Bytes, Bytes?, Int64) throws -> Void

    /// The rows of one window.
    @usableFromInline
    final class WindowTable {
        @usableFromInline let window: Window
        @usableFromInline let table = RowTable<Value>()
        /// Nil if all rows are in memory.
        @usableFromInline let disk: DiskRows?
        @exclusivity(unchecked) @usableFromInline var isExpired = false
        @inlinable init(_ window: Window, _ disk: DiskRows?) {
            self.window = window
            self.disk = disk
        }
        @inlinable var start: Int64 { window.start }
    }

    @usableFromInline
    struct Place {
        @usableFromInline let window: WindowTable
        @usableFromInline let row: UInt32
        @inlinable init(window: WindowTable, row: UInt32) {
            self.window = window
            self.row = row
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, sizeMs: Int64, retentionMs: Int64,
        changelog: ChangelogWriter?, context: TaskContext
    ) {
        self.name = name
        keys = KeyCoder(key)
        self.valueSerde = value
        self.sizeMs = sizeMs
        self.retentionMs = retentionMs
        self.changelog = changelog
        disk = changelog?.disk as? DiskWindows
        self.context = context
        flushing = { try $0.flushChanges() }
        restoring = { try $0.restoreRow(key: $1, value: $2, timestamp: $3) }
    }

    // MARK: - Windows

    /// The latest start that is out of retention.
    @inlinable var limit: Int64 { streamTime.saturatingSubtract(retentionMs) }

    /// The window of that start, if it is there and visible.
    @inlinable
    func window(start: Int64) -> WindowTable? {
        guard start > limit else { return nil }
        let at = windows.partition { $0.start < start }
        return at < windows.count && windows[at].start == start ? windows[at] : nil
    }

    /// The visible windows that start between two times, both included, in order.
    @inlinable
    func windows(from first: Int64, to last: Int64) -> ArraySlice<WindowTable> {
        let first = max(first, limit.saturatingAdd(1))
        let (low, high) = (windows.partition { $0.start < first }, windows.partition { $0.start <= last })
        return windows[low..<max(low, high)]
    }

    /// The window of that start, made if need be; nil if it is out of retention. Removes what has got out of it.
    @inlinable
    func openWindow(start: Int64) -> WindowTable? {
        if start > streamTime { advance(to: start) }
        guard start > limit else { return nil }
        let at = windows.partition { $0.start < start }
        if at < windows.count, windows[at].start == start { return windows[at] }
        let made = makeWindow(start)
        windows.insert(made, at: at)
        return made
    }

    @inlinable
    func makeWindow(_ start: Int64) -> WindowTable {
        WindowTable(Window(start: start, end: start.saturatingAdd(sizeMs)), disk?.window(start))
    }

    @inlinable
    func advance(to start: Int64) {
        streamTime = start
        let limit = self.limit
        let count = windows.prefix { $0.start <= limit }.count
        guard count > 0 else { return }
        if changelog != nil {
            for window in windows[..<count] { window.isExpired = true }
            expired += windows[..<count]
        }
        windows.removeFirst(count)
    }

    // MARK: - Rows

    /// The value of `key` in the window that starts at `start`.
    @inlinable
    func get(_ key: Key, start: Int64) -> ValueAndTimestamp<Value>? {
        guard let window = window(start: start),
            let ref = try? keys.withBytes(key, { window.table.find($0) ?? read($0, in: window) }),
            let value = window.table[ref]
        else { return nil }
        return ValueAndTimestamp(value, window.table.timestamp(ref))
    }

    /// Replaces the value of `key` in the window that starts at `start` by what `update` makes of it. Where the
    /// window is out of retention the result is not kept, only sent on. If `update` throws, all is as before.
    @inlinable
    func update(
        _ key: Key, start: Int64, headers: [RecordHeader],
        _ update: (ValueAndTimestamp<Value>?) throws -> (value: Value?, timestamp: Int64)
    ) throws {
        // Beyond the store's time there is nothing, and only a result moves that.
        if start <= streamTime, let window = window(start: start),
            let ref = try keys.withBytes(key, { try window.table.find($0) ?? load($0, in: window) })
        {
            let (value, timestamp) = try update(
                window.table[ref].map { ValueAndTimestamp($0, window.table.timestamp(ref)) })
            return try set(value, timestamp, headers, in: window, at: ref)
        }
        let (value, timestamp) = try update(nil)
        guard let window = openWindow(start: start) else {
            guard let value, let forwarder else { return }
            let window = Window(start: start, end: start.saturatingAdd(sizeMs))
            return try forwarder(Windowed(key, window), Change(old: nil, new: value), timestamp, headers)
        }
        if window.disk != nil { makeRoom(in: window) }
        let ref = try keys.withBytes(key) { try window.table.findOrInsert($0) }
        try set(value, timestamp, headers, in: window, at: ref)
    }

    /// Sets the value of a row; nil deletes.
    @inlinable @inline(__always)
    func set(
        _ value: Value?, _ timestamp: Int64, _ headers: [RecordHeader], in window: WindowTable, at ref: UInt32
    ) throws {
        let table = window.table
        let link = table.link(ref)
        if link < 0 {
            let headers = forwarder == nil ? [] : headers.detached()
            table.setLink(ref, changed.add(Place(window: window, row: ref), old: table[ref], headers: headers))
        } else if forwarder != nil {
            changed.touch(link, headers: headers.detached(), movesToEnd: false)
        }
        table[ref] = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        table.setTimestamp(ref, timestamp)
        if forwarder != nil, changed.bytes(row: 64) > context.cacheBytes { try flushChanges() }
    }

    // MARK: - Changelog

    @inlinable
    func write(
        _ key: UnsafeRawBufferPointer, _ window: Window, _ value: Value?, timestamp: Int64, isNew: Bool = false
    ) throws {
        try changelog?.write(
            key: key, appending: { WindowLayout.starts(size: 0).write(EntryTime(window.start), to: &$0) }, value, valueSerde,
            timestamp: timestamp, isNew: isNew)
    }

    @usableFromInline
    func flush() throws { try flushing(self) }

    @inlinable
    func flushChanges() throws {
        guard !changed.isEmpty || !expired.isEmpty else { return }
        disk?.room.isHeld = true
        var taken = changed.take(byLast: false)
        let link = disk == nil ? -1 : RowTable<Value>.flushedLink
        for change in taken {
            guard let place = change.place else { continue }
            let (window, table) = (place.window.window, place.window.table)
            table.setLink(place.row, link)
            let value = table[place.row]
            if value != nil || change.old != nil {
                let time = table.timestamp(place.row)
                if let forwarder {
                    let key = Windowed(try keys.decode(table.key(place.row)), window)
                    try forwarder(key, Change(old: change.old, new: value), time, change.headers)
                }
                if !place.window.isExpired {
                    try write(table.key(place.row), window, value, timestamp: time, isNew: change.old == nil)
                }
            }
            // Of an expired window those rows stay, for now, that the changelog has.
            let hasGone = place.window.isExpired ? change.old == nil : value == nil
            if hasGone, disk == nil || table.scans == 0 { table.remove(place.row) }
        }
        try deleteExpired()
        changed.reuse(&taken)
        if let disk { tidy(disk) }
    }

    /// Deletes from the changelog what is out of retention.
    @inlinable
    func deleteExpired() throws {
        let windows = expired
        expired = []
        for window in windows {
            if let disk, let rows = window.disk {
                try delete(window, rows, from: disk)
                continue
            }
            try window.table.forEach { ref in
                try write(window.table.key(ref), window.window, nil, timestamp: window.table.timestamp(ref))
            }
        }
    }

    /// The window of that start, if it is out of retention and the changelog still has rows of it.
    @inlinable
    func expiredWindow(start: Int64) -> WindowTable? {
        let at = expired.partition { $0.start < start }
        return at < expired.count && expired[at].start == start ? expired[at] : nil
    }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? WindowStore, disk == nil, other.disk == nil, other.changed.isEmpty else { return false }
        (windows, expired, streamTime) = (other.windows, other.expired, other.streamTime)
        (other.windows, other.expired) = ([], [])
        return true
    }

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws { try restoring(self, key, value, timestamp) }

    @inlinable
    func restoreRow(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        if let disk { return try disk.restore(key, value, timestamp: timestamp) }
        let (key, start, _) = try WindowLayout.splitStart(key)
        try keys.check(key)
        guard let table = (openWindow(start: start) ?? expiredWindow(start: start))?.table else { return }
        guard let value else {
            if let ref = key.withUnsafeBytes({ table.find($0) }) { table.remove(ref) }
            return
        }
        let decoded = try valueSerde.decode(value)
        let ref = try key.withUnsafeBytes { key throws(any Error) in try table.findOrInsert(key) }
        table[ref] = valueSerde.detach?(decoded) ?? decoded
        table.setTimestamp(ref, timestamp)
    }
}
