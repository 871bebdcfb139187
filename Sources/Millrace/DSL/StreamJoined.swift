import KafkaProtocol

/// How two streams are joined: Kafka Streams' `StreamJoined`.
///
/// ```swift
/// orders.join(
///     payments, within: .difference(.minutes(5)), StreamJoined(name: "paid", storeName: "paid").logging(false)
/// ) { _, order, payment in "\(order) \(payment)" }
/// ```
public struct StreamJoined<Key, Value, Other>: StepOptions, Sendable {
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

    /// The same with changelog topics or without.
    public func logging(_ isOn: Bool) -> StreamJoined { with(\.changelog, StoreChangelog(isEnabled: isOn)) }

    /// The same with changelog topics that have these settings.
    public func logging(config: [String: String]) -> StreamJoined { with(\.changelog, StoreChangelog(config: config)) }
}

extension StreamJoined {
    /// A join called `name`.
    public static func named(_ name: Named) -> StreamJoined { StreamJoined().named(name) }
    /// A join whose stores are called after `name`.
    public static func storeNamed(_ name: String) -> StreamJoined { StreamJoined().storeNamed(name) }
    /// A join with a serde for the keys.
    public static func key(_ serde: Serde<Key>) -> StreamJoined { StreamJoined().key(serde) }
    /// A join with a serde for this stream's values.
    public static func value(_ serde: Serde<Value>) -> StreamJoined { StreamJoined().value(serde) }
    /// A join with a serde for the other stream's values.
    public static func otherValue(_ serde: Serde<Other>) -> StreamJoined { StreamJoined().otherValue(serde) }

    /// The same, called `name`.
    public func named(_ name: Named) -> StreamJoined { with(\.name, name) }
    /// The same with stores that are called after `name`.
    public func storeNamed(_ name: String) -> StreamJoined { with(\.storeName, name) }
    /// The same with a serde for the keys.
    public func key(_ serde: Serde<Key>) -> StreamJoined { with(\.key, serde) }
    /// The same with a serde for this stream's values.
    public func value(_ serde: Serde<Value>) -> StreamJoined { with(\.value, serde) }
    /// The same with a serde for the other stream's values.
    public func otherValue(_ serde: Serde<Other>) -> StreamJoined { with(\.otherValue, serde) }
}
