public import KafkaProtocol

/// The waiting records of one side of a stream-stream join. Records of one key and time are one entry. They are in memory, all of
/// them or, of a store on disk, the first ones (`JoinWaitingList+Disk`).
@usableFromInline
struct JoinWaitingList<Key: Hashable, Value> {
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let isLeft: Bool
    @usableFromInline let isLogged: Bool
    /// Nil if all entries are in memory.
    @usableFromInline let disk: DiskRows?
    /// Where the entries begin that are on disk alone; nil if there are none.
    @usableFromInline var horizon: (timestamp: Int64, keyBytes: Bytes)?
    /// The time of the last of those, as far as it is known.
    @usableFromInline var lastOnDisk: Int64?
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

    /// An entry to be written at the next flush, as it is then, with the time of the record that changed it.
    @usableFromInline
    struct Change {
        @usableFromInline let timestamp: Int64
        @usableFromInline let keyBytes: Bytes
        @usableFromInline let changedAt: Int64
        @usableFromInline init(timestamp: Int64, keyBytes: Bytes, changedAt: Int64) {
            self.timestamp = timestamp
            self.keyBytes = keyBytes
            self.changedAt = changedAt
        }
    }

    @usableFromInline
    init(key: Serde<Key>, value: Serde<Value>, isLeft: Bool, isLogged: Bool, disk: DiskRows?) {
        self.keySerde = key
        self.valueSerde = value
        self.isLeft = isLeft
        self.isLogged = isLogged
        self.disk = disk
        horizon = disk == nil ? nil : (.min, Bytes())
    }

    /// The entry that leaves first.
    @inlinable var first: Entry? {
        mutating get throws {
            if horizon != nil { try fill() }
            return start < entries.count ? entries[start] : nil
        }
    }

    /// The time of the entry that leaves last.
    @inlinable var lastTime: Int64? {
        mutating get throws {
            if horizon != nil, let time = try findLastOnDisk() { return time }
            return entries.last?.timestamp
        }
    }

    /// The time of the entry after the first one.
    @inlinable var secondTime: Int64? {
        mutating get throws {
            if horizon != nil { try fill() }
            return time(from: start + 1)
        }
    }

    /// The time of the first entry of that time or a later one.
    @inlinable
    func time(notBefore time: Int64) throws -> Int64? {
        try self.time(from: place(of: time, Bytes())) ?? timeOnDisk(notBefore: time)
    }

    /// The time of the first entry at a place in memory or after it.
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
        if let disk, isOnDisk(timestamp, bytes) {
            try append(value, timestamp, bytes, on: disk)
        } else {
            insert(key, bytes, timestamp, [valueSerde.detach?(value) ?? value])
        }
        note(timestamp, bytes, at: timestamp)
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

    /// Removes the records of a key and time, if there are some, because of a record of another time.
    @inlinable
    mutating func remove(_ key: Key, timestamp: Int64, at time: Int64) throws {
        if horizon == nil {
            guard start < entries.count, timestamp >= entries[start].timestamp, let last = entries.last,
                timestamp <= last.timestamp
            else { return }
        }
        let bytes = try keySerde.bytes(of: key)
        let isRemoved =
            if let disk, isOnDisk(timestamp, bytes) { try remove(timestamp, bytes, on: disk) } else { remove(bytes, timestamp) }
        if isRemoved { note(timestamp, bytes, at: time) }
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

    /// Removes the first entry, because of a record of another time.
    @inlinable
    mutating func removeFirst(at time: Int64) {
        guard start < entries.count else { return }
        let first = entries[start]
        note(first.timestamp, first.keyBytes, at: time)
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
    mutating func note(_ timestamp: Int64, _ keyBytes: Bytes, at time: Int64) {
        guard isLogged else { return }
        changed.append(Change(timestamp: timestamp, keyBytes: keyBytes, changedAt: time))
        disk?.room.note(changes: changed.count &* (disk?.room.rowBytes ?? 0), list: 0)
    }

    // MARK: - Changelog

    /// Writes the entries changed since the last flush.
    @inlinable
    mutating func writeChanges(to changelog: ChangelogWriter) throws {
        let changes = changed
        changed.removeAll(keepingCapacity: true)
        for change in changes {
            let place = place(of: change.timestamp, change.keyBytes)
            var content: Bytes?
            if let disk, isOnDisk(change.timestamp, change.keyBytes) {
                content = try self.content(change.timestamp, change.keyBytes, on: disk)
            } else if place < entries.count, entries[place].timestamp == change.timestamp,
                entries[place].keyBytes == change.keyBytes, !entries[place].values.isEmpty
            {
                content = try WaitingRecords.values(entries[place].values, isLeft: isLeft, valueSerde)
            }
            try changelog.write(
                WaitingRecords.key(change.timestamp, isLeft: isLeft, change.keyBytes), .bytes, content, .bytes,
                timestamp: change.changedAt)
        }
        if let disk { tidy(disk) }
    }

    @inlinable
    mutating func restore(_ keyBytes: Bytes, _ timestamp: Int64, _ content: Bytes?, changedAt: Int64) throws {
        if let disk { return try restore(keyBytes, timestamp, content, changedAt: changedAt, on: disk) }
        _ = remove(keyBytes, timestamp)
        guard let content else { return }
        let (bytes, isOlder) = try WaitingRecords.readValues(content, isLeft: isLeft)
        let values = try bytes.map { bytes in
            let value = try valueSerde.decode(bytes)
            return valueSerde.detach?(value) ?? value
        }
        guard !values.isEmpty else { return }
        insert(try keySerde.decode(keyBytes), keyBytes, timestamp, values)
        // Written anew, as it is now.
        if isOlder { note(timestamp, keyBytes, at: timestamp) }
    }
}
