import KafkaProtocol

/// How `repartition` sends a stream through a topic: Kafka Streams' `Repartitioned`.
///
/// ```swift
/// orders.repartition(Repartitioned(name: "spread", partitions: 12))
/// ```
public struct Repartitioned<Key, Value>: StepOptions, Sendable {
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

extension Repartitioned {
    /// Repartitioning through a topic called `name`-repartition.
    public static func named(_ name: Named) -> Repartitioned { Repartitioned().named(name) }
    /// Repartitioning with a serde for its keys.
    public static func key(_ serde: Serde<Key>) -> Repartitioned { Repartitioned().key(serde) }
    /// Repartitioning with a serde for its values.
    public static func value(_ serde: Serde<Value>) -> Repartitioned { Repartitioned().value(serde) }
    /// Repartitioning to so many partitions.
    public static func partitions(_ partitions: Int32) -> Repartitioned { Repartitioned().partitions(partitions) }
    /// Repartitioning to partitions that `partitioner` chooses.
    public static func partitioner(_ partitioner: StreamPartitioner<Key, Value>) -> Repartitioned { Repartitioned().partitioner(partitioner) }

    /// The same through a topic called `name`-repartition.
    public func named(_ name: Named) -> Repartitioned { with(\.name, name) }
    /// The same with a serde for its keys.
    public func key(_ serde: Serde<Key>) -> Repartitioned { with(\.key, serde) }
    /// The same with a serde for its values.
    public func value(_ serde: Serde<Value>) -> Repartitioned { with(\.value, serde) }
    /// The same with so many partitions.
    public func partitions(_ partitions: Int32) -> Repartitioned { with(\.partitions, partitions) }
    /// The same with partitions that `partitioner` chooses.
    public func partitioner(_ partitioner: StreamPartitioner<Key, Value>) -> Repartitioned { with(\.partitioner, partitioner) }
}
