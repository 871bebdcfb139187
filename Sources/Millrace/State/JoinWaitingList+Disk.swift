public import KafkaProtocol

/// Waiting records of which the first are in memory, those up to the horizon. They go to disk with each flush, what comes after
/// them at once.
extension JoinWaitingList {
    /// About how many entries are in memory, at least; before a flush cuts them to that, twice as many.
    @usableFromInline
    func mostInMemory(_ disk: DiskRows) -> Int { max(16, min(1 << 20, disk.room.allowed / 4) / disk.room.rowBytes) }

    /// Whether the entry of a time and key is on disk alone, or would be.
    @inlinable
    func isOnDisk(_ timestamp: Int64, _ keyBytes: Bytes) -> Bool {
        guard let horizon else { return false }
        return timestamp > horizon.timestamp || (timestamp == horizon.timestamp && !(keyBytes < horizon.keyBytes))
    }

    /// Makes sure that two entries are in memory, if there are two.
    @inlinable
    mutating func fill() throws {
        guard let disk, entries.count - start - gone < 2, let horizon else { return }
        let most = mostInMemory(disk)
        let from = RowBounds(from: horizon.timestamp < 0 ? nil : rowKey(horizon.timestamp, horizon.keyBytes))
        self.horizon = nil
        let cursor = try disk.scan(from, isReversed: false)
        var count = 0
        while try disk.advance(cursor) {
            let (timestamp, _, keyBytes) = try WaitingRecords.readKey(Bytes(copying: cursor.key))
            if count == most {
                self.horizon = (timestamp, keyBytes)
                return
            }
            let values = try decode(Bytes(copying: try DiskRows.split(cursor.value).value))
            entries.append(
                Entry(timestamp: timestamp, keyBytes: keyBytes, key: try keySerde.decode(keyBytes), values: values))
            count += 1
        }
        lastOnDisk = nil
    }

    @inlinable
    func decode(_ content: Bytes) throws -> [Value] {
        try WaitingRecords.readValues(content, isLeft: isLeft).values.map { bytes in
            let value = try valueSerde.decode(bytes)
            return valueSerde.detach?(value) ?? value
        }
    }

    @usableFromInline
    func rowKey(_ timestamp: Int64, _ keyBytes: Bytes) -> Bytes { WaitingRecords.key(timestamp, isLeft: isLeft, keyBytes) }

    /// Leaves the first entries in memory. All are as they are on disk.
    @usableFromInline
    mutating func tidy(_ disk: DiskRows) {
        let most = mostInMemory(disk)
        guard entries.count - start - gone > 2 * most else { return }
        entries.removeAll { $0.values.isEmpty }
        (start, gone) = (0, 0)
        guard most < entries.count else { return }
        if horizon == nil { lastOnDisk = entries.last?.timestamp }
        horizon = (entries[most].timestamp, entries[most].keyBytes)
        entries.removeLast(entries.count - most)
    }

    // MARK: - Beyond the horizon

    /// The values of an entry as they are on disk.
    @usableFromInline
    func content(_ timestamp: Int64, _ keyBytes: Bytes, on disk: DiskRows) throws -> Bytes? {
        try rowKey(timestamp, keyBytes).withUnsafeBytes { key throws(any Error) -> Bytes? in
            try disk.get(key).map { Bytes(copying: $0.value) }
        }
    }

    @usableFromInline
    func put(_ content: Bytes?, _ timestamp: Int64, _ keyBytes: Bytes, isNew: Bool, on disk: DiskRows) throws {
        try rowKey(timestamp, keyBytes).withUnsafeBytes { key throws(any Error) -> Void in
            guard let content else { return try disk.put(key, nil, timestamp: timestamp, isNew: false) }
            try content.withUnsafeBytes { content throws(any Error) -> Void in
                try disk.put(key, content, timestamp: timestamp, isNew: isNew)
            }
        }
    }

    @inlinable
    mutating func append(_ value: Value, _ timestamp: Int64, _ keyBytes: Bytes, on disk: DiskRows) throws {
        let found = try content(timestamp, keyBytes, on: disk)
        let values = try found.map { try decode($0) } ?? []
        let content = try WaitingRecords.values(values + [value], isLeft: isLeft, valueSerde)
        try put(content, timestamp, keyBytes, isNew: found == nil, on: disk)
        if let last = lastOnDisk { lastOnDisk = max(last, timestamp) }
    }

    @usableFromInline
    mutating func remove(_ timestamp: Int64, _ keyBytes: Bytes, on disk: DiskRows) throws -> Bool {
        guard try content(timestamp, keyBytes, on: disk) != nil else { return false }
        try put(nil, timestamp, keyBytes, isNew: false, on: disk)
        if timestamp == lastOnDisk { lastOnDisk = nil }
        return true
    }

    /// The time of the last entry beyond the horizon.
    @usableFromInline
    mutating func findLastOnDisk() throws -> Int64? {
        if let lastOnDisk { return lastOnDisk }
        guard let disk, let horizon else { return nil }
        let from = RowBounds(from: horizon.timestamp < 0 ? nil : rowKey(horizon.timestamp, horizon.keyBytes))
        lastOnDisk = try time(of: disk.scan(from, isReversed: true), on: disk)
        // There are none any more.
        if lastOnDisk == nil { self.horizon = nil }
        return lastOnDisk
    }

    /// The time of the first entry beyond the horizon of that time or a later one.
    @usableFromInline
    func timeOnDisk(notBefore time: Int64) throws -> Int64? {
        guard let disk, let horizon else { return nil }
        let isAfter = time > horizon.timestamp
        let from = isAfter ? rowKey(time, Bytes()) : rowKey(horizon.timestamp, horizon.keyBytes)
        return try self.time(of: disk.scan(RowBounds(from: from), isReversed: false), on: disk)
    }

    private func time(of cursor: any RowCursor, on disk: DiskRows) throws -> Int64? {
        try disk.advance(cursor) ? WaitingRecords.readKey(Bytes(copying: cursor.key)).timestamp : nil
    }

    /// Puts a row of the changelog back; one in an older layout is written anew with the next flush.
    @inlinable
    mutating func restore(
        _ keyBytes: Bytes, _ timestamp: Int64, _ content: Bytes?, changedAt: Int64, on disk: DiskRows
    ) throws {
        let row = rowKey(timestamp, keyBytes)
        guard let content else { return try disk.restore(row, nil, timestamp: changedAt) }
        let (values, isOlder) = try WaitingRecords.readValues(content, isLeft: isLeft)
        try disk.restore(
            row, isOlder ? WaitingRecords.values(values, isLeft: isLeft, .bytes) : content, timestamp: changedAt)
        if isOlder { note(timestamp, keyBytes, at: timestamp) }
    }
}
