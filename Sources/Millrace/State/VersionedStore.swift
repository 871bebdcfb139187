public import KafkaProtocol

/// A value as it was from a time on: what a versioned store gives.
@frozen
public struct VersionedValue<Value> {
    /// The value.
    public let value: Value
    /// When it came to be, in milliseconds since the epoch.
    public let timestamp: Int64
    /// When the next one came, exclusive; nil for the latest.
    public let validTo: Int64?

    /// A value of that time.
    @inlinable
    public init(_ value: Value, timestamp: Int64, validTo: Int64?) {
        self.value = value
        self.timestamp = timestamp
        self.validTo = validTo
    }
}

extension VersionedValue: Sendable where Value: Sendable {}
extension VersionedValue: Equatable where Value: Equatable {}

/// A table in memory that keeps for each key what it was at earlier times: all versions that were valid within the
/// history retention before the store's stream time (the largest timestamp put), and the latest whatever its age.
///
/// The changelog has a record for each version, in the order in which they were put: the key, the value (none where there was
/// nothing from then on), the time. So it must not be compacted as long as the history is to be kept
/// (`min.compaction.lag.ms`). What compaction leaves in the end is the record that came last: after a version that is not the
/// latest, the latest is written again.
@usableFromInline
final class VersionedStore<Key: Hashable & Sendable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let retentionMs: Int64
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline var table: KeyTable<Key, Row>
    @usableFromInline var streamTime: Int64 = -1
    @usableFromInline var lastSweep: Int64 = 0
    /// How many versions were put since then: rows stay, so a sweep must pay for itself however short the history is.
    @usableFromInline var putsSinceSweep = 0

    @usableFromInline
    struct Version {
        @usableFromInline let timestamp: Int64
        /// Nil from when on there was nothing.
        @usableFromInline let value: Value?
        @usableFromInline init(timestamp: Int64, value: Value?) {
            self.timestamp = timestamp
            self.value = value
        }
    }

    /// The versions of a key in order of their times.
    @usableFromInline
    struct Row {
        @usableFromInline var versions: [Version] = []
        @usableFromInline init() {}

        /// How many versions are of that time or earlier.
        @inlinable
        func count(through time: Int64) -> Int {
            var low = 0
            var high = versions.count
            if high > 0, versions[high - 1].timestamp <= time { return high }
            while low < high {
                let middle = (low + high) / 2
                if versions[middle].timestamp <= time { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, retentionMs: Int64, changelog: ChangelogWriter?
    ) {
        self.name = name
        self.keySerde = key
        table = KeyTable(KeyIdentity(key))
        self.valueSerde = value
        self.retentionMs = retentionMs
        self.changelog = changelog
    }

    /// The latest value of `key`.
    @inlinable
    func get(_ key: Key) -> VersionedValue<Value>? { get(key, asOf: .max) }

    /// The value that `key` had at a time; nil if that is before the history kept, unless it is the latest.
    @inlinable
    func get(_ key: Key, asOf time: Int64) -> VersionedValue<Value>? {
        guard let number = table.find(key), let row = table.rows[number]?.row else { return nil }
        let count = row.count(through: time)
        guard count > 0, let value = row.versions[count - 1].value else { return nil }
        let isLatest = count == row.versions.count
        guard isLatest || time >= streamTime.saturatingSubtract(retentionMs) else { return nil }
        return VersionedValue(
            value, timestamp: row.versions[count - 1].timestamp,
            validTo: isLatest ? nil : row.versions[count].timestamp)
    }

    /// Sets what `key` is from a time on, until its next version. Says whether that is its latest version; nil if the
    /// time is before the history kept, and nothing was changed.
    @inlinable
    func put(_ key: Key, _ value: Value?, timestamp: Int64) throws -> Bool? {
        guard let isLatest = set(key, value, timestamp: timestamp) else { return nil }
        guard let changelog else { return isLatest }
        try changelog.write(key, keySerde, value, valueSerde, timestamp: timestamp)
        if !isLatest, let latest = table.find(key).flatMap({ table.rows[$0]?.row.versions.last }) {
            try changelog.write(key, keySerde, latest.value, valueSerde, timestamp: latest.timestamp)
        }
        return isLatest
    }

    /// As `put`, in the table alone.
    @inlinable
    func set(_ key: Key, _ value: Value?, timestamp: Int64) -> Bool? {
        if timestamp > streamTime {
            streamTime = timestamp
            let isDue = streamTime.saturatingSubtract(lastSweep) > retentionMs
            if isDue, putsSinceSweep >= table.rows.count / 2 { sweep() }
        }
        putsSinceSweep += 1
        guard timestamp >= streamTime.saturatingSubtract(retentionMs) else { return nil }
        let number = table.findOrInsert(key, detach: keySerde.detach) { Row() }
        expire(number)
        return insert(number, value, timestamp)
    }

    /// When the first version of `key` after a time came to be, the word that there is nothing included.
    @inlinable
    func nextVersion(of key: Key, after time: Int64) -> Int64? {
        guard let number = table.find(key), let row = table.rows[number]?.row else { return nil }
        let count = row.count(through: time)
        return count < row.versions.count ? row.versions[count].timestamp : nil
    }

    @inlinable
    func insert(_ number: Int, _ value: Value?, _ timestamp: Int64) -> Bool {
        let kept: Value? = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        let version = Version(timestamp: timestamp, value: kept)
        let count = table.rows[number]?.row.count(through: timestamp) ?? 0
        if count > 0, table.rows[number]?.row.versions[count - 1].timestamp == timestamp {
            table.rows[number]?.row.versions[count - 1] = version
            return count == table.rows[number]?.row.versions.count
        }
        table.rows[number]?.row.versions.insert(version, at: count)
        return count + 1 == table.rows[number]?.row.versions.count
    }

    /// Removes the versions of a row that were over before the history kept.
    @inlinable
    func expire(_ number: Int) {
        let limit = streamTime.saturatingSubtract(retentionMs)
        guard let row = table.rows[number]?.row else { return }
        // One that has been replaced by then, or the word that there is nothing.
        var count = max(0, row.count(through: limit) - 1)
        if count + 1 == row.versions.count, row.versions[count].value == nil, row.versions[count].timestamp < limit {
            count += 1
        }
        if count > 0 { table.rows[number]?.row.versions.removeFirst(count) }
    }

    @usableFromInline
    func sweep() {
        lastSweep = streamTime
        putsSinceSweep = 0
        for number in table.rows.indices where table.rows[number] != nil {
            expire(number)
            if table.rows[number]?.row.versions.isEmpty == true { table.remove(number) }
        }
    }

    @usableFromInline var rowIdentity: RowIdentity { .keyAndTime(history: retentionMs) }

    /// Does nothing: each version is written when it is put.
    @inlinable
    func flush() {}

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        _ = set(try keySerde.decode(key), try value.map { try valueSerde.decode($0) }, timestamp: timestamp)
    }
}
