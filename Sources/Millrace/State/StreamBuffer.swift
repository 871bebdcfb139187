public import KafkaProtocol

/// Records of a stream that wait for their time, in order of their timestamps, keys' bytes and arrival. Has a
/// changelog; what waits survives a restart.
@usableFromInline
final class StreamBuffer<Key: Hashable & Sendable, Value: Sendable>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let entrySerde: Serde<BufferedChange<Value>>
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline var waiting = Heap<Entry>()
    /// What was restored and is not with the others yet, by the keys on the changelog.
    @usableFromInline var restored: [Bytes: Entry] = [:]
    /// The number of the record that came last.
    @usableFromInline var number: Int32 = 0

    @usableFromInline
    struct Entry: Comparable {
        @usableFromInline let place: BufferedPlace
        @usableFromInline let key: Key
        @usableFromInline let value: Value
        @usableFromInline let origin: RecordOrigin
        @usableFromInline init(place: BufferedPlace, key: Key, value: Value, origin: RecordOrigin) {
            self.place = place
            self.key = key
            self.value = value
            self.origin = origin
        }
        @inlinable static func == (a: Entry, b: Entry) -> Bool { a.place == b.place }
        @inlinable static func < (a: Entry, b: Entry) -> Bool { a.place < b.place }
    }

    @inlinable
    init(name: String, key: Serde<Key>, value: Serde<Value>, changelog: ChangelogWriter?, context: TaskContext) {
        self.name = name
        self.keySerde = key
        self.valueSerde = value
        entrySerde = BufferedChange.serde(value)
        self.changelog = changelog
        self.context = context
    }

    /// Has a record wait.
    @inlinable
    func put(_ key: Key, _ value: Value, origin: RecordOrigin) throws {
        try settle()
        try insert(keySerde.detach?(key) ?? key, valueSerde.detach?(value) ?? value, origin)
    }

    @inlinable
    func insert(_ key: Key, _ value: Value, _ origin: RecordOrigin) throws {
        number = BufferedPlace.number(after: number)
        let place = try BufferedPlace(timestamp: origin.timestamp, key, keySerde, number: number)
        waiting.insert(Entry(place: place, key: key, value: value, origin: origin))
        let content = BufferedChange(origin: origin, prior: nil, old: nil, new: value, due: 0)
        try changelog?.write(place.logged, .bytes, content, entrySerde, timestamp: context.wallClock())
    }

    /// Takes out the first record if its timestamp is `time` or earlier.
    @inlinable
    func popFirst(through time: Int64) throws -> Record<Key, Value>? {
        try settle()
        guard let first = waiting.first, first.place.timestamp <= time else { return nil }
        waiting.removeFirst()
        try delete(first.place)
        return Record(
            key: first.key, value: first.value, timestamp: first.origin.timestamp, headers: first.origin.headers)
    }

    @usableFromInline
    func delete(_ place: BufferedPlace) throws {
        try changelog?.write(place.logged, .bytes, nil as Bytes?, .bytes, timestamp: context.wallClock())
    }

    /// Writes nothing but what was restored from an older layout, anew: records are written as they come and go.
    @inlinable
    func flush() throws { try settle() }

    /// Puts what was restored with the others.
    @usableFromInline
    func settle() throws {
        guard !restored.isEmpty else { return }
        let entries = restored.values.sorted()
        restored = [:]
        for entry in entries {
            if entry.place.isOlder {
                try delete(entry.place)
                try insert(entry.key, entry.value, entry.origin)
            } else {
                waiting.insert(entry)
            }
        }
    }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? StreamBuffer else { return false }
        // As what comes from the changelog, which may delete it again.
        restored = other.restored
        for entry in other.waiting.elements { restored[entry.place.logged] = entry }
        number = other.number
        return true
    }

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        guard let value else {
            restored[key] = nil
            return
        }
        let logged = key.detached()
        let (place, content) = try BufferedPlace.read(logged, value.detached(), entrySerde, valueSerde)
        guard let value = content.new else { throw SerdeError("a record without a value waits") }
        if !place.isOlder { number = max(number, place.number) }
        restored[logged] = Entry(
            place: place, key: try keySerde.decode(place.keyBytes), value: value, origin: content.origin)
    }
}
