public import KafkaProtocol

/// Records of a stream that wait for their time, in order of their timestamps, keys' bytes and arrival. Has a
/// changelog; what waits survives a restart.
@usableFromInline
final class StreamBuffer<Key: Hashable & Sendable, Value: Sendable>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline var waiting = Heap<Entry>()
    @usableFromInline var sequence: UInt32 = 0

    @usableFromInline
    struct Entry: Comparable {
        @usableFromInline let record: Record<Key, Value>
        @usableFromInline let keyBytes: Bytes
        @usableFromInline let sequence: UInt32
        @usableFromInline init(record: Record<Key, Value>, keyBytes: Bytes, sequence: UInt32) {
            self.record = record
            self.keyBytes = keyBytes
            self.sequence = sequence
        }
        @inlinable static func == (a: Entry, b: Entry) -> Bool { !(a < b) && !(b < a) }
        @inlinable static func < (a: Entry, b: Entry) -> Bool {
            if a.record.timestamp != b.record.timestamp { return a.record.timestamp < b.record.timestamp }
            return a.keyBytes != b.keyBytes ? a.keyBytes < b.keyBytes : a.sequence < b.sequence
        }
    }

    @inlinable
    init(name: String, key: Serde<Key>, value: Serde<Value>, changelog: ChangelogWriter?) {
        self.name = name
        self.keySerde = key
        self.valueSerde = value
        self.changelog = changelog
    }

    /// Has a record wait.
    @inlinable
    func put(_ key: Key, _ record: Record<Key, Value>) throws {
        var kept = record
        kept.key = keySerde.detach?(key) ?? key
        if let value = record.value { kept.value = valueSerde.detach?(value) ?? value }
        kept.headers = record.headers.detached()
        let entry = Entry(record: kept, keyBytes: try keySerde.bytes(of: key), sequence: sequence)
        sequence &+= 1
        waiting.insert(entry)
        try changelog?.write(
            entryKey(entry), .bytes, try content(of: entry), .bytes, timestamp: record.timestamp)
    }

    /// Takes out the first record if its timestamp is `time` or earlier.
    @inlinable
    func popFirst(through time: Int64) throws -> Record<Key, Value>? {
        guard let first = waiting.first, first.record.timestamp <= time else { return nil }
        waiting.removeFirst()
        try changelog?.write(entryKey(first), .bytes, nil as Bytes?, .bytes, timestamp: first.record.timestamp)
        return first.record
    }

    /// Does nothing: records are written as they come and go.
    @inlinable
    func flush() {}

    /// The timestamp, the number and the key's bytes.
    @usableFromInline
    func entryKey(_ entry: Entry) -> Bytes {
        var writer = ByteWriter(capacity: entry.keyBytes.count + 12)
        writer.write(entry.record.timestamp)
        writer.write(entry.sequence)
        entry.keyBytes.withUnsafeBytes { writer.write(raw: $0) }
        return writer.finish()
    }

    /// The headers and the value.
    @usableFromInline
    func content(of entry: Entry) throws -> Bytes {
        var writer = ByteWriter(capacity: 64)
        writer.write(headers: entry.record.headers)
        if let value = entry.record.value { try valueSerde.encode(value, &writer) }
        return writer.finish()
    }

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        var reader = ByteReader(key)
        let time = try reader.read(Int64.self)
        let number = try reader.read(UInt32.self)
        let keyBytes = try reader.readSlice(reader.remaining).detached()
        sequence = max(sequence, number &+ 1)
        guard let value else {
            waiting.remove(where: { $0.record.timestamp == time && $0.sequence == number && $0.keyBytes == keyBytes })
            return
        }
        var content = ByteReader(value.detached())
        let headers = try content.readHeaders()
        let decoded = try valueSerde.decode(try content.readSlice(content.remaining))
        waiting.insert(
            Entry(
                record: Record(
                    key: try keySerde.decode(keyBytes), value: decoded, timestamp: time, headers: headers),
                keyBytes: keyBytes, sequence: number))
    }
}
