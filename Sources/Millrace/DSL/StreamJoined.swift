import KafkaProtocol

/// How two streams are joined: Kafka Streams' `StreamJoined`.
public struct StreamJoined<Key, Value, Other>: Sendable {
    /// The name of the join, and the base of its repartition topics'; nil for generated ones.
    public var name: String?
    /// The base of the names of the stores; nil for generated ones.
    public var storeName: String?
    /// The serde of the keys; nil for the one the stream has.
    public var key: Serde<Key>?
    /// The serde of this stream's values; nil for the one the stream has.
    public var value: Serde<Value>?
    /// The serde of the other stream's values; nil for the one the stream has.
    public var otherValue: Serde<Other>?
    /// Whether changes of the stores go to changelog topics.
    public var isLogged: Bool

    /// A join with these settings.
    public init(
        name: String? = nil, storeName: String? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil,
        otherValue: Serde<Other>? = nil, logged: Bool = true
    ) {
        self.name = name
        self.storeName = storeName
        self.key = key
        self.value = value
        self.otherValue = otherValue
        self.isLogged = logged
    }

    /// A join called `name`.
    public static func named(_ name: String) -> StreamJoined { StreamJoined(name: name) }
}
