public import KafkaProtocol

/// Which rows of the left table of a foreign-key join refer to which key of the right one.
@usableFromInline
final class SubscriptionStore<ForeignKey: Hashable & Sendable, Key: Hashable & Sendable>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let foreignKeySerde: Serde<ForeignKey>
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline var table: KeyTable<ForeignKey, Row>

    /// The left keys that refer to a right key, in order of their bytes.
    @usableFromInline
    struct Row {
        @usableFromInline var entries: [Entry] = []
        @usableFromInline init() {}
    }

    @usableFromInline
    struct Entry {
        @usableFromInline let keyBytes: Bytes
        @usableFromInline let key: Key
        @usableFromInline var subscriber: Subscriber
        @usableFromInline init(keyBytes: Bytes, key: Key, subscriber: Subscriber) {
            self.keyBytes = keyBytes
            self.key = key
            self.subscriber = subscriber
        }
    }

    @inlinable
    init(name: String, foreignKey: Serde<ForeignKey>, key: Serde<Key>, changelog: ChangelogWriter?) {
        self.name = name
        self.foreignKeySerde = foreignKey
        table = KeyTable(KeyIdentity(foreignKey))
        self.keySerde = key
        self.changelog = changelog
    }

    /// The rows that refer to `foreignKey`, in order of their keys' bytes.
    @inlinable
    func subscribers(of foreignKey: ForeignKey) -> [Entry] {
        table.find(foreignKey).flatMap { table.rows[$0]?.row.entries } ?? []
    }

    /// Notes that the row `key` refers to `foreignKey`; a nil `subscriber` that it does not any more.
    @inlinable
    func put(_ foreignKey: ForeignKey, _ key: Key, _ subscriber: Subscriber?, timestamp: Int64) throws {
        let bytes = try keySerde.bytes(of: key)
        guard set(foreignKey, key, bytes, subscriber), let changelog else { return }
        let foreignBytes = try foreignKeySerde.bytes(of: foreignKey)
        var writer = ByteWriter(capacity: foreignBytes.count + bytes.count + 4)
        writer.write(UInt32(foreignBytes.count))
        foreignBytes.withUnsafeBytes { writer.write(raw: $0) }
        bytes.withUnsafeBytes { writer.write(raw: $0) }
        try changelog.write(writer.finish(), .bytes, subscriber, Subscriber.serde, timestamp: timestamp)
    }

    /// Says whether anything was changed.
    @inlinable
    func set(_ foreignKey: ForeignKey, _ key: Key, _ bytes: Bytes, _ subscriber: Subscriber?) -> Bool {
        if subscriber == nil, table.find(foreignKey) == nil { return false }
        let number = table.findOrInsert(foreignKey, detach: foreignKeySerde.detach) { Row() }
        guard let row = table.rows[number]?.row else { return false }
        var low = 0
        var high = row.entries.count
        while low < high {
            let middle = (low + high) / 2
            if row.entries[middle].keyBytes < bytes { low = middle + 1 } else { high = middle }
        }
        let isThere = low < row.entries.count && row.entries[low].keyBytes == bytes
        switch (subscriber, isThere) {
        case (let subscriber?, true): table.rows[number]?.row.entries[low].subscriber = subscriber
        case (let subscriber?, false):
            table.rows[number]?.row.entries.insert(
                Entry(keyBytes: bytes, key: keySerde.detach?(key) ?? key, subscriber: subscriber), at: low)
        case (nil, true):
            table.rows[number]?.row.entries.remove(at: low)
            if table.rows[number]?.row.entries.isEmpty == true { table.remove(number) }
        case (nil, false): return false
        }
        return true
    }

    /// Does nothing: each change is written when it is made.
    @inlinable
    func flush() {}

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        var reader = ByteReader(key)
        let foreignKey = try foreignKeySerde.decode(try reader.readSlice(Int(try reader.read(UInt32.self))))
        let bytes = try reader.readSlice(reader.remaining).detached()
        _ = set(foreignKey, try keySerde.decode(bytes), bytes, try value.map { try Subscriber.serde.decode($0) })
    }
}

/// A row of the left table that refers to a right key: a hash of what it was then, nil for a deleted one, and the
/// partition that answers go to.
@usableFromInline
struct Subscriber: Sendable {
    @usableFromInline let hash: RowHash?
    @usableFromInline let partition: Int32

    @usableFromInline init(hash: RowHash?, partition: Int32) {
        self.hash = hash
        self.partition = partition
    }

    @usableFromInline static let serde = Serde<Subscriber>(
        encode: { subscriber, writer in subscriber.write(to: &writer) },
        decode: { try $0.reading { try Subscriber(&$0) } })

    @usableFromInline
    func write(to writer: inout ByteWriter) {
        writer.write(partition)
        writer.write((hash == nil ? 0 : 1) as UInt8)
        if let hash {
            writer.write(hash.high)
            writer.write(hash.low)
        }
    }

    @usableFromInline
    init(_ reader: inout ByteReader) throws {
        partition = try reader.read(Int32.self)
        hash =
            try reader.read(UInt8.self) == 0
            ? nil : RowHash(high: try reader.read(UInt64.self), low: try reader.read(UInt64.self))
    }
}
