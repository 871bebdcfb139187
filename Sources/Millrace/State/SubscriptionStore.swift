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
    @usableFromInline let table = RowTable<Subscription<Key>>()

    @inlinable
    init(name: String, foreignKey: Serde<ForeignKey>, key: Serde<Key>, changelog: ChangelogWriter?) {
        self.name = name
        self.foreignKeySerde = foreignKey
        self.keySerde = key
        subscriptionSerde = Subscription.serde(key)
        self.changelog = changelog
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

    /// The references to `foreignKey`, in order of the left keys' bytes.
    @inlinable
    func subscribers(of foreignKey: ForeignKey) throws -> [Subscription<Key>] {
        let scan = RowScan(table, RowBounds(prefix: try prefix(of: foreignKey)), isReversed: false)
        var found: [Subscription<Key>] = []
        while let ref = scan.nextRef() { if let subscription = table[ref] { found.append(subscription) } }
        return found
    }

    /// Notes that the row `key` refers to `foreignKey`; a nil `subscription` that it does not any more.
    @inlinable
    func put(_ foreignKey: ForeignKey, _ key: Key, _ subscription: Subscription<Key>?, timestamp: Int64) throws {
        var writer = ByteWriter(capacity: 64)
        writer.write(raw: try prefix(of: foreignKey))
        writer.write(raw: try keySerde.bytes(of: key))
        let place = writer.finish()
        guard try set(place, subscription) else { return }
        try changelog?.write(place, .bytes, subscription, subscriptionSerde, timestamp: timestamp)
    }

    /// Says whether anything was changed.
    @inlinable
    func set(_ place: Bytes, _ subscription: Subscription<Key>?) throws -> Bool {
        try place.withUnsafeBytes { place throws(any Error) -> Bool in
            if let subscription {
                table[try table.findOrInsert(place)] = detached(subscription)
            } else {
                guard let ref = table.find(place) else { return false }
                table.remove(ref)
            }
            return true
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

    @inlinable
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        var reader = ByteReader(key)
        _ = try foreignKeySerde.decode(try reader.readSlice(Int(try reader.read(Int32.self))))
        _ = try set(key, try value.map { try subscriptionSerde.decode($0) })
    }
}
