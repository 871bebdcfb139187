import KafkaProtocol

/// How a table's state is kept: Kafka Streams' `Materialized`.
public struct Materialized<Key, Value>: Sendable {
    /// The store's name; nil for a generated one. A named store keeps its changelog when steps are added before it.
    public var name: String?
    /// The serde of keys; nil for the one the step has.
    public var key: Serde<Key>?
    /// The serde of values; nil for the type's own.
    public var value: Serde<Value>?
    /// How long windowed stores keep a window after its start, in milliseconds; nil for size plus grace.
    public var retentionMs: Int64?
    /// How long a versioned store keeps what rows were, in milliseconds; nil for a store without history.
    public var historyRetentionMs: Int64?
    /// Whether changes go to a changelog topic, from which the store is restored.
    public var isLogged: Bool
    /// Whether updates of a key between two commits may be collapsed before they go downstream.
    public var isCached: Bool

    /// A store with these settings; without arguments, one with a generated name.
    public init(
        as name: String? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil, retention: Duration? = nil,
        logged: Bool = true, cached: Bool = true
    ) {
        self.name = name
        self.key = key
        self.value = value
        self.retentionMs = retention?.milliseconds
        self.isLogged = logged
        self.isCached = cached
    }

    /// A store called `name`.
    public static func `as`(_ name: String) -> Materialized { Materialized(as: name) }
    /// A store with a serde for its values.
    public static func value(_ serde: Serde<Value>) -> Materialized { Materialized(value: serde) }
}

/// How a grouped stream or table goes through its repartition topic: Kafka Streams' `Grouped`.
public struct Grouped<Key, Value>: Sendable {
    /// The base of the repartition topic's name; nil for that of the store.
    public var name: String?
    /// The serde of the new keys; nil for the type's own.
    public var key: Serde<Key>?
    /// The serde of the values; nil for the one the stream has.
    public var value: Serde<Value>?

    /// Grouping with these settings.
    public init(name: String? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil) {
        self.name = name
        self.key = key
        self.value = value
    }

    /// Grouping with a serde for the new keys.
    public static func key(_ serde: Serde<Key>) -> Grouped { Grouped(key: serde) }
    /// Grouping through a repartition topic called `name`-repartition.
    public static func named(_ name: String) -> Grouped { Grouped(name: name) }
}

/// How `repartition` sends a stream through a topic: Kafka Streams' `Repartitioned`.
public struct Repartitioned<Key, Value>: Sendable {
    /// The base of the topic's name; nil for a generated one.
    public var name: String?
    /// The serde of the keys; nil for the one the stream has.
    public var key: Serde<Key>?
    /// The serde of the values; nil for the one the stream has.
    public var value: Serde<Value>?
    /// The number of partitions; nil for that of the topics before it.
    public var partitions: Int32?

    /// Repartitioning with these settings.
    public init(name: String? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil, partitions: Int32? = nil) {
        self.name = name
        self.key = key
        self.value = value
        self.partitions = partitions
    }
}

/// Chooses the partition of a written record: Kafka Streams' `StreamPartitioner`.
public struct StreamPartitioner<Key, Value>: Sendable {
    /// Gives the partition, from 0; nil leaves it to the hash of the key's bytes.
    public let partition: @Sendable (_ record: Record<Key, Value>) -> Int32?

    /// A partitioner that calls `partition`.
    public init(_ partition: @escaping @Sendable (_ record: Record<Key, Value>) -> Int32?) {
        self.partition = partition
    }
}
