public import KafkaProtocol

/// The waiting records of one side of a stream-stream join. Records of one key and time are one entry.
@usableFromInline
struct JoinWaitingList<Key: Hashable, Value> {
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let isLogged: Bool
    /// In order of times and keys' bytes; an entry without values has gone. Those before `start` have gone, too.
    @usableFromInline var entries: [Entry] = []
    @usableFromInline var start = 0
    @usableFromInline var gone = 0
    @usableFromInline var changed: [Change] = []

    @usableFromInline
    struct Entry {
        @usableFromInline let timestamp: Int64
        @usableFromInline let keyBytes: Bytes
        @usableFromInline let key: Key
        @usableFromInline var values: [Value]
        @usableFromInline init(timestamp: Int64, keyBytes: Bytes, key: Key, values: [Value]) {
            self.timestamp = timestamp
            self.keyBytes = keyBytes
            self.key = key
            self.values = values
        }
    }

    /// An entry to be written at the next flush, as it is then.
    @usableFromInline
    struct Change {
        @usableFromInline let timestamp: Int64
        @usableFromInline let keyBytes: Bytes
        @usableFromInline init(timestamp: Int64, keyBytes: Bytes) {
            self.timestamp = timestamp
            self.keyBytes = keyBytes
        }
    }

    @usableFromInline
    init(key: Serde<Key>, value: Serde<Value>, isLogged: Bool) {
        self.keySerde = key
        self.valueSerde = value
        self.isLogged = isLogged
    }

    /// The entry that leaves first.
    @inlinable var first: Entry? { start < entries.count ? entries[start] : nil }
    /// The entry that leaves last.
    @inlinable var last: Entry? { entries.last }

    /// The time of the first entry at a place or after it.
    @inlinable
    func time(from place: Int) -> Int64? {
        var place = place
        while place < entries.count, entries[place].values.isEmpty { place += 1 }
        return place < entries.count ? entries[place].timestamp : nil
    }

    /// Adds a record.
    @inlinable
    mutating func insert(_ key: Key, _ value: Value, timestamp: Int64) throws {
        let bytes = try keySerde.bytes(of: key)
        insert(key, bytes, timestamp, [valueSerde.detach?(value) ?? value])
        note(timestamp, bytes)
    }

    @inlinable
    mutating func insert(_ key: Key, _ keyBytes: Bytes, _ timestamp: Int64, _ values: [Value]) {
        let place = place(of: timestamp, keyBytes)
        if place < entries.count, entries[place].timestamp == timestamp, entries[place].keyBytes == keyBytes {
            if entries[place].values.isEmpty { gone -= 1 }
            entries[place].values += values
        } else {
            let entry = Entry(
                timestamp: timestamp, keyBytes: keyBytes, key: keySerde.detach?(key) ?? key, values: values)
            entries.insert(entry, at: place)
        }
    }

    /// Removes the records of a key and time, if there are some.
    @inlinable
    mutating func remove(_ key: Key, timestamp: Int64) throws {
        guard let first, let last, timestamp >= first.timestamp, timestamp <= last.timestamp else { return }
        let bytes = try keySerde.bytes(of: key)
        if remove(bytes, timestamp) { note(timestamp, bytes) }
    }

    @inlinable
    mutating func remove(_ keyBytes: Bytes, _ timestamp: Int64) -> Bool {
        let place = place(of: timestamp, keyBytes)
        guard place < entries.count, entries[place].timestamp == timestamp, entries[place].keyBytes == keyBytes,
            !entries[place].values.isEmpty
        else { return false }
        entries[place].values = []
        gone += 1
        tidy()
        return true
    }

    /// Removes the first entry.
    @inlinable
    mutating func removeFirst() {
        guard let first else { return }
        note(first.timestamp, first.keyBytes)
        entries[start].values = []
        gone += 1
        tidy()
    }

    /// Makes sure that the first and the last entry are there, and gives room back once half have gone.
    @inlinable
    mutating func tidy() {
        while start < entries.count, entries[start].values.isEmpty {
            start += 1
            gone -= 1
        }
        while start < entries.count, entries[entries.count - 1].values.isEmpty {
            entries.removeLast()
            gone -= 1
        }
        if start * 2 > entries.count {
            entries.removeFirst(start)
            start = 0
        }
        if gone * 2 > entries.count - start {
            entries.removeAll { $0.values.isEmpty }
            start = 0
            gone = 0
        }
    }

    /// Where the entry of that time and key is, or would be.
    @inlinable
    func place(of timestamp: Int64, _ keyBytes: Bytes) -> Int {
        var low = start
        var high = entries.count
        if high > low, entries[high - 1].timestamp < timestamp { return high }
        while low < high {
            let middle = (low + high) / 2
            let entry = entries[middle]
            if entry.timestamp < timestamp || (entry.timestamp == timestamp && entry.keyBytes < keyBytes) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    @inlinable
    mutating func note(_ timestamp: Int64, _ keyBytes: Bytes) {
        if isLogged { changed.append(Change(timestamp: timestamp, keyBytes: keyBytes)) }
    }

    // MARK: - Changelog

    /// Writes the entries changed since the last flush. The key is the time, the side and the key's bytes; the value is
    /// each record's bytes with their number in front.
    @inlinable
    mutating func writeChanges(to changelog: ChangelogWriter, isLeft: Bool) throws {
        let (keys, values) = (Serde<Bytes>.bytes, Serde<Bytes>.bytes)
        let changes = changed
        changed.removeAll(keepingCapacity: true)
        for change in changes {
            var key = ByteWriter(capacity: change.keyBytes.count + 9)
            key.write(change.timestamp)
            key.write(isLeft ? 1 : 0 as UInt8)
            change.keyBytes.withUnsafeBytes { key.write(raw: $0) }
            let place = place(of: change.timestamp, change.keyBytes)
            var content: Bytes?
            if place < entries.count, entries[place].timestamp == change.timestamp,
                entries[place].keyBytes == change.keyBytes, !entries[place].values.isEmpty
            {
                var writer = ByteWriter(capacity: 64)
                for value in entries[place].values {
                    let start = writer.count
                    writer.write(0 as UInt32)
                    try valueSerde.encode(value, &writer)
                    writer.overwrite(UInt32(writer.count - start - 4), at: start)
                }
                content = writer.finish()
            }
            try changelog.write(key.finish(), keys, content, values, timestamp: change.timestamp)
        }
    }

    @inlinable
    mutating func restore(_ keyBytes: Bytes, _ timestamp: Int64, _ content: Bytes?) throws {
        _ = remove(keyBytes, timestamp)
        guard let content else { return }
        var reader = ByteReader(content)
        var values: [Value] = []
        while reader.remaining > 0 {
            let value = try valueSerde.decode(try reader.readSlice(Int(try reader.read(UInt32.self))))
            values.append(valueSerde.detach?(value) ?? value)
        }
        guard !values.isEmpty else { return }
        insert(try keySerde.decode(keyBytes), keyBytes, timestamp, values)
    }
}
