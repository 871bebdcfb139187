public import KafkaProtocol

/// A table that keeps for each key what it was at earlier times: all versions that were valid within the
/// history retention before the store's stream time (the largest timestamp put), and the latest whatever its age.
///
/// The changelog has a record for each version, in the order in which they were put: the key, the value (none where there was
/// nothing from then on), the time. So it must not be compacted as long as the history is to be kept
/// (`min.compaction.lag.ms`). What compaction leaves in the end is the record that came last: after a version that is not the
/// latest, the latest is written again.
///
/// On disk a version is in the segment of the time at which it is over (`until`), and goes with it.
@usableFromInline
final class VersionedStore<Key: Hashable & Sendable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let rows: TimedRows<Key, Version>

    @usableFromInline
    struct Version: TimedEntry {
        @usableFromInline let timestamp: Int64
        /// Nil from when on there was nothing.
        @usableFromInline let value: Value?
        @inlinable init(timestamp: Int64, value: Value?) {
            self.timestamp = timestamp
            self.value = value
        }
        @inlinable var time: EntryTime { EntryTime(timestamp) }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, retentionMs: Int64, changelog: ChangelogWriter?
    ) {
        self.name = name
        self.valueSerde = value
        self.changelog = changelog
        rows = TimedRows(key, retentionMs: retentionMs, changelog?.disk) {
            guard let kind = $2.first else { throw SerdeError("a version on disk of no bytes") }
            let bytes = UnsafeRawBufferPointer(rebasing: $2.dropFirst())
            return Version(timestamp: $0.time, value: kind == 0 ? nil : try value.decode(copying: bytes))
        }
    }

    /// The latest value of `key`.
    @inlinable
    func get(_ key: Key) -> VersionedValue<Value>? { get(key, asOf: .max) }

    /// The value that `key` had at a time; nil if that is before the history kept, unless it is the latest.
    @inlinable
    func get(_ key: Key, asOf time: Int64) -> VersionedValue<Value>? {
        guard let ref = rows.find(key) else { return nil }
        let row = rows.entries(ref).pointee
        let next = row.place(after: .last(of: time))
        guard next > row.start, let value = row[next - 1].value else { return nil }
        let isLatest = next == row.end
        guard isLatest || time >= rows.limit else { return nil }
        return VersionedValue(
            value, timestamp: row[next - 1].timestamp, validTo: isLatest ? nil : row[next].timestamp)
    }

    /// When the first version of `key` after a time came to be, the word that there is nothing included.
    @inlinable
    func nextVersion(of key: Key, after time: Int64) -> Int64? {
        guard let ref = rows.find(key) else { return nil }
        let row = rows.entries(ref).pointee
        let next = row.place(after: .last(of: time))
        return next < row.end ? row[next].timestamp : nil
    }

    /// Sets what `key` is from a time on, until its next version. Says whether that is its latest version; nil if the
    /// time is before the history kept, and nothing was changed.
    @inlinable
    func put(_ key: Key, _ value: Value?, timestamp: Int64) throws -> Bool? {
        guard let ref = try rows.keys.withBytes(key, { try admit($0, timestamp) }) else { return nil }
        let isLatest = try insert(ref, value, timestamp)
        guard let changelog else { return isLatest }
        try changelog.write(key: rows.table.key(ref), value, valueSerde, timestamp: timestamp)
        let row = rows.entries(ref).pointee
        if !isLatest, row.end > row.start {
            let latest = row[row.end - 1]
            try changelog.write(key: rows.table.key(ref), latest.value, valueSerde, timestamp: latest.timestamp)
        }
        return isLatest
    }

    /// The row that takes a version of that time; nil if it is before the history kept.
    @inlinable
    func admit(_ key: UnsafeRawBufferPointer, _ timestamp: Int64) throws -> UInt32? {
        rows.advance(to: timestamp, expire)
        guard timestamp >= rows.limit else { return nil }
        let ref = try rows.findOrInsert(bytes: key)
        expire(ref)
        return ref
    }

    @inlinable
    func insert(_ ref: UInt32, _ value: Value?, _ timestamp: Int64) throws -> Bool {
        let kept: Value? = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        let version = Version(timestamp: timestamp, value: kept)
        let entries = rows.entries(ref)
        let place = entries.pointee.place(of: version.time)
        let isThere = place < entries.pointee.end && entries.pointee[place].timestamp == timestamp
        if let disk = rows.disk { try put(version, at: place, of: ref, replaces: isThere, on: disk) }
        if isThere {
            entries.pointee[place] = version
        } else {
            entries.pointee.insert(version, at: place)
        }
        return place + 1 == entries.pointee.end
    }

    /// Puts a version on disk before it is in its row, and the one before it, which is over with it.
    @inlinable @inline(never)
    func put(_ version: Version, at place: Int, of ref: UInt32, replaces: Bool, on disk: DiskEntries) throws {
        let row = rows.entries(ref).pointee
        let next = replaces ? place + 1 : place
        let end = next < row.end ? row[next].timestamp : nil
        try put(version, of: ref, until: end, before: replaces ? until(row[place], end) : nil, on: disk)
        guard !replaces, place > row.start else { return }
        try put(row[place - 1], of: ref, until: version.timestamp, before: until(row[place - 1], end), on: disk)
    }

    @inlinable
    func put(_ version: Version, of ref: UInt32, until end: Int64?, before: Int64?, on disk: DiskEntries) throws {
        let scratch = disk.context.scratch
        scratch.writer.removeAll()
        scratch.writer.write(version.value != nil)
        do {
            if let value = version.value { try valueSerde.encode(value, &scratch.writer) }
        } catch {
            throw ChangelogWriter.failure(error)
        }
        try scratch.writer.withUnsafeBytes { bytes throws(any Error) -> Void in
            try disk.put(rows.table.key(ref), version.time, until: until(version, end), before: before, bytes)
        }
    }

    /// When a version is over, with the time of the next one: the latest is never, but for the word that there is nothing.
    @inlinable
    func until(_ version: Version, _ next: Int64?) -> Int64 { next ?? (version.value == nil ? version.timestamp : .max) }

    /// Removes the versions of a row that were over before the history kept.
    @inlinable
    func expire(_ ref: UInt32) {
        let limit = rows.limit
        let row = rows.entries(ref).pointee
        // One that has been replaced by then, or the word that there is nothing.
        var first = max(row.start, row.place(after: .last(of: limit)) - 1)
        if first + 1 == row.end, row[first].value == nil, row[first].timestamp < limit { first += 1 }
        if first > row.start { rows.entries(ref).pointee.removeFirst(upTo: first) }
    }

    @usableFromInline var rowIdentity: RowIdentity { .keyAndTime(history: rows.retentionMs) }

    /// Each version is written when it is put: those that are over go.
    @inlinable
    func flush() throws { if let disk = rows.disk { try rows.flushed(disk) } }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? VersionedStore else { return false }
        return rows.takeRows(of: other.rows)
    }

    @inlinable
    func begin() {
        guard let disk = rows.disk, let found = disk.context.stored({ try disk.foundProgress() }) ?? nil else { return }
        rows.streamTime = max(rows.streamTime, found.time)
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        try rows.keys.check(key)
        let decoded = try value.map { try valueSerde.decode($0) }
        let ref = try key.withUnsafeBytes { key throws(any Error) in try admit(key, timestamp) }
        if let ref { _ = try insert(ref, decoded, timestamp) }
        rows.disk?.progress.time = rows.streamTime
    }
}
