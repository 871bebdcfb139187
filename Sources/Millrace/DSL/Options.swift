import KafkaProtocol

/// Whether changes of a store go to a changelog topic, from which the store is restored, and settings of that topic.
public struct StoreChangelog: Sendable, Hashable {
    /// Whether there is a changelog topic. A store without one is empty after a restart.
    public var isEnabled: Bool
    /// Settings of the topic by their names on the broker. They go before Millrace's own (`cleanup.policy=compact`) and
    /// count when the topic is created.
    public var config: [String: String]

    /// A changelog, or none.
    public init(isEnabled: Bool = true, config: [String: String] = [:]) {
        self.isEnabled = isEnabled
        self.config = config
    }
}

/// How a topic is read: Kafka Streams' `Consumed`.
///
/// ```swift
/// let orders = builder.stream(
///     "orders", Consumed(key: .string, value: .json(Order.self), timestamp: byOrderTime, reset: .latest))
/// ```
public struct Consumed<Key, Value>: Sendable {
    /// The serde of keys; nil for the type's own.
    public var key: Serde<Key>?
    /// The serde of values; nil for the type's own.
    public var value: Serde<Value>?
    /// Takes the event time from a record; nil for the record's own timestamp.
    public var timestamp: TimestampExtractor<Key, Value>?
    /// Where to begin on partitions without a committed offset; nil for the application's setting.
    public var reset: OffsetReset?
    /// What happens to records that cannot be read; nil for the application's policy.
    public var onBadRecord: BadRecordPolicy?
    /// The name of the step; nil for a generated one.
    public var name: Named?

    /// Reading with these settings.
    public init(
        key: Serde<Key>? = nil, value: Serde<Value>? = nil, timestamp: TimestampExtractor<Key, Value>? = nil,
        reset: OffsetReset? = nil, onBadRecord: BadRecordPolicy? = nil, name: Named? = nil
    ) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.reset = reset
        self.onBadRecord = onBadRecord
        self.name = name
    }
}

/// How a topic is written: Kafka Streams' `Produced`.
///
/// ```swift
/// totals.to("totals", Produced(partitioner: StreamPartitioner { record, count in regionNumber(record.key) % count }))
/// ```
public struct Produced<Key, Value>: Sendable {
    /// The serde of keys; nil for the one the stream has.
    public var key: Serde<Key>?
    /// The serde of values; nil for the one the stream has.
    public var value: Serde<Value>?
    /// Chooses partitions; nil for the hash of the key's bytes, of a windowed key those of the key inside.
    public var partitioner: StreamPartitioner<Key, Value>?
    /// What happens to records that cannot be written; nil for the application's policy.
    public var onBadRecord: BadRecordPolicy?
    /// The name of the step; nil for a generated one.
    public var name: Named?

    /// Writing with these settings.
    public init(
        key: Serde<Key>? = nil, value: Serde<Value>? = nil, partitioner: StreamPartitioner<Key, Value>? = nil,
        onBadRecord: BadRecordPolicy? = nil, name: Named? = nil
    ) {
        self.key = key
        self.value = value
        self.partitioner = partitioner
        self.onBadRecord = onBadRecord
        self.name = name
    }
}

/// How a grouped stream or table goes through its repartition topic: Kafka Streams' `Grouped`.
///
/// ```swift
/// orders.groupBy(Grouped(name: "by-region", key: .string)) { _, order in order?.region }
/// ```
public struct Grouped<Key, Value>: Sendable {
    /// The name of the step that groups and the base of the repartition topic's; nil for a generated one and the
    /// store's.
    public var name: Named?
    /// The serde of the new keys; nil for the type's own.
    public var key: Serde<Key>?
    /// The serde of the values; nil for the one the stream has.
    public var value: Serde<Value>?

    /// Grouping with these settings.
    public init(name: Named? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil) {
        self.name = name
        self.key = key
        self.value = value
    }

    /// Grouping with a serde for the new keys.
    public static func key(_ serde: Serde<Key>) -> Grouped { Grouped(key: serde) }
    /// Grouping through a repartition topic called `name`-repartition.
    public static func named(_ name: Named) -> Grouped { Grouped(name: name) }
}

/// How `repartition` sends a stream through a topic: Kafka Streams' `Repartitioned`.
///
/// ```swift
/// orders.repartition(Repartitioned(name: "spread", partitions: 12))
/// ```
public struct Repartitioned<Key, Value>: Sendable {
    /// The base of the topic's name; nil for a generated one.
    public var name: Named?
    /// The serde of the keys; nil for the one the stream has.
    public var key: Serde<Key>?
    /// The serde of the values; nil for the one the stream has.
    public var value: Serde<Value>?
    /// The number of partitions; nil for that of the topics before it.
    public var partitions: Int32?
    /// Chooses partitions; nil for the hash of the key's bytes, of a windowed key those of the key inside.
    public var partitioner: StreamPartitioner<Key, Value>?

    /// Repartitioning with these settings.
    public init(
        name: Named? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil, partitions: Int32? = nil,
        partitioner: StreamPartitioner<Key, Value>? = nil
    ) {
        self.name = name
        self.key = key
        self.value = value
        self.partitions = partitions
        self.partitioner = partitioner
    }
}

/// Chooses the partition of a written record: Kafka Streams' `StreamPartitioner`.
public struct StreamPartitioner<Key, Value>: Sendable {
    /// Gives the partition, from 0 to below `count`, the topic's number of partitions; nil leaves it to the hash of the
    /// key's bytes, of a windowed key those of the key inside. A number out of range fails the record.
    public let partition: @Sendable (_ record: Record<Key, Value>, _ count: Int32) -> Int32?

    /// A partitioner that calls `partition`.
    public init(_ partition: @escaping @Sendable (_ record: Record<Key, Value>, _ count: Int32) -> Int32?) {
        self.partition = partition
    }
}
