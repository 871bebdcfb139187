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
@usableFromInline
final class VersionedStore<Key: Hashable & Sendable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let versionKeySerde: Serde<VersionKey>
    @usableFromInline let contentSerde: Serde<VersionContent>
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
        self.versionKeySerde = VersionKey.serde(key)
        self.contentSerde = VersionContent.serde(value)
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
        if timestamp > streamTime {
            streamTime = timestamp
            let isDue = streamTime.saturatingSubtract(lastSweep) > retentionMs
            if isDue, putsSinceSweep >= table.rows.count / 2 { try sweep() }
        }
        putsSinceSweep += 1
        guard timestamp >= streamTime.saturatingSubtract(retentionMs) else { return nil }
        let number = table.findOrInsert(key, detach: keySerde.detach) { Row() }
        try expire(number)
        let isLatest = insert(number, value, timestamp)
        try changelog?.write(
            VersionKey(key: key, timestamp: timestamp), versionKeySerde, VersionContent(value: value), contentSerde,
            timestamp: timestamp)
        return isLatest
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
    func expire(_ number: Int) throws {
        let limit = streamTime.saturatingSubtract(retentionMs)
        guard let slot = table.rows[number] else { return }
        // One that has been replaced by then, or the word that there is nothing.
        var count = max(0, slot.row.count(through: limit) - 1)
        if count + 1 == slot.row.versions.count, slot.row.versions[count].value == nil,
            slot.row.versions[count].timestamp < limit
        {
            count += 1
        }
        guard count > 0 else { return }
        if let changelog {
            for version in slot.row.versions[..<count] {
                try changelog.write(
                    VersionKey(key: slot.key, timestamp: version.timestamp), versionKeySerde,
                    nil as VersionContent?, contentSerde, timestamp: streamTime)
            }
        }
        table.rows[number]?.row.versions.removeFirst(count)
    }

    @usableFromInline
    func sweep() throws {
        lastSweep = streamTime
        putsSinceSweep = 0
        for number in table.rows.indices where table.rows[number] != nil {
            try expire(number)
            if table.rows[number]?.row.versions.isEmpty == true { table.remove(number) }
        }
    }

    /// Does nothing: each version is written when it is put.
    @inlinable
    func flush() {}

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        let key = try versionKeySerde.decode(key)
        guard let value else {
            if let number = table.find(key.key) {
                table.rows[number]?.row.versions.removeAll { $0.timestamp == key.timestamp }
            }
            return
        }
        streamTime = max(streamTime, key.timestamp)
        let content = try contentSerde.decode(value)
        let number = table.findOrInsert(key.key, detach: keySerde.detach) { Row() }
        _ = insert(number, content.value, key.timestamp)
    }
}

extension VersionedStore {
    /// The key of a version in the changelog: the key's bytes and the time. (Kafka's has the key alone, and keeps
    /// versions by not compacting for a while; here changelogs may be compacted at any time.)
    @usableFromInline
    struct VersionKey {
        @usableFromInline let key: Key
        @usableFromInline let timestamp: Int64
        @usableFromInline init(key: Key, timestamp: Int64) {
            self.key = key
            self.timestamp = timestamp
        }

        @usableFromInline static func serde(_ inner: Serde<Key>) -> Serde<VersionKey> {
            let (encode, decode) = (inner.encode, inner.decode)
            return Serde(
                encode: { version, writer in
                    try encode(version.key, &writer)
                    writer.write(version.timestamp)
                },
                decode: { bytes in
                    guard bytes.count >= 8 else { throw SerdeError("a version key of \(bytes.count) bytes") }
                    let split = bytes.count - 8
                    return VersionKey(
                        key: try decode(bytes[0..<split]),
                        timestamp: try bytes[split..<bytes.count].reading { try $0.read(Int64.self) })
                })
        }
    }

    /// What a version is in the changelog: a byte that says whether there is a value, and the value.
    @usableFromInline
    struct VersionContent {
        @usableFromInline let value: Value?
        @usableFromInline init(value: Value?) { self.value = value }

        @usableFromInline static func serde(_ inner: Serde<Value>) -> Serde<VersionContent> {
            let (encode, decode) = (inner.encode, inner.decode)
            return Serde(
                encode: { content, writer in
                    writer.write((content.value == nil ? 0 : 1) as UInt8)
                    if let value = content.value { try encode(value, &writer) }
                },
                decode: { bytes in
                    guard !bytes.isEmpty else { throw SerdeError("a version without content") }
                    return VersionContent(value: bytes[0] == 0 ? nil : try decode(bytes[1..<bytes.count]))
                })
        }
    }
}
