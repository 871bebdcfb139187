public import KafkaProtocol

/// Changes of a table that wait for their time, in order of that time and then of their keys' bytes: one per key, the
/// latest. Has a changelog; what waits survives a restart.
@usableFromInline
final class SuppressBuffer<Key: Hashable & Sendable, Value: Sendable>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let entrySerde: Serde<BufferedChange<Value>>
    @usableFromInline let detachChange: (@Sendable (Change<Value>) -> Change<Value>)?
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline var entries: KeyDictionary<Key, Entry>
    /// Bytes of the keys and changes that wait; counted only if `countsBytes`.
    @usableFromInline var sizeInBytes = 0
    @usableFromInline let countsBytes: Bool
    /// The keys by due time and bytes, a heap with the first to leave on top.
    @usableFromInline var order = Heap<Position>()
    @usableFromInline var changed: [Key] = []
    @usableFromInline var isChanged: KeyDictionary<Key, Bool>

    /// A change that waits.
    @usableFromInline
    struct Entry {
        @usableFromInline let key: Key
        @usableFromInline var change: Change<Value>
        /// What the row was when the first change came: what has gone downstream.
        @usableFromInline let prior: Value?
        @usableFromInline let due: Int64
        @usableFromInline var origin: RecordOrigin
        @usableFromInline var bytes = 0
        @usableFromInline init(key: Key, change: Change<Value>, prior: Value?, due: Int64, origin: RecordOrigin) {
            self.key = key
            self.change = change
            self.prior = prior
            self.due = due
            self.origin = origin
        }

        /// As it is on the changelog.
        @inlinable var buffered: BufferedChange<Value> {
            BufferedChange(origin: origin, prior: prior, old: change.old, new: change.new, due: due)
        }
    }

    @usableFromInline
    struct Position: Comparable {
        @usableFromInline let due: Int64
        @usableFromInline let keyBytes: Bytes
        @usableFromInline let key: Key
        @usableFromInline init(due: Int64, keyBytes: Bytes, key: Key) {
            self.due = due
            self.keyBytes = keyBytes
            self.key = key
        }
        @inlinable static func == (a: Position, b: Position) -> Bool { a.due == b.due && a.keyBytes == b.keyBytes }
        @inlinable static func < (a: Position, b: Position) -> Bool {
            a.due != b.due ? a.due < b.due : a.keyBytes < b.keyBytes
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, changelog: ChangelogWriter?, context: TaskContext,
        countsBytes: Bool = false
    ) throws {
        self.name = name
        self.countsBytes = countsBytes
        self.keySerde = key
        entries = KeyDictionary(KeyIdentity(key))
        isChanged = KeyDictionary(KeyIdentity(key))
        self.changelog = changelog
        self.context = context
        valueSerde = value
        entrySerde = BufferedChange.serde(value)
        detachChange = Serde<Change<Value>>.change(value).detach
    }

    /// Puts a change in the buffer, or in place of the one that waits for the same key, whose due time it takes over. Its
    /// old row stays the one that it came with, as in the reference, though that never went downstream.
    @inlinable
    func put(_ key: Key, _ change: Change<Value>, due: Int64, origin: RecordOrigin) throws {
        let kept = detachChange?(change) ?? change
        let own = entries[key]?.key ?? keySerde.detach?(key) ?? key
        if entries[own] != nil {
            entries[own]?.change = kept
            entries[own]?.origin = origin
        } else {
            entries[own] = Entry(key: own, change: kept, prior: kept.old, due: due, origin: origin)
            order.insert(Position(due: due, keyBytes: try keySerde.bytes(of: own), key: own))
        }
        try count(own)
        noteChange(own)
    }

    /// What waits for the key is to be written with the next commit.
    @inlinable
    func noteChange(_ key: Key) {
        guard changelog != nil, isChanged[key] == nil else { return }
        isChanged[key] = true
        changed.append(key)
    }

    /// Takes note of how large an entry is, as Kafka Streams reckons: without lengths of parts.
    @inlinable
    func count(_ key: Key) throws {
        guard countsBytes, let entry = entries[key] else { return }
        let lengths = 20 + 8 * entry.origin.headers.count
        let bytes = try keySerde.bytes(of: key).count + entrySerde.bytes(of: entry.buffered).count - lengths
        sizeInBytes += bytes - entry.bytes
        entries[key]?.bytes = bytes
    }

    /// Takes out the first change if it is due by `time`.
    @inlinable
    func popFirst(dueBy time: Int64) -> Entry? {
        while let first = order.first, first.due <= time {
            order.removeFirst()
            // A restored entry that was deleted and came again has left an older position behind.
            guard let entry = entries[first.key], entry.due == first.due else { continue }
            entries[first.key] = nil
            sizeInBytes -= entry.bytes
            noteChange(first.key)
            return entry
        }
        return nil
    }

    @inlinable
    func flush() throws {
        let keys = changed
        changed = []
        isChanged = KeyDictionary(KeyIdentity(keySerde))
        for key in keys {
            let entry = entries[key]
            try changelog?.write(
                key, keySerde, entry?.buffered, entrySerde, timestamp: context.wallClock(),
                headers: entry == nil ? [] : BufferedChange<Value>.versionHeaders)
        }
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        try restore(key: key, value: value, timestamp: timestamp, headers: [])
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64, headers: [RecordHeader]) throws {
        let bytes = key.detached()
        let key = try keySerde.decode(bytes)
        sizeInBytes -= entries[key]?.bytes ?? 0
        guard let value else {
            entries[key] = nil
            return
        }
        // Its values are slices of these bytes.
        let detached = value.detached()
        let version = headers.first { $0.key == "v" }?.value
        let stored: BufferedChange<Value>
        switch version {
        case Bytes([3]): stored = try entrySerde.decode(detached)
        case nil:
            stored = try OlderLayouts.suppressed(detached, valueSerde, timestamp: timestamp)
            // Written anew, as it is now.
            noteChange(key)
        default:
            throw SerdeError(
                "a row of version \(version?.hex ?? "") of a suppress buffer, which Kafka Streams before 2.4 wrote: have it "
                    + "taken up by a newer one first")
        }
        if entries[key]?.due != stored.due { order.insert(Position(due: stored.due, keyBytes: bytes, key: key)) }
        entries[key] = Entry(
            key: key, change: Change(old: stored.old, new: stored.new), prior: stored.prior, due: stored.due,
            origin: stored.origin)
        try count(key)
    }
}
