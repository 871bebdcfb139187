import KafkaProtocol

/// A table's rows grouped by a new key, ready to be aggregated: rows are taken out of an aggregate as they change or
/// go, and put in as they come. Kafka Streams' `KGroupedTable`.
///
/// Rows always go through a repartition topic, as pairs of what they were and are. A change within a group is one
/// change of the aggregate (out, then in), a move between groups is two. Of a versioned table only the latest change of
/// a row counts. An aggregate's timestamp is the largest of its rows' changes; its store keeps it until it is deleted.
public struct KGroupedTable<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let builder: StreamsBuilder
    @usableFromInline let node: String
    @usableFromInline let name: Named?
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    /// The repartition topic, if it has a name: all aggregates of the grouped table share it.
    @usableFromInline let shared = SharedRepartitioning()

    @usableFromInline init(
        builder: StreamsBuilder, node: String, name: Named?, key: Serde<Key>, value: Serde<Value>
    ) {
        self.builder = builder
        self.node = node
        self.name = name
        self.keySerde = key
        self.valueSerde = value
    }

    /// The table of how many rows each group has; a group that has lost all of them stays, with 0. `named` is the name of
    /// the aggregate and the base of those of the steps that write and read the repartition topic.
    ///
    /// ```swift
    /// cities.groupBy { name, city in KeyValue(city, name) }.count()
    /// // ("ann", "Rome"), ("eve", "Rome"), ("ann", "Oslo")  ->  Rome 1, Rome 2, Rome 1, Oslo 1
    /// ```
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), named: Named? = nil
    ) -> KTable<Key, Int64> {
        aggregate(
            function: "KTABLE-AGGREGATE-", materialized, value: .int64, named: named, first: { _, _ in 1 },
            add: { _, _, count in count &+ 1 }, subtract: { _, _, count in count &- 1 })
    }

    /// The table of each group's values folded into one: `add` takes in the value of a row that came, `subtract` takes
    /// out that of a row that went. The first value is taken as it is; a nil deletes the group's row.
    ///
    /// ```swift
    /// payments.groupBy { _, payment in KeyValue(payment.region, payment.amount) }
    ///     .reduce(add: { $0 + $1 }, subtract: { $0 - $1 })
    /// ```
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil,
        add: @escaping @Sendable (_ soFar: Value, _ value: Value) throws -> Value?,
        subtract: @escaping @Sendable (_ soFar: Value, _ value: Value) throws -> Value?
    ) -> KTable<Key, Value> {
        aggregate(
            function: "KTABLE-REDUCE-", materialized, value: valueSerde, named: named, first: { _, value in value },
            add: { _, value, soFar in try add(soFar, value) },
            subtract: { _, value, soFar in try subtract(soFar, value) })
    }

    /// The table of each group's values folded into an aggregate that starts from `initial`: `add` takes in the value
    /// of a row that came, `subtract` takes out that of a row that went. A nil aggregate is deleted.
    ///
    /// ```swift
    /// cities.groupBy { name, city in KeyValue(city, name) }
    ///     .aggregate(0 as Int64, add: { $2 + Int64($1.count) }, subtract: { $2 - Int64($1.count) })
    /// // ("ann", "Rome"), ("eve", "Rome"), ("ann", "Oslo")  ->  Rome 3, Rome 6, Rome 3, Oslo 3
    /// ```
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        add: @escaping @Sendable (_ key: Key, _ value: Value, _ aggregate: Aggregate) throws -> Aggregate?,
        subtract: @escaping @Sendable (_ key: Key, _ value: Value, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        aggregate(
            function: "KTABLE-AGGREGATE-", materialized, value: nil, named: named,
            first: { key, value in try add(key, value, initial()) }, add: add, subtract: subtract)
    }

    @inlinable
    func aggregate<Aggregate: Sendable>(
        function: String, _ materialized: Materialized<Key, Aggregate>, value serde: Serde<Aggregate>?, named: Named?,
        first: @escaping @Sendable (Key, Value) throws -> Aggregate?,
        add: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?,
        subtract: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        // Kafka Streams names the stores of all aggregates so.
        let store = materialized.name ?? builder.newName("KTABLE-AGGREGATE-STATE-STORE-")
        let sink = builder.name(named.map { "\($0)-sink" }, or: "KSTREAM-SINK-")
        let own = builder.name(named.map { "\($0)-source" }, or: "KSTREAM-SOURCE-")
        let name = builder.name(named, or: function)
        let aggregateSerde = builder.serde(materialized.value ?? serde, for: "aggregates", of: name)
        let topic = TopicReference("\(self.name?.name ?? store)-repartition", isInternal: true)
        let changes = Serde<Change<Value>>.change(valueSerde)
        if materialized.historyRetentionMs != nil { builder.versionedFault(of: name) }
        let keySerde = self.keySerde
        let source = self.name == nil ? own : shared.made?.source ?? own
        if source == own {
            builder.addSink(sink, topic, parent: node, keySerde, changes, nil)
            builder.addRepartition(RepartitionDefinition(topic: topic, partitions: nil))
            builder.addSource(source, [topic], keySerde, changes, nil, .earliest)
            shared.made = (source, topic)
        }
        let state = TableState(store: store, isMaterialized: true)
        builder.add {
            let sendsOld = state.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [source], stores: [store]) {
                try $0.installTableAggregate(
                    name: name, store: store, isCached: materialized.isCached, sendsOld: sendsOld, first: first,
                    add: add, subtract: subtract)
            }
        }
        builder.addStore { .keyValue(store, key: keySerde, value: aggregateSerde, changelog: materialized.changelog, materialized.store) }
        return KTable(
            builder: builder, node: name, key: keySerde, value: aggregateSerde, sources: [topic], state: state)
    }
}
