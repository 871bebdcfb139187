import KafkaProtocol

/// A stream grouped by key and session. Kafka Streams' `SessionWindowedKStream`.
///
/// A record joins the sessions within the gap of it, which become one: the old ones are deleted (a tombstone each)
/// and the merged one is written under its new bounds; a record that changes no bounds updates without a deletion.
/// A session is late once its end is before stream time less gap and grace: a record that would be one of its own, or
/// only join late ones, is dropped. Nulls are as in `TimeWindowedKStream`. A result's timestamp is its session's
/// end. The store keeps a session until stream time is its retention, by default gap plus grace, after its end.
public struct SessionWindowedKStream<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let grouped: KGroupedStream<Key, Value>
    @usableFromInline let windows: SessionWindows
    @usableFromInline var isOnClose = false
    @usableFromInline var takesNulls = true

    @usableFromInline init(grouped: KGroupedStream<Key, Value>, windows: SessionWindows) {
        self.grouped = grouped
        self.windows = windows
    }

    /// The same with results sent when `strategy` says, in place of at every update. On close, a session that was
    /// merged into another never comes out.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.minutes(30))).emitStrategy(.onWindowClose)
    ///     .count(Materialized(retention: .days(1)))
    /// ```
    @inlinable
    public func emitStrategy(_ strategy: EmitStrategy) -> Self {
        var copy = self
        copy.isOnClose = strategy.isOnClose
        return copy
    }

    /// The table of how many records each session has, those with null values included.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.minutes(30))).count(.as("visits"))
    /// ```
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), named: Named? = nil
    ) -> KTable<Windowed<Key>, Int64> {
        if materialized.name == nil { _ = grouped.builder.newName("KSTREAM-AGGREGATE-STATE-STORE-") }
        return aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: .int64, named: named, initial: { 0 },
            add: { _, _, count in (count ?? 0) &+ 1 }, merge: { _, a, b in (a ?? 0) &+ (b ?? 0) })
    }

    /// The table of each session's values folded into one: the first as it is, then what `reduce` makes of the value so
    /// far and the new one, or of the values of two sessions that a record brings together. A nil deletes the session.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.minutes(30))).reduce { first, _ in first }
    /// ```
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil,
        _ reduce: @escaping @Sendable (_ soFar: Value, _ value: Value) throws -> Value?
    ) -> KTable<Windowed<Key>, Value> {
        withoutNulls.reduceNullable(materialized, named: named) { soFar, value in
            guard let value else { return soFar }
            return try reduce(soFar, value)
        }
    }

    /// As `reduce`, with null values taken in as nil.
    @inlinable
    public func reduceNullable(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil,
        _ reduce: @escaping @Sendable (_ soFar: Value, _ value: Value?) throws -> Value?
    ) -> KTable<Windowed<Key>, Value> {
        aggregate(
            function: "KSTREAM-REDUCE-", materialized, value: grouped.valueSerde, named: named, initial: { nil },
            add: { _, value, soFar in if let soFar { try reduce(soFar, value) } else { value } },
            merge: { _, a, b in
                guard let a else { return b }
                return try reduce(a, b)
            })
    }

    /// The table of each session's values folded into an aggregate, from `initial`; `merge` joins the aggregates of
    /// sessions that a record brings together, `initial` among them. A nil from `add` deletes the session.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.minutes(30)))
    ///     .aggregate([] as [String]) { _, page, path in path + [page] } merge: { _, a, b in a + b }
    /// ```
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value, _ aggregate: Aggregate) throws -> Aggregate?,
        merge: @escaping @Sendable (_ key: Key, _ first: Aggregate, _ second: Aggregate) throws -> Aggregate
    ) -> KTable<Windowed<Key>, Aggregate> {
        withoutNulls.aggregateNullable(initial(), materialized, named: named) { key, value, aggregate in
            guard let value, let aggregate else { return aggregate }
            return try add(key, value, aggregate)
        } merge: { key, a, b in
            guard let a, let b else { return a ?? b }
            return try merge(key, a, b)
        }
    }

    /// As `aggregate`, with null values taken in as nil, and aggregates that may be nil: `merge` gets and gives what Kafka
    /// Streams' `Merger` does.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.minutes(30))).aggregateNullable(0) { _, click, nulls in
    ///     (nulls ?? 0) + (click == nil ? 1 : 0)
    /// } merge: { _, a, b in (a ?? 0) + (b ?? 0) }
    /// ```
    @inlinable
    public func aggregateNullable<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate?) throws -> Aggregate?,
        merge: @escaping @Sendable (_ key: Key, _ first: Aggregate?, _ second: Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: nil, named: named, initial: { initial() }, add: add,
            merge: merge)
    }

    /// The same for records with a value only.
    @usableFromInline var withoutNulls: Self {
        var copy = self
        copy.takesNulls = false
        return copy
    }

    @inlinable
    func aggregate<Aggregate: Sendable>(
        function: String, _ materialized: Materialized<Key, Aggregate>, value serde: Serde<Aggregate>?, named: Named?,
        initial: @escaping @Sendable () -> Aggregate?,
        add: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?,
        merge: @escaping @Sendable (Key, Aggregate?, Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let builder = grouped.builder
        let store = materialized.name ?? builder.newName("\(function)STATE-STORE-")
        let name = builder.name(named, or: function)
        let aggregation = SessionAggregation(
            store: store, windows: windows, isOnClose: isOnClose, materialized: materialized,
            key: materialized.key ?? grouped.keySerde,
            value: builder.serde(materialized.value ?? serde, for: "aggregates", of: name), merge: merge)
        if let fault = aggregation.fault { builder.fault("step \(name): \(fault)") }
        let (parent, sources) = grouped.grouped(store: store, step: name)
        let state = TableState(store: store, isMaterialized: true)
        aggregation.addStep(
            name, parent: parent, to: builder, state: state, takesNulls: takesNulls, initial: initial, add: add)
        aggregation.addStore(to: builder)
        return aggregation.table(name, builder: builder, sources: sources, state: state)
    }
}
