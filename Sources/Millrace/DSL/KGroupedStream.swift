import KafkaProtocol

extension KStream {
    /// Groups the stream by its key. If the key was changed by a step before, an aggregate goes through a repartition
    /// topic. Records with a null key are left out.
    ///
    /// ```swift
    /// clicks.groupByKey().count()
    /// // ("a", "x"), ("a", "y"), (nil, "z")  ->  ("a", 1), ("a", 2)
    /// ```
    @inlinable
    public func groupByKey(_ options: Grouped<Key, Value> = Grouped()) -> KGroupedStream<Key, Value>
    where Key: Hashable {
        KGroupedStream(
            builder: builder, node: node, name: options.name,
            key: builder.serde(options.key ?? keySerde, for: "keys", of: options.name?.name ?? node),
            value: options.value ?? valueSerde, sources: sources, isRekeyed: isRekeyed)
    }

    /// Groups the stream by a new key; an aggregate goes through a repartition topic. Records for which `select` gives
    /// no key are left out; it is asked about null keys and values, too.
    ///
    /// ```swift
    /// words.groupBy { _, word in word }.count()
    /// // ("1", "x"), ("2", "y"), ("3", "x")  ->  ("x", 1), ("y", 1), ("x", 2)
    /// ```
    @inlinable
    public func groupBy<NewKey: Hashable & Sendable>(
        _ options: Grouped<NewKey, Value> = Grouped(),
        _ select: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> NewKey?
    ) -> KGroupedStream<NewKey, Value> {
        let selected = selectKey(key: options.key, named: options.name, select)
        return KGroupedStream(
            builder: builder, node: selected.node, name: options.name,
            key: builder.serde(options.key, for: "keys", of: selected.node), value: options.value ?? valueSerde,
            sources: sources, isRekeyed: true)
    }
}

/// A stream grouped by key, ready to be windowed or aggregated. Kafka Streams' `KGroupedStream`.
///
/// Each record that an aggregate takes in makes a change of its row, which goes downstream at once or, with a cache
/// (the application's `cacheBytes`), as the latest of its key with the next commit. Records are taken in whatever their
/// timestamps: nothing is late without windows. A row's timestamp is the largest of its records', its headers are those
/// of the last one. The store keeps rows until they are deleted.
public struct KGroupedStream<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let builder: StreamsBuilder
    @usableFromInline let node: String
    @usableFromInline let name: Named?
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>?
    @usableFromInline let sources: [TopicReference]
    @usableFromInline let isRekeyed: Bool
    /// The repartition topic, if it has a name: all aggregates of the grouped stream share it.
    @usableFromInline let shared = SharedRepartitioning()

    @usableFromInline init(
        builder: StreamsBuilder, node: String, name: Named?, key: Serde<Key>, value: Serde<Value>?,
        sources: [TopicReference], isRekeyed: Bool
    ) {
        self.builder = builder
        self.node = node
        self.name = name
        self.keySerde = key
        self.valueSerde = value
        self.sources = sources
        self.isRekeyed = isRekeyed
    }

    /// The node to read grouped records from: the stream's own, or the source of a repartition topic.
    @inlinable
    func grouped(store: String, step: String) -> (node: String, sources: [TopicReference]) {
        guard isRekeyed else { return (node, sources) }
        if name != nil, let made = shared.made {
            builder.useUpRepartitionNames()
            return (made.source, [made.topic])
        }
        let (source, topic) = builder.addRepartitioning(
            prefix: name?.name ?? store, partitions: nil, parent: node, keySerde,
            builder.serde(valueSerde, for: "values", of: step))
        shared.made = (source, topic)
        return (source, [topic])
    }

    /// The table of how many records each key has. Records with a null key or value are not counted.
    ///
    /// ```swift
    /// clicks.groupByKey().count(.as("clicks"))
    /// // ("a", "x"), ("a", "y"), ("a", nil), ("b", "z")  ->  ("a", 1), ("a", 2), ("b", 1)
    /// ```
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), named: Named? = nil
    ) -> KTable<Key, Int64> {
        // Kafka Streams uses up a number here, for names to stay as they were in its first releases.
        if materialized.name == nil { _ = builder.newName("KSTREAM-AGGREGATE-STATE-STORE-") }
        return aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: .int64, named: named, initial: { 0 },
            first: { _, _ in 1 }, next: { _, _, count in count &+ 1 })
    }

    /// The table of each key's values folded into one: the first value as it is, then what `reduce` makes of the value
    /// so far and the new one; nil deletes. Records with a null key or value are left out.
    ///
    /// ```swift
    /// texts.groupByKey().reduce { soFar, text in soFar + text }
    /// // ("a", "x"), ("a", "y"), ("a", nil)  ->  ("a", "x"), ("a", "xy")
    /// ```
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil,
        _ reduce: @escaping @Sendable (_ soFar: Value, _ value: Value) throws -> Value?
    ) -> KTable<Key, Value> {
        aggregate(
            function: "KSTREAM-REDUCE-", materialized, value: valueSerde, named: named, initial: nil,
            first: { _, value in value }, next: { _, value, soFar in try reduce(soFar, value) })
    }

    /// The table of each key's values folded into an aggregate, which starts from `initial`; nil deletes it, and the
    /// next record starts anew. Records with a null key or value are left out.
    ///
    /// ```swift
    /// texts.groupByKey().aggregate(0 as Int64) { _, text, sum in sum + Int64(text.count) }
    /// // ("a", "x"), ("a", "yz")  ->  ("a", 1), ("a", 3)
    /// ```
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: nil, named: named, initial: initial,
            first: { key, value in try add(key, value, initial()) }, next: add)
    }

    @inlinable
    func aggregate<Aggregate: Sendable>(
        function: String, _ materialized: Materialized<Key, Aggregate>, value serde: Serde<Aggregate>?, named: Named?,
        initial: (@Sendable () -> Aggregate)?, first: @escaping @Sendable (Key, Value) throws -> Aggregate?,
        next: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        let store = materialized.name ?? builder.newName("\(function)STATE-STORE-")
        let name = builder.name(named, or: function)
        let valueSerde = builder.serde(materialized.value ?? serde, for: "aggregates", of: name)
        let keySerde = materialized.key ?? self.keySerde
        if materialized.historyRetentionMs != nil { builder.versionedFault(of: name) }
        let (parent, sources) = grouped(store: store, step: name)
        let state = TableState(store: store, isMaterialized: true)
        builder.add {
            let sendsOld = state.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) {
                try $0.installAggregate(
                    name: name, store: store, isCached: materialized.isCached, sendsOld: sendsOld, initial: initial,
                    first: first, next: next)
            }
        }
        builder.addStore { .keyValue(store, key: keySerde, value: valueSerde, changelog: materialized.changelog, materialized.store) }
        return KTable(builder: builder, node: name, key: keySerde, value: valueSerde, sources: sources, state: state)
    }
}

/// A repartition topic that several steps read, once it is made.
@usableFromInline
final class SharedRepartitioning {
    @usableFromInline var made: (source: String, topic: TopicReference)?
    @usableFromInline init() {}
}
