import KafkaProtocol

/// How a stream is joined with a table: Kafka Streams' `Joined`.
///
/// ```swift
/// orders.join(prices, Joined(name: "priced", grace: .minutes(1))) { _, order, price in order.amount * price }
/// ```
public struct Joined<Key, Value>: StepOptions, Sendable {
    /// The name of the join, and the base of its repartition topic's; nil for generated ones.
    public var name: Named?
    /// The serde of the keys, for the repartition topic; nil for the one the stream has.
    public var key: Serde<Key>?
    /// The serde of the stream's values, for the repartition topic; nil for the one the stream has.
    public var value: Serde<Value>?
    /// How long stream records wait, in stream time, for updates of a versioned table that come out of order, in
    /// milliseconds; nil for not at all.
    public var graceMs: Int64?

    /// A join with these settings.
    public init(
        name: Named? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil, grace: Duration? = nil
    ) {
        self.graceMs = grace?.milliseconds
        self.name = name
        self.key = key
        self.value = value
    }
}

extension Joined {
    /// A join called `name`.
    public static func named(_ name: Named) -> Joined { Joined().named(name) }
    /// A join with a serde for the keys.
    public static func key(_ serde: Serde<Key>) -> Joined { Joined().key(serde) }
    /// A join with a serde for the stream's values.
    public static func value(_ serde: Serde<Value>) -> Joined { Joined().value(serde) }
    /// A join whose stream records wait in stream time; see `graceMs`.
    public static func grace(_ grace: Duration) -> Joined { Joined().grace(grace) }

    /// The same, called `name`.
    public func named(_ name: Named) -> Joined { with(\.name, name) }
    /// The same with a serde for the keys.
    public func key(_ serde: Serde<Key>) -> Joined { with(\.key, serde) }
    /// The same with a serde for the stream's values.
    public func value(_ serde: Serde<Value>) -> Joined { with(\.value, serde) }
    /// The same with stream records that wait in stream time; see `graceMs`.
    public func grace(_ grace: Duration) -> Joined { with(\.graceMs, grace.milliseconds) }
}

extension KStream {
    /// The stream with its partitions as its key says: itself, or what comes out of a repartition topic if the key was
    /// changed. Joins of one stream share the topic.
    @inlinable
    func partitionedForJoin(
        name: Named?, key: Serde<Key>?, value: Serde<Value>?
    ) -> (node: String, sources: [TopicReference]) {
        guard isRekeyed else { return (node, sources) }
        let prefix = name?.name ?? node
        if let known = builder.joinRepartitioning(of: node, prefix: prefix) {
            builder.useUpRepartitionNames()
            return (known.source, [known.topic])
        }
        let made = builder.addRepartitioning(
            prefix: prefix, partitions: nil, parent: node,
            builder.serde(key ?? keySerde, for: "keys", of: prefix),
            builder.serde(value ?? valueSerde, for: "values", of: prefix))
        builder.setJoinRepartitioning(of: node, prefix: prefix, made)
        return (made.source, [made.topic])
    }
}
