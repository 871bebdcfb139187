public import KafkaProtocol

/// A session of a key and its aggregate.
@usableFromInline
struct Session<Value> {
    @usableFromInline let window: Window
    @usableFromInline var value: Value

    @usableFromInline init(window: Window, value: Value) {
        self.window = window
        self.value = value
    }

    /// Sessions of a key are in order of their ends, then of their starts.
    @inlinable static func order(_ a: Window, _ b: Window) -> Bool { (a.end, a.start) < (b.end, b.start) }
}

/// Sessions by key, in memory, ordered by their ends. Changes of a session are collapsed between flushes, and
/// leave in the order of their last ones.
///
/// A session is visible while its end is after the store's stream time (the largest end put) less the retention.
/// Some time after that it is deleted from the changelog too, which is compacted and not cut by time.
@usableFromInline
final class SessionStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Windowed<Key>>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let detachKey: (@Sendable (Key) -> Key)?
    @usableFromInline let retentionMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline var table: KeyTable<Key, Row>
    /// Sessions out of retention that the changelog still has.
    @usableFromInline var expired: KeyDictionary<Windowed<Key>, Bool>
    @usableFromInline var streamTime: Int64 = -1
    @usableFromInline var lastSweep: Int64 = 0
    @usableFromInline var dirty: [Dirty] = []
    @usableFromInline var updates = 0
    @usableFromInline var isReordered = false
    @usableFromInline var forwarder: ChangeForwarder<Windowed<Key>, Value>?

    /// The sessions of a key.
    @usableFromInline
    struct Row {
        @usableFromInline var sessions: [Session<Value>] = []
        /// Where the row's changed sessions are in the list of changed ones.
        @usableFromInline var changed: [Int] = []
        @usableFromInline init() {}
    }

    /// A session changed since the last flush, with its aggregate then, and when and by whom it was changed last.
    @usableFromInline
    struct Dirty {
        @usableFromInline let row: Int
        @usableFromInline let window: Window
        @usableFromInline let old: Value?
        @usableFromInline var headers: [RecordHeader]
        /// The time of the record that changed it last.
        @usableFromInline var timestamp: Int64
        @usableFromInline var order: Int
        @usableFromInline init(
            row: Int, window: Window, old: Value?, headers: [RecordHeader], timestamp: Int64, order: Int
        ) {
            self.row = row
            self.window = window
            self.old = old
            self.headers = headers
            self.timestamp = timestamp
            self.order = order
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, retentionMs: Int64, changelog: ChangelogWriter?,
        context: TaskContext
    ) {
        self.name = name
        self.keySerde = .sessionWindowed(key)
        table = KeyTable(KeyIdentity(key))
        expired = KeyDictionary(KeyIdentity(keySerde))
        self.detachKey = key.detach
        self.valueSerde = value
        self.retentionMs = retentionMs
        self.changelog = changelog
        self.context = context
    }

    /// The visible sessions of `key` that end at `earliestEnd` or later and start at `latestStart` or earlier.
    @inlinable
    func find(_ key: Key, earliestEnd: Int64, latestStart: Int64) -> [Session<Value>] {
        guard let number = table.find(key), let slot = table.rows[number] else { return [] }
        let limit = streamTime.saturatingSubtract(retentionMs)
        return slot.row.sessions.filter {
            $0.window.end >= earliestEnd && $0.window.start <= latestStart && $0.window.end > limit
        }
    }

    /// The aggregate of one session.
    @inlinable
    func get(_ key: Windowed<Key>) -> Value? {
        guard key.window.end > streamTime.saturatingSubtract(retentionMs), let number = table.find(key.key) else { return nil }
        return table.rows[number]?.row.sessions.first { $0.window == key.window }?.value
    }

    /// Sets a session's aggregate because of a record of the time `now`; nil deletes the session. Out of retention nothing is
    /// kept, only sent on.
    @inlinable
    func put(_ key: Windowed<Key>, _ value: Value?, headers: [RecordHeader], at now: Int64) throws {
        guard set(key, value, headers: headers, at: now, isRestored: false) else {
            if value != nil { try forwarder?(key, Change(old: nil, new: value), key.window.end, headers) }
            return
        }
        if forwarder != nil, dirty.count &* (MemoryLayout<Dirty>.stride &+ 128) > context.cacheBytes {
            try flush()
        }
    }

    /// Sets a session's aggregate; false if it is out of retention.
    @inlinable
    func set(
        _ key: Windowed<Key>, _ value: Value?, headers: [RecordHeader], at now: Int64, isRestored: Bool
    ) -> Bool {
        if key.window.end > streamTime {
            streamTime = key.window.end
            if streamTime.saturatingSubtract(lastSweep) > retentionMs { sweep() }
        }
        guard key.window.end > streamTime.saturatingSubtract(retentionMs) else {
            if isRestored { noteExpired(key, isInChangelog: value != nil) }
            return false
        }
        let number = table.findOrInsert(key.key, detach: detachKey) { Row() }
        if !isRestored { noteChange(number, key.window, headers, now) }
        let session = value.map { Session(window: key.window, value: valueSerde.detach?($0) ?? $0) }
        table.rows[number]?.row.set(session, at: key.window)
        return true
    }

    /// Takes note of a session that is about to be changed.
    @inlinable
    func noteChange(_ number: Int, _ window: Window, _ headers: [RecordHeader], _ now: Int64) {
        guard let row = table.rows[number]?.row else { return }
        let headers = forwarder == nil ? [] : headers.detached()
        updates &+= 1
        for place in row.changed where dirty[place].window == window {
            dirty[place].headers = headers
            dirty[place].timestamp = now
            dirty[place].order = updates
            isReordered = true
            return
        }
        table.rows[number]?.row.changed.append(dirty.count)
        let old = row.sessions.first { $0.window == window }?.value
        dirty.append(
            Dirty(row: number, window: window, old: old, headers: headers, timestamp: now, order: updates))
    }

    /// Removes the sessions that are out of retention, but for rows whose changes are still to be sent and written.
    @usableFromInline
    func sweep() {
        lastSweep = streamTime
        let limit = streamTime.saturatingSubtract(retentionMs)
        for number in table.rows.indices {
            guard let row = table.rows[number]?.row, row.changed.isEmpty, let first = row.sessions.first,
                first.window.end <= limit
            else { continue }
            if changelog != nil, let key = table.rows[number]?.key {
                for session in row.sessions where session.window.end <= limit {
                    expired[Windowed(key, session.window)] = true
                }
            }
            table.rows[number]?.row.sessions.removeAll { $0.window.end <= limit }
            if table.rows[number]?.row.sessions.isEmpty == true { table.remove(number) }
        }
    }

    /// Takes note that the changelog has a session that is out of retention, or has it no more.
    @usableFromInline
    func noteExpired(_ key: Windowed<Key>, isInChangelog: Bool) {
        guard changelog != nil else { return }
        if isInChangelog {
            expired[detachKey.map { Windowed($0(key.key), key.window) } ?? key] = true
        } else {
            expired[key] = nil
        }
    }

    /// Deletes from the changelog what is out of retention.
    @inlinable
    func deleteExpired() throws {
        for (key, _) in expired.entries { try changelog?.write(key, keySerde, nil, valueSerde, timestamp: key.window.end) }
        expired = KeyDictionary(KeyIdentity(keySerde))
    }

    @inlinable
    func flush() throws {
        if !expired.isEmpty { try deleteExpired() }
        guard !dirty.isEmpty else { return }
        var changed: [Dirty] = []
        swap(&changed, &dirty)
        if isReordered, forwarder != nil { changed.sort { $0.order < $1.order } }
        isReordered = false
        for change in changed { table.rows[change.row]?.row.changed.removeAll(keepingCapacity: true) }
        for change in changed {
            guard let slot = table.rows[change.row] else { continue }
            let new = slot.row.sessions.first { $0.window == change.window }?.value
            guard new != nil || change.old != nil else { continue }
            let key = Windowed(slot.key, change.window)
            try forwarder?(key, Change(old: change.old, new: new), change.window.end, change.headers)
            try changelog?.write(key, keySerde, new, valueSerde, timestamp: change.timestamp)
        }
        for change in changed {
            if let row = table.rows[change.row]?.row, row.sessions.isEmpty, row.changed.isEmpty {
                table.remove(change.row)
            }
        }
        if dirty.isEmpty {
            swap(&changed, &dirty)
            dirty.removeAll(keepingCapacity: true)
        }
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try keySerde.decode(key)
        _ = set(key, try value.map { try valueSerde.decode($0) }, headers: [], at: timestamp, isRestored: true)
    }

    /// All visible sessions, in no particular order.
    @inlinable
    var all: [(key: Windowed<Key>, value: Value)] {
        let limit = streamTime.saturatingSubtract(retentionMs)
        return table.rows.flatMap { slot -> [(key: Windowed<Key>, value: Value)] in
            guard let slot else { return [] }
            return slot.row.sessions.filter { $0.window.end > limit }.map { (Windowed(slot.key, $0.window), $0.value) }
        }
    }
}

extension SessionStore.Row {
    /// Puts a session in its place, or removes the one there.
    @inlinable
    mutating func set(_ session: Session<Value>?, at window: Window) {
        // Nearly always it is the last.
        var place = sessions.count
        while place > 0, !Session<Value>.order(sessions[place - 1].window, window) { place -= 1 }
        let isThere = place < sessions.count && sessions[place].window == window
        switch (session, isThere) {
        case (let session?, true): sessions[place] = session
        case (let session?, false): sessions.insert(session, at: place)
        case (nil, true): sessions.remove(at: place)
        case (nil, false): break
        }
    }
}
