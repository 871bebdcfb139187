import KafkaProtocol

/// How two streams are joined: Kafka Streams' `StreamJoined`.
///
/// ```swift
/// orders.join(
///     payments, within: .difference(.minutes(5)), StreamJoined(name: "paid", storeName: "paid").logging(false)
/// ) { _, order, payment in "\(order) \(payment)" }
/// ```
public struct StreamJoined<Key, Value, Other>: Sendable {
    /// The name of the join, and the base of its repartition topics'; nil for generated ones.
    public var name: Named?
    /// The base of the names of the stores; nil for generated ones.
    public var storeName: String?
    /// The serde of the keys; nil for the one the stream has.
    public var key: Serde<Key>?
    /// The serde of this stream's values; nil for the one the stream has.
    public var value: Serde<Value>?
    /// The serde of the other stream's values; nil for the one the stream has.
    public var otherValue: Serde<Other>?
    /// Whether the stores have changelog topics, and their settings.
    public var changelog = StoreChangelog()

    /// A join with these settings.
    public init(
        name: Named? = nil, storeName: String? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil,
        otherValue: Serde<Other>? = nil
    ) {
        self.name = name
        self.storeName = storeName
        self.key = key
        self.value = value
        self.otherValue = otherValue
    }

    /// A join called `name`.
    public static func named(_ name: Named) -> StreamJoined { StreamJoined(name: name) }

    /// The same with changelog topics or without.
    public func logging(_ isOn: Bool) -> StreamJoined {
        var copy = self
        copy.changelog = StoreChangelog(isEnabled: isOn)
        return copy
    }

    /// The same with changelog topics that have these settings.
    public func logging(config: [String: String]) -> StreamJoined {
        var copy = self
        copy.changelog = StoreChangelog(config: config)
        return copy
    }
}
