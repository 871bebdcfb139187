public import KafkaProtocol

/// A session of a key and its aggregate.
@usableFromInline
struct Session<Value> {
    @usableFromInline var window: Window
    @usableFromInline var value: Value

    @usableFromInline init(window: Window, value: Value) {
        self.window = window
        self.value = value
    }
}

/// Sessions by key, in memory, ordered by their ends. Changes are collapsed between flushes.
///
/// A session is visible while its end is after the store's stream time (the largest end put) less the retention.
@usableFromInline
final class SessionStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Windowed<Key>>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let detachKey: (@Sendable (Key) -> Key)?
    @usableFromInline let retentionMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline var sessions: [Key: [Session<Value>]] = [:]
    @usableFromInline var streamTime: Int64 = -1
    @usableFromInline var lastSweep: Int64 = 0
    @usableFromInline var changed: [Windowed<Key>] = []
    @usableFromInline var before: [Windowed<Key>: Before] = [:]
    @usableFromInline var forwarder: ChangeForwarder<Windowed<Key>, Value>?

    /// What a session was at the last flush.
    @usableFromInline
    struct Before {
        @usableFromInline let value: Value?
        @usableFromInline let headers: [RecordHeader]
        @usableFromInline init(value: Value?, headers: [RecordHeader]) {
            self.value = value
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
        guard let all = sessions[key] else { return [] }
        let limit = streamTime - retentionMs
        return all.filter { $0.window.end >= earliestEnd && $0.window.start <= latestStart && $0.window.end > limit }
    }

    /// The aggregate of one session.
    @inlinable
    func get(_ key: Windowed<Key>) -> Value? {
        guard key.window.end > streamTime - retentionMs else { return nil }
        return sessions[key.key]?.first { $0.window == key.window }?.value
    }

    /// Sets a session's aggregate; nil deletes the session. Out of retention nothing is kept.
    @inlinable
    func put(_ key: Windowed<Key>, _ value: Value?, headers: [RecordHeader]) throws {
        set(key, value, headers: headers, isRestored: false)
        if forwarder != nil, changed.count &* (MemoryLayout<Windowed<Key>>.stride &* 2 &+ 128) > context.cacheBytes {
            try flush()
        }
    }

    @inlinable
    func set(_ key: Windowed<Key>, _ value: Value?, headers: [RecordHeader], isRestored: Bool) {
        if key.window.end > streamTime {
            streamTime = key.window.end
            if streamTime - lastSweep > retentionMs { sweep() }
        }
        guard key.window.end > streamTime - retentionMs else { return }
        let kept = detachKey.map { Windowed($0(key.key), key.window) } ?? key
        var all = sessions[kept.key] ?? []
        let at = all.firstIndex { $0.window == key.window }
        if !isRestored, before[kept] == nil {
            before[kept] = Before(value: at.map { all[$0].value }, headers: headers)
            changed.append(kept)
        }
        if let value {
            let stored = valueSerde.detach?(value) ?? value
            if let at {
                all[at].value = stored
            } else {
                let place = all.firstIndex { ($0.window.end, $0.window.start) > (key.window.end, key.window.start) }
                all.insert(Session(window: key.window, value: stored), at: place ?? all.count)
            }
        } else if let at {
            all.remove(at: at)
        }
        sessions[kept.key] = all.isEmpty ? nil : all
    }

    /// Removes the sessions that are out of retention.
    @usableFromInline
    func sweep() {
        lastSweep = streamTime
        let limit = streamTime - retentionMs
        for (key, all) in sessions where all.contains(where: { $0.window.end <= limit }) {
            let visible = all.filter { $0.window.end > limit }
            sessions[key] = visible.isEmpty ? nil : visible
        }
    }

    @inlinable
    func flush() throws {
        guard !changed.isEmpty else { return }
        let keys = changed
        let old = before
        changed = []
        before = [:]
        for key in keys {
            let new = sessions[key.key]?.first { $0.window == key.window }?.value
            let was = old[key]
            guard new != nil || was?.value != nil else { continue }
            if let forwarder {
                try forwarder(key, Change(old: was?.value, new: new), key.window.end, was?.headers ?? [])
            }
            try changelog?.write(key, keySerde, new, valueSerde, timestamp: key.window.end)
        }
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try keySerde.decode(key)
        set(key, try value.map { try valueSerde.decode($0) }, headers: [], isRestored: true)
    }

    /// All visible sessions, in no particular order.
    @inlinable
    var all: [(key: Windowed<Key>, value: Value)] {
        let limit = streamTime - retentionMs
        return sessions.flatMap { key, all in
            all.filter { $0.window.end > limit }.map { (Windowed(key, $0.window), $0.value) }
        }
    }
}
