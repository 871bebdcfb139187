import KafkaProtocol

/// How a topic is written: Kafka Streams' `Produced`.
///
/// ```swift
/// totals.to("totals", Produced(partitioner: StreamPartitioner { record, count in regionNumber(record.key) % count }))
/// ```
public struct Produced<Key, Value>: StepOptions, Sendable {
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

extension Produced {
    /// A topic written with a serde for its keys.
    public static func key(_ serde: Serde<Key>) -> Produced { Produced().key(serde) }
    /// A topic written with a serde for its values.
    public static func value(_ serde: Serde<Value>) -> Produced { Produced().value(serde) }
    /// A topic whose partitions `partitioner` chooses.
    public static func partitioner(_ partitioner: StreamPartitioner<Key, Value>) -> Produced { Produced().partitioner(partitioner) }
    /// A topic written with a policy for records that cannot be written.
    public static func onBadRecord(_ policy: BadRecordPolicy) -> Produced { Produced().onBadRecord(policy) }
    /// A topic written by a step called `name`.
    public static func named(_ name: Named) -> Produced { Produced().named(name) }

    /// The same with a serde for its keys.
    public func key(_ serde: Serde<Key>) -> Produced { with(\.key, serde) }
    /// The same with a serde for its values.
    public func value(_ serde: Serde<Value>) -> Produced { with(\.value, serde) }
    /// The same with partitions that `partitioner` chooses.
    public func partitioner(_ partitioner: StreamPartitioner<Key, Value>) -> Produced { with(\.partitioner, partitioner) }
    /// The same with a policy for records that cannot be written.
    public func onBadRecord(_ policy: BadRecordPolicy) -> Produced { with(\.onBadRecord, policy) }
    /// The same by a step called `name`.
    public func named(_ name: Named) -> Produced { with(\.name, name) }
}
