import KafkaProtocol

/// How a grouped stream or table goes through its repartition topic: Kafka Streams' `Grouped`.
///
/// ```swift
/// orders.groupBy(Grouped(name: "by-region", key: .string)) { _, order in order?.region }
/// ```
public struct Grouped<Key, Value>: StepOptions, Sendable {
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
}

extension Grouped {
    /// Grouping through a repartition topic called `name`-repartition.
    public static func named(_ name: Named) -> Grouped { Grouped().named(name) }
    /// Grouping with a serde for the new keys.
    public static func key(_ serde: Serde<Key>) -> Grouped { Grouped().key(serde) }
    /// Grouping with a serde for the values.
    public static func value(_ serde: Serde<Value>) -> Grouped { Grouped().value(serde) }

    /// The same through a repartition topic called `name`-repartition.
    public func named(_ name: Named) -> Grouped { with(\.name, name) }
    /// The same with a serde for the new keys.
    public func key(_ serde: Serde<Key>) -> Grouped { with(\.key, serde) }
    /// The same with a serde for the values.
    public func value(_ serde: Serde<Value>) -> Grouped { with(\.value, serde) }
}
