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
    @usableFromInline let keys: KeyCoder<Key>
    /// What waits. A row without an entry is to be deleted with the next flush; its link says that a row is among `changed`.
    @usableFromInline let table = RowTable<Entry>()
    /// How many changes wait.
    @usableFromInline var count = 0
    /// Bytes of the keys and changes that wait; counted only if `countsBytes`.
    @usableFromInline var sizeInBytes = 0
    @usableFromInline let countsBytes: Bool
    /// The keys by due time and bytes, a heap with the first to leave on top.
    @usableFromInline var order = Heap<Position>()
    @usableFromInline var changed: [UInt32] = []

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
        @usableFromInline init(due: Int64, keyBytes: Bytes) {
            self.due = due
            self.keyBytes = keyBytes
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
        keys = KeyCoder(key)
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
        let ref = try keys.withBytes(key) { try table.findOrInsert($0) }
        if table.hasValue(ref) {
            table.valuePointer(ref).pointee.change = kept
            table.valuePointer(ref).pointee.origin = origin
        } else {
            table[ref] = Entry(key: keySerde.detach?(key) ?? key, change: kept, prior: kept.old, due: due, origin: origin)
            count += 1
            order.insert(Position(due: due, keyBytes: Bytes(copying: table.key(ref))))
        }
        try countBytes(ref)
        noteChange(ref)
    }

    /// What waits for `key`.
    @inlinable
    func waiting(_ key: Key) throws -> Entry? {
        try keys.withBytes(key) { key in table.find(key).flatMap { table[$0] } }
    }

    /// What waits in a row is to be written with the next commit.
    @inlinable
    func noteChange(_ ref: UInt32) {
        guard changelog != nil, table.link(ref) < 0 else { return }
        table.setLink(ref, Int32(truncatingIfNeeded: changed.count) & .max)
        changed.append(ref)
    }

    /// Takes note of how large an entry is, as Kafka Streams reckons: without lengths of parts.
    @inlinable
    func countBytes(_ ref: UInt32) throws {
        guard countsBytes, let entry = table[ref] else { return }
        let lengths = 20 + 8 * entry.origin.headers.count
        let bytes = table.key(ref).count + (try entrySerde.bytes(of: entry.buffered).count) - lengths
        sizeInBytes += bytes - entry.bytes
        table.valuePointer(ref).pointee.bytes = bytes
    }

    /// Takes what waits out of a row.
    @inlinable
    func clear(_ ref: UInt32) {
        if let entry = table[ref] {
            sizeInBytes -= entry.bytes
            count -= 1
        }
        if table.link(ref) < 0 { table.remove(ref) } else { table[ref] = nil }
    }

    /// Takes out the first change if it is due by `time`.
    @inlinable
    func popFirst(dueBy time: Int64) -> Entry? {
        while let first = order.first, first.due <= time {
            order.removeFirst()
            // A restored entry that was deleted and came again has left an older position behind.
            guard let ref = first.keyBytes.withUnsafeBytes({ table.find($0) }), let entry = table[ref],
                entry.due == first.due
            else { continue }
            noteChange(ref)
            clear(ref)
            return entry
        }
        return nil
    }

    @inlinable
    func flush() throws {
        let refs = changed
        changed = []
        for ref in refs { table.setLink(ref, -1) }
        for ref in refs {
            let entry = table[ref]
            try changelog?.write(
                key: table.key(ref), entry?.buffered, entrySerde, timestamp: context.wallClock(),
                headers: entry == nil ? [] : BufferedChange<Value>.versionHeaders)
            if entry == nil { table.remove(ref) }
        }
    }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? SuppressBuffer, other.changed.isEmpty else { return false }
        table.takeRows(of: other.table)
        (count, sizeInBytes, order) = (other.count, other.sizeInBytes, other.order)
        return true
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        try restore(key: key, value: value, timestamp: timestamp, headers: [])
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64, headers: [RecordHeader]) throws {
        let bytes = key.detached()
        let key = try keySerde.decode(bytes)
        guard let value else {
            if let ref = bytes.withUnsafeBytes({ table.find($0) }) { clear(ref) }
            return
        }
        // Its values are slices of these bytes.
        let detached = value.detached()
        let version = headers.first { $0.key == "v" }?.value
        let stored: BufferedChange<Value>
        var isOlder = false
        switch version {
        case Bytes([3]): stored = try entrySerde.decode(detached)
        case nil:
            stored = try OlderLayouts.suppressed(detached, valueSerde, timestamp: timestamp)
            isOlder = true
        default:
            throw SerdeError(
                "a row of version \(version?.hex ?? "") of a suppress buffer, which Kafka Streams before 2.4 wrote: have it "
                    + "taken up by a newer one first")
        }
        let ref = try bytes.withUnsafeBytes { bytes throws(any Error) in try table.findOrInsert(bytes) }
        let before = table[ref]
        sizeInBytes -= before?.bytes ?? 0
        if before == nil { count += 1 }
        if before?.due != stored.due { order.insert(Position(due: stored.due, keyBytes: bytes)) }
        table[ref] = Entry(
            key: key, change: Change(old: stored.old, new: stored.new), prior: stored.prior, due: stored.due,
            origin: stored.origin)
        try countBytes(ref)
        // Written anew, as it is now.
        if isOlder { noteChange(ref) }
    }
}
