public import KafkaProtocol

/// Values by window start and key, in memory. A window is one table; when it is out of retention, the table goes as a
/// whole. Changes are collapsed between flushes as in `KeyValueStore`.
///
/// A window is visible while its start is after the store's stream time (the largest start put) less the retention.
/// After that its rows are deleted from the changelog too, which is compacted and not cut by time.
@usableFromInline
final class WindowStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Windowed<Key>>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let detachKey: (@Sendable (Key) -> Key)?
    @usableFromInline let keys: KeyIdentity<Key>
    @usableFromInline let sizeMs: Int64
    @usableFromInline let retentionMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    /// The windows in order of their starts.
    @exclusivity(unchecked) @usableFromInline var windows: [WindowTable] = []
    /// The windows out of retention whose rows the changelog still has, in order of their starts.
    @exclusivity(unchecked) @usableFromInline var expired: [WindowTable] = []
    @exclusivity(unchecked) @usableFromInline var streamTime: Int64 = -1
    @exclusivity(unchecked) @usableFromInline var dirty: [Dirty] = []
    @exclusivity(unchecked) @usableFromInline var forwarder: ChangeForwarder<Windowed<Key>, Value>?
    // As in `KeyValueStore`.
    @usableFromInline let flushing: (WindowStore) throws -> Void
    @usableFromInline let restoring: (WindowStore, Bytes, Bytes?, Int64) throws -> Void

    /// The rows of one window.
    @usableFromInline
    final class WindowTable {
        @usableFromInline let window: Window
        @exclusivity(unchecked) @usableFromInline var table: KeyTable<Key, KeyValueStore<Key, Value>.Row>
        @exclusivity(unchecked) @usableFromInline var isExpired = false
        @inlinable init(window: Window, _ keys: KeyIdentity<Key>) {
            self.window = window
            table = KeyTable(keys)
        }
    }

    @usableFromInline
    struct Dirty {
        @usableFromInline let window: WindowTable
        @usableFromInline let row: Int
        @usableFromInline let old: Value?
        @usableFromInline var headers: [RecordHeader]
        @inlinable init(window: WindowTable, row: Int, old: Value?, headers: [RecordHeader]) {
            self.window = window
            self.row = row
            self.old = old
            self.headers = headers
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, sizeMs: Int64, retentionMs: Int64,
        changelog: ChangelogWriter?, context: TaskContext
    ) {
        self.name = name
        self.keySerde = .windowStoreKey(key, size: sizeMs)
        keys = KeyIdentity(key)
        self.detachKey = key.detach
        self.valueSerde = value
        self.sizeMs = sizeMs
        self.retentionMs = retentionMs
        self.changelog = changelog
        self.context = context
        flushing = { try $0.flushChanges() }
        restoring = { try $0.restoreRow(key: $1, value: $2, timestamp: $3) }
    }

    /// Where the window of that start is among the windows, or would be.
    @inlinable
    func position(of start: Int64) -> Int {
        // Nearly always it is one of the last.
        var low = 0
        var high = windows.count
        if high > 0, windows[high - 1].window.start <= start {
            return windows[high - 1].window.start == start ? high - 1 : high
        }
        while low < high {
            let middle = (low + high) / 2
            if windows[middle].window.start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The window of that start, if it is there and visible.
    @inlinable
    func window(start: Int64) -> WindowTable? {
        guard start > streamTime.saturatingSubtract(retentionMs) else { return nil }
        let at = position(of: start)
        return at < windows.count && windows[at].window.start == start ? windows[at] : nil
    }

    /// The window of that start, made if need be; nil if it is out of retention. Removes what has got out of it.
    @inlinable
    func openWindow(start: Int64) -> WindowTable? {
        if start > streamTime { advance(to: start) }
        guard start > streamTime.saturatingSubtract(retentionMs) else { return nil }
        let at = position(of: start)
        if at < windows.count, windows[at].window.start == start { return windows[at] }
        let made = WindowTable(window: Window(start: start, end: start.saturatingAdd(sizeMs)), keys)
        windows.insert(made, at: at)
        return made
    }

    @inlinable
    func advance(to start: Int64) {
        streamTime = start
        let count = windows.prefix { $0.window.start <= start.saturatingSubtract(retentionMs) }.count
        guard count > 0 else { return }
        if changelog != nil {
            for window in windows[..<count] { window.isExpired = true }
            expired += windows[..<count]
        }
        windows.removeFirst(count)
    }

    /// The value of `key` in the window that starts at `start`.
    @inlinable
    func get(_ key: Key, start: Int64) -> ValueAndTimestamp<Value>? {
        guard let window = window(start: start), let number = window.table.find(key),
            let slot = window.table.rows[number], let value = slot.row.value
        else { return nil }
        return ValueAndTimestamp(value, slot.row.timestamp)
    }

    /// The visible windows of `key` that start between two times, both included, in order.
    @inlinable
    func find(_ key: Key, from: Int64, to: Int64) -> [(start: Int64, row: ValueAndTimestamp<Value>)] {
        var found: [(start: Int64, row: ValueAndTimestamp<Value>)] = []
        var place = position(of: max(from, streamTime.saturatingSubtract(retentionMs).saturatingAdd(1)))
        while place < windows.count, windows[place].window.start <= to {
            let start = windows[place].window.start
            if let row = get(key, start: start) { found.append((start, row)) }
            place += 1
        }
        return found
    }

    /// Replaces the value of `key` in the window that starts at `start` by what `update` makes of it. Where the
    /// window is out of retention the result is not kept, only sent on. If `update` throws, all is as before.
    @inlinable
    func update(
        _ key: Key, start: Int64, headers: [RecordHeader],
        _ update: (ValueAndTimestamp<Value>?) throws -> (value: Value?, timestamp: Int64)
    ) throws {
        // Beyond the store's time there is nothing, and only a result moves that.
        if start <= streamTime, let window = window(start: start), let number = window.table.find(key) {
            let row = window.table.rows[number]?.row
            let (value, timestamp) = try update(row?.value.map { ValueAndTimestamp($0, row?.timestamp ?? -1) })
            return try keep(value, timestamp, headers, in: window, at: number)
        }
        let (value, timestamp) = try update(nil)
        guard let window = openWindow(start: start) else {
            guard let value, let forwarder else { return }
            let window = Window(start: start, end: start.saturatingAdd(sizeMs))
            return try forwarder(Windowed(key, window), Change(old: nil, new: value), timestamp, headers)
        }
        let number = window.table.findOrInsert(key, detach: detachKey) { .init() }
        try keep(value, timestamp, headers, in: window, at: number)
    }

    /// Sets the value of a row; nil deletes.
    @inlinable @inline(__always)
    func keep(
        _ value: Value?, _ timestamp: Int64, _ headers: [RecordHeader], in window: WindowTable, at number: Int
    ) throws {
        let kept: Value? = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        let place = Int(window.table.rows[number]?.row.dirtyIndex ?? -1)
        if place < 0 {
            window.table.rows[number]?.row.dirtyIndex = Int32(truncatingIfNeeded: dirty.count)
            dirty.append(
                Dirty(
                    window: window, row: number, old: window.table.rows[number]?.row.value,
                    headers: forwarder == nil ? [] : headers.detached()))
        } else if forwarder != nil, !(headers.isEmpty && dirty[place].headers.isEmpty) {
            dirty[place].headers = headers.detached()
        }
        window.table.rows[number]?.row.value = kept
        window.table.rows[number]?.row.timestamp = timestamp
        if forwarder != nil, dirty.count &* (MemoryLayout<Dirty>.stride &+ 64) > context.cacheBytes {
            try flushChanges()
        }
    }

    @usableFromInline
    func flush() throws { try flushing(self) }

    @inlinable
    func flushChanges() throws {
        guard !dirty.isEmpty || !expired.isEmpty else { return }
        var changed: [Dirty] = []
        swap(&changed, &dirty)
        for change in changed {
            guard let slot = change.window.table.rows[change.row] else { continue }
            change.window.table.rows[change.row]?.row.dirtyIndex = -1
            let key = Windowed(slot.key, change.window.window)
            if slot.row.value != nil || change.old != nil {
                if let forwarder {
                    try forwarder(
                        key, Change(old: change.old, new: slot.row.value), slot.row.timestamp, change.headers)
                }
                if !change.window.isExpired {
                    try changelog?.write(key, keySerde, slot.row.value, valueSerde, timestamp: slot.row.timestamp)
                }
            }
            // Of an expired window those rows stay, for now, that the changelog has.
            let isDone = change.window.isExpired ? change.old == nil : slot.row.value == nil
            if isDone { change.window.table.remove(change.row) }
        }
        if !expired.isEmpty { try deleteExpired() }
        if dirty.isEmpty {
            swap(&changed, &dirty)
            dirty.removeAll(keepingCapacity: true)
        }
    }

    /// Deletes from the changelog what is out of retention.
    @inlinable
    func deleteExpired() throws {
        let windows = expired
        expired = []
        for window in windows {
            for slot in window.table.rows {
                guard let slot else { continue }
                try changelog?.write(
                    Windowed(slot.key, window.window), keySerde, nil, valueSerde, timestamp: slot.row.timestamp)
            }
        }
    }

    /// The window of that start, if it is out of retention and the changelog still has rows of it.
    @inlinable
    func expiredWindow(start: Int64) -> WindowTable? {
        var low = 0
        var high = expired.count
        while low < high {
            let middle = (low + high) / 2
            if expired[middle].window.start < start { low = middle + 1 } else { high = middle }
        }
        return low < expired.count && expired[low].window.start == start ? expired[low] : nil
    }

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws { try restoring(self, key, value, timestamp) }

    @inlinable
    func restoreRow(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try keySerde.decode(key)
        guard let window = openWindow(start: key.window.start) ?? expiredWindow(start: key.window.start) else { return }
        guard let value else {
            if let number = window.table.find(key.key) { window.table.remove(number) }
            return
        }
        let decoded = try valueSerde.decode(value)
        let number = window.table.findOrInsert(key.key, detach: detachKey) { .init() }
        window.table.rows[number]?.row.value = valueSerde.detach?(decoded) ?? decoded
        window.table.rows[number]?.row.timestamp = timestamp
    }

    /// All visible rows, in order of their windows.
    @inlinable
    var all: [(key: Windowed<Key>, value: Value, timestamp: Int64)] {
        windows.filter { $0.window.start > streamTime.saturatingSubtract(retentionMs) }.flatMap { window in
            window.table.rows.compactMap { slot in
                guard let slot, let value = slot.row.value else { return nil }
                return (Windowed(slot.key, window.window), value, slot.row.timestamp)
            }
        }
    }
}
