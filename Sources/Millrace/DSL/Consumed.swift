import KafkaProtocol

/// How a topic is read: Kafka Streams' `Consumed`.
///
/// ```swift
/// let orders = builder.stream(
///     "orders", Consumed(key: .string, value: .json(Order.self), timestamp: byOrderTime, reset: .latest))
/// ```
public struct Consumed<Key, Value>: StepOptions, Sendable {
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

extension Consumed {
    /// A topic read with a serde for its keys.
    public static func key(_ serde: Serde<Key>) -> Consumed { Consumed().key(serde) }
    /// A topic read with a serde for its values.
    public static func value(_ serde: Serde<Value>) -> Consumed { Consumed().value(serde) }
    /// A topic read in the event time that `extractor` takes from its records.
    public static func timestamp(_ extractor: TimestampExtractor<Key, Value>) -> Consumed { Consumed().timestamp(extractor) }
    /// A topic read from there where no offset is committed.
    public static func reset(_ reset: OffsetReset) -> Consumed { Consumed().reset(reset) }
    /// A topic read with a policy for records that cannot be read.
    public static func onBadRecord(_ policy: BadRecordPolicy) -> Consumed { Consumed().onBadRecord(policy) }
    /// A topic read by a step called `name`.
    public static func named(_ name: Named) -> Consumed { Consumed().named(name) }

    /// The same with a serde for its keys.
    public func key(_ serde: Serde<Key>) -> Consumed { with(\.key, serde) }
    /// The same with a serde for its values.
    public func value(_ serde: Serde<Value>) -> Consumed { with(\.value, serde) }
    /// The same in the event time that `extractor` takes from records.
    public func timestamp(_ extractor: TimestampExtractor<Key, Value>) -> Consumed { with(\.timestamp, extractor) }
    /// The same from there where no offset is committed.
    public func reset(_ reset: OffsetReset) -> Consumed { with(\.reset, reset) }
    /// The same with a policy for records that cannot be read.
    public func onBadRecord(_ policy: BadRecordPolicy) -> Consumed { with(\.onBadRecord, policy) }
    /// The same by a step called `name`.
    public func named(_ name: Named) -> Consumed { with(\.name, name) }
}
