public import KafkaProtocol

/// Changes of a table that wait for their time, in order of that time and then of their keys' bytes: one per key, the
/// latest. Has a changelog; what waits survives a restart.
@usableFromInline
final class SuppressBuffer<Key: Hashable & Sendable, Value: Sendable>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let entrySerde: Serde<Stored>
    @usableFromInline let detachChange: (@Sendable (Change<Value>) -> Change<Value>)?
    @usableFromInline let changelog: ChangelogWriter?
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
        @usableFromInline var timestamp: Int64
        @usableFromInline var headers: [RecordHeader]
        @usableFromInline var bytes = 0
        @usableFromInline init(
            key: Key, change: Change<Value>, prior: Value?, due: Int64, timestamp: Int64, headers: [RecordHeader]
        ) {
            self.key = key
            self.change = change
            self.prior = prior
            self.due = due
            self.timestamp = timestamp
            self.headers = headers
        }
    }

    /// What the changelog keeps of an entry beside key and timestamp.
    @usableFromInline
    struct Stored {
        @usableFromInline let due: Int64
        @usableFromInline let headers: [RecordHeader]
        @usableFromInline let prior: Value?
        @usableFromInline let change: Change<Value>
        @usableFromInline init(due: Int64, headers: [RecordHeader], prior: Value?, change: Change<Value>) {
            self.due = due
            self.headers = headers
            self.prior = prior
            self.change = change
        }
        @usableFromInline init(_ entry: Entry) {
            self.init(due: entry.due, headers: entry.headers, prior: entry.prior, change: entry.change)
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
        let changes = Serde<Change<Value>>.change(value)
        entrySerde = Serde(
            encode: { stored, writer in
                writer.write(stored.due)
                writer.write(headers: stored.headers)
                writer.write((stored.prior == nil ? 0 : 1) as UInt8)
                if let prior = stored.prior {
                    let start = writer.count
                    writer.write(0 as UInt32)
                    try value.encode(prior, &writer)
                    writer.overwrite(UInt32(writer.count - start - 4), at: start)
                }
                // A deletion with nothing before it has no content.
                if stored.change.new != nil || stored.change.old != nil { try changes.encode(stored.change, &writer) }
            },
            decode: { bytes in
                var reader = ByteReader(bytes)
                let due = try reader.read(Int64.self)
                let headers = try reader.readHeaders()
                var prior: Value?
                if try reader.read(UInt8.self) == 1 {
                    prior = try value.decode(try reader.readSlice(Int(try reader.read(UInt32.self))))
                }
                let rest = try reader.readSlice(reader.remaining)
                return Stored(
                    due: due, headers: headers, prior: prior,
                    change: rest.isEmpty ? Change(old: nil, new: nil) : try changes.decode(rest))
            })
        detachChange = changes.detach
    }

    /// Puts a change in the buffer, or in place of the one that waits for the same key, whose due time it takes over. Its
    /// old row stays the one that it came with, as in the reference, though that never went downstream.
    @inlinable
    func put(_ key: Key, _ change: Change<Value>, due: Int64, timestamp: Int64, headers: [RecordHeader]) throws {
        let kept = detachChange?(change) ?? change
        let headers = headers.detached()
        let own = entries[key]?.key ?? keySerde.detach?(key) ?? key
        if entries[own] != nil {
            entries[own]?.change = kept
            entries[own]?.timestamp = timestamp
            entries[own]?.headers = headers
        } else {
            entries[own] = Entry(
                key: own, change: kept, prior: kept.old, due: due, timestamp: timestamp, headers: headers)
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

    /// Takes note of how large an entry is.
    @inlinable
    func count(_ key: Key) throws {
        guard countsBytes, let entry = entries[key] else { return }
        let bytes =
            try keySerde.bytes(of: key).count
            + entrySerde.bytes(of: Stored(entry)).count
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
                key, keySerde, entry.map { Stored($0) }, entrySerde,
                timestamp: max(0, entry?.timestamp ?? 0))
        }
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let bytes = key.detached()
        let key = try keySerde.decode(bytes)
        sizeInBytes -= entries[key]?.bytes ?? 0
        guard let value else {
            entries[key] = nil
            return
        }
        // Its values are slices of these bytes.
        let stored = try entrySerde.decode(value.detached())
        if entries[key]?.due != stored.due { order.insert(Position(due: stored.due, keyBytes: bytes, key: key)) }
        entries[key] = Entry(
            key: key, change: stored.change, prior: stored.prior, due: stored.due, timestamp: timestamp,
            headers: stored.headers)
        try count(key)
    }
}
