public import KafkaProtocol

/// A session of a key and its aggregate.
@usableFromInline
struct Session<Value> {
    @usableFromInline let window: Window
    @usableFromInline var value: Value
    /// Whether it changed since the last flush, and the headers of the record that changed it.
    @usableFromInline var isDirty: Bool
    @usableFromInline var headers: [RecordHeader]

    @usableFromInline init(window: Window, value: Value, isDirty: Bool, headers: [RecordHeader]) {
        self.window = window
        self.value = value
        self.isDirty = isDirty
        self.headers = headers
    }

    /// Sessions of a key are in order of their ends, then of their starts.
    @inlinable static func order(_ a: Window, _ b: Window) -> Bool { (a.end, a.start) < (b.end, b.start) }
}

/// Sessions by key, in memory, ordered by their ends. Changes are collapsed between flushes: what a flush writes is the
/// difference between a key's sessions then and at the flush before.
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
    @usableFromInline var table = KeyTable<Key, Row>()
    /// Sessions out of retention that the changelog still has.
    @usableFromInline var expired: Set<Windowed<Key>> = []
    @usableFromInline var streamTime: Int64 = -1
    @usableFromInline var lastSweep: Int64 = 0
    @usableFromInline var dirty: [Dirty] = []
    @usableFromInline var forwarder: ChangeForwarder<Windowed<Key>, Value>?

    /// The sessions of a key.
    @usableFromInline
    struct Row {
        @usableFromInline var sessions: [Session<Value>] = []
        @usableFromInline var isDirty = false
        @usableFromInline init() {}
    }

    /// A row changed since the last flush, with the sessions that it had then.
    @usableFromInline
    struct Dirty {
        @usableFromInline let row: Int
        @usableFromInline let before: [Session<Value>]
        @usableFromInline let headers: [RecordHeader]
        @usableFromInline init(row: Int, before: [Session<Value>], headers: [RecordHeader]) {
            self.row = row
            self.before = before
            self.headers = headers
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, retentionMs: Int64, changelog: ChangelogWriter?,
        context: TaskContext
    ) {
        self.name = name
        self.keySerde = .sessionWindowed(key)
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
        let limit = streamTime - retentionMs
        return slot.row.sessions.filter {
            $0.window.end >= earliestEnd && $0.window.start <= latestStart && $0.window.end > limit
        }
    }

    /// The aggregate of one session.
    @inlinable
    func get(_ key: Windowed<Key>) -> Value? {
        guard key.window.end > streamTime - retentionMs, let number = table.find(key.key) else { return nil }
        return table.rows[number]?.row.sessions.first { $0.window == key.window }?.value
    }

    /// Sets a session's aggregate; nil deletes the session. Out of retention nothing is kept, only sent on.
    @inlinable
    func put(_ key: Windowed<Key>, _ value: Value?, headers: [RecordHeader]) throws {
        guard set(key, value, headers: headers, isRestored: false) else {
            if value != nil { try forwarder?(key, Change(old: nil, new: value), key.window.end, headers) }
            return
        }
        if forwarder != nil, dirty.count &* (MemoryLayout<Session<Value>>.stride &+ 128) > context.cacheBytes {
            try flush()
        }
    }

    /// Sets a session's aggregate; false if it is out of retention.
    @inlinable
    func set(_ key: Windowed<Key>, _ value: Value?, headers: [RecordHeader], isRestored: Bool) -> Bool {
        if key.window.end > streamTime {
            streamTime = key.window.end
            if streamTime - lastSweep > retentionMs { sweep() }
        }
        guard key.window.end > streamTime - retentionMs else {
            if isRestored { noteExpired(key, isInChangelog: value != nil) }
            return false
        }
        let number = table.findOrInsert(key.key, detach: detachKey) { Row() }
        if !isRestored, table.rows[number]?.row.isDirty == false {
            dirty.append(Dirty(row: number, before: table.rows[number]?.row.sessions ?? [], headers: headers))
            table.rows[number]?.row.isDirty = true
        }
        let session = value.map {
            Session(
                window: key.window, value: valueSerde.detach?($0) ?? $0, isDirty: !isRestored, headers: headers)
        }
        table.rows[number]?.row.set(session, at: key.window)
        return true
    }

    /// Removes the sessions that are out of retention, but for rows whose changes are still to be sent and written.
    @usableFromInline
    func sweep() {
        lastSweep = streamTime
        let limit = streamTime - retentionMs
        for number in table.rows.indices {
            guard let row = table.rows[number]?.row, !row.isDirty, let first = row.sessions.first,
                first.window.end <= limit
            else { continue }
            if changelog != nil, let key = table.rows[number]?.key {
                for session in row.sessions where session.window.end <= limit {
                    expired.insert(Windowed(key, session.window))
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
            expired.insert(detachKey.map { Windowed($0(key.key), key.window) } ?? key)
        } else {
            expired.remove(key)
        }
    }

    /// Deletes from the changelog what is out of retention.
    @inlinable
    func deleteExpired() throws {
        for key in expired { try changelog?.write(key, keySerde, nil, valueSerde, timestamp: key.window.end) }
        expired = []
    }

    @inlinable
    func flush() throws {
        if !expired.isEmpty { try deleteExpired() }
        guard !dirty.isEmpty else { return }
        var changed: [Dirty] = []
        swap(&changed, &dirty)
        for change in changed {
            guard let slot = table.rows[change.row] else { continue }
            table.rows[change.row]?.row.isDirty = false
            let now = slot.row.sessions
            var old = change.before[...]
            for session in now {
                // What was before and is not any more goes first: a session that grew is deleted under its old bounds.
                while let gone = old.first, Session<Value>.order(gone.window, session.window) {
                    try write(slot.key, gone.window, old: gone.value, new: nil, headers: change.headers)
                    old.removeFirst()
                }
                let before = old.first?.window == session.window ? old.removeFirst().value : nil
                guard session.isDirty else { continue }
                try write(slot.key, session.window, old: before, new: session.value, headers: session.headers)
            }
            for gone in old { try write(slot.key, gone.window, old: gone.value, new: nil, headers: change.headers) }
            table.rows[change.row]?.row.clean()
            if now.isEmpty { table.remove(change.row) }
        }
        if dirty.isEmpty {
            swap(&changed, &dirty)
            dirty.removeAll(keepingCapacity: true)
        }
    }

    /// Sends one change of a session downstream, if it was held back, and to the changelog.
    @inlinable
    func write(_ key: Key, _ window: Window, old: Value?, new: Value?, headers: [RecordHeader]) throws {
        let key = Windowed(key, window)
        try forwarder?(key, Change(old: old, new: new), window.end, headers)
        try changelog?.write(key, keySerde, new, valueSerde, timestamp: window.end)
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try keySerde.decode(key)
        _ = set(key, try value.map { try valueSerde.decode($0) }, headers: [], isRestored: true)
    }

    /// All visible sessions, in no particular order.
    @inlinable
    var all: [(key: Windowed<Key>, value: Value)] {
        let limit = streamTime - retentionMs
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

    @inlinable
    mutating func clean() {
        for place in sessions.indices where sessions[place].isDirty {
            sessions[place].isDirty = false
            sessions[place].headers = []
        }
    }
}
