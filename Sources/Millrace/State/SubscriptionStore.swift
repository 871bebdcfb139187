public import KafkaProtocol

/// Which rows of the left table of a foreign-key join refer to which key of the right one.
@usableFromInline
final class SubscriptionStore<ForeignKey: Hashable & Sendable, Key: Hashable & Sendable>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let foreignKeySerde: Serde<ForeignKey>
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let subscriptionSerde: Serde<Subscription<Key>>
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
        @usableFromInline var subscription: Subscription<Key>
        @usableFromInline init(keyBytes: Bytes, subscription: Subscription<Key>) {
            self.keyBytes = keyBytes
            self.subscription = subscription
        }
    }

    @inlinable
    init(name: String, foreignKey: Serde<ForeignKey>, key: Serde<Key>, changelog: ChangelogWriter?) {
        self.name = name
        self.foreignKeySerde = foreignKey
        table = KeyTable(KeyIdentity(foreignKey))
        self.keySerde = key
        subscriptionSerde = Subscription.serde(key)
        self.changelog = changelog
    }

    /// The rows that refer to `foreignKey`, in order of their keys' bytes.
    @inlinable
    func subscribers(of foreignKey: ForeignKey) -> [Entry] {
        table.find(foreignKey).flatMap { table.rows[$0]?.row.entries } ?? []
    }

    /// Notes that the row `key` refers to `foreignKey`; a nil `subscription` that it does not any more.
    @inlinable
    func put(_ foreignKey: ForeignKey, _ key: Key, _ subscription: Subscription<Key>?, timestamp: Int64) throws {
        let bytes = try keySerde.bytes(of: key)
        guard set(foreignKey, bytes, subscription), let changelog else { return }
        let foreignBytes = try foreignKeySerde.bytes(of: foreignKey)
        var writer = ByteWriter(capacity: foreignBytes.count + bytes.count + 4)
        writer.write(Int32(clamping: foreignBytes.count))
        writer.write(raw: foreignBytes)
        writer.write(raw: bytes)
        try changelog.write(writer.finish(), .bytes, subscription, subscriptionSerde, timestamp: timestamp)
    }

    /// Says whether anything was changed.
    @inlinable
    func set(_ foreignKey: ForeignKey, _ bytes: Bytes, _ subscription: Subscription<Key>?) -> Bool {
        if subscription == nil, table.find(foreignKey) == nil { return false }
        let number = table.findOrInsert(foreignKey, detach: foreignKeySerde.detach) { Row() }
        guard let row = table.rows[number]?.row else { return false }
        var low = 0
        var high = row.entries.count
        while low < high {
            let middle = (low + high) / 2
            if row.entries[middle].keyBytes < bytes { low = middle + 1 } else { high = middle }
        }
        let isThere = low < row.entries.count && row.entries[low].keyBytes == bytes
        switch (subscription.map(detached), isThere) {
        case (let subscription?, true): table.rows[number]?.row.entries[low].subscription = subscription
        case (let subscription?, false):
            table.rows[number]?.row.entries.insert(Entry(keyBytes: bytes, subscription: subscription), at: low)
        case (nil, true):
            table.rows[number]?.row.entries.remove(at: low)
            if table.rows[number]?.row.entries.isEmpty == true { table.remove(number) }
        case (nil, false): return false
        }
        return true
    }

    /// A subscription whose key is fit to be kept.
    @inlinable
    func detached(_ subscription: Subscription<Key>) -> Subscription<Key> {
        guard let detach = keySerde.detach else { return subscription }
        return Subscription(
            instruction: subscription.instruction, key: detach(subscription.key), hash: subscription.hash,
            partition: subscription.partition)
    }

    /// Does nothing: each change is written when it is made.
    @inlinable
    func flush() {}

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        var reader = ByteReader(key)
        let foreignKey = try foreignKeySerde.decode(try reader.readSlice(Int(try reader.read(Int32.self))))
        let bytes = try reader.readSlice(reader.remaining).detached()
        _ = set(foreignKey, bytes, try value.map { try subscriptionSerde.decode($0) })
    }
}
