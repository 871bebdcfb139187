public import KafkaProtocol

/// Which rows of the left table of a foreign-key join refer to which key of the right one: a row for each reference, whose key
/// is that of the changelog (the right key's length and bytes, then the left key's), so that those of a right key stand together.
@usableFromInline
final class SubscriptionStore<ForeignKey: Hashable & Sendable, Key: Hashable & Sendable>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let foreignKeySerde: Serde<ForeignKey>
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let subscriptionSerde: Serde<Subscription<Key>>
    @usableFromInline let changelog: ChangelogWriter?
    /// The rows, unless they are on disk, where all of them are.
    @usableFromInline let table = RowTable<Subscription<Key>>()
    @usableFromInline let disk: DiskRows?

    @inlinable
    init(name: String, foreignKey: Serde<ForeignKey>, key: Serde<Key>, changelog: ChangelogWriter?) {
        self.name = name
        self.foreignKeySerde = foreignKey
        self.keySerde = key
        subscriptionSerde = Subscription.serde(key)
        self.changelog = changelog
        disk = changelog?.disk as? DiskRows
    }

    /// What the keys of all references to `foreignKey` begin with.
    @usableFromInline
    func prefix(of foreignKey: ForeignKey) throws -> Bytes {
        let bytes = try foreignKeySerde.bytes(of: foreignKey)
        var writer = ByteWriter(capacity: bytes.count + 4)
        writer.write(Int32(clamping: bytes.count))
        writer.write(raw: bytes)
        return writer.finish()
    }

    /// Calls `body` with the references to `foreignKey`, in order of the left keys' bytes.
    @inlinable
    func forEachSubscriber(of foreignKey: ForeignKey, _ body: (Subscription<Key>) throws -> Void) throws {
        let bounds = RowBounds(prefix: try prefix(of: foreignKey))
        if let disk {
            let cursor = try disk.scan(bounds, isReversed: false)
            while try disk.advance(cursor) {
                try body(try subscriptionSerde.decode(copying: try DiskRows.split(cursor.value).value))
            }
        } else {
            let scan = RowScan(table, bounds, isReversed: false)
            while let ref = scan.nextRef() { if let subscription = table[ref] { try body(subscription) } }
        }
    }

    /// Notes that the row `key` refers to `foreignKey`; a nil `subscription` that it does not any more.
    @inlinable
    func put(_ foreignKey: ForeignKey, _ key: Key, _ subscription: Subscription<Key>?, timestamp: Int64) throws {
        var writer = ByteWriter(capacity: 64)
        writer.write(raw: try prefix(of: foreignKey))
        writer.write(raw: try keySerde.bytes(of: key))
        let place = writer.finish()
        try place.withUnsafeBytes { bytes throws(any Error) -> Void in
            let isThere = if let disk { try disk.get(bytes) != nil } else { table.find(bytes) != nil }
            guard isThere || subscription != nil else { return }
            if disk == nil { try set(bytes, subscription) }
            try changelog?.write(key: bytes, subscription, subscriptionSerde, timestamp: timestamp, isNew: !isThere)
        }
    }

    @inlinable
    func set(_ place: UnsafeRawBufferPointer, _ subscription: Subscription<Key>?) throws {
        if let subscription {
            table[try table.findOrInsert(place)] = detached(subscription)
        } else if let ref = table.find(place) {
            table.remove(ref)
        }
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

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? SubscriptionStore, disk == nil, other.disk == nil else { return false }
        table.takeRows(of: other.table)
        return true
    }

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        var reader = ByteReader(key)
        _ = try foreignKeySerde.decode(try reader.readSlice(Int(try reader.read(Int32.self))))
        let subscription = try value.map { try subscriptionSerde.decode($0) }
        if let disk { return try disk.restore(key, value, timestamp: timestamp) }
        try key.withUnsafeBytes { key throws(any Error) -> Void in try set(key, subscription) }
    }
}
