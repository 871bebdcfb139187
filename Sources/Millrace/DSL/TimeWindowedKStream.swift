import KafkaProtocol

/// A stream grouped by key and time window. Kafka Streams' `TimeWindowedKStream`.
///
/// Records with a null key are left out, and of those with a null value all but `count`; the `Nullable` forms take them in, as
/// Kafka Streams does. A record is late for the windows that have
/// closed by stream time, and dropped if it is late for all of its windows. An aggregate's event time is the largest
/// timestamp of its records. A store keeps a window until stream time is its retention after the window's start: by
/// default as long as the window is open.
///
/// ```swift
/// let perMinute = clicks.groupByKey().windowedBy(TimeWindows.tumbling(.minutes(1), grace: .seconds(10))).count()
/// ```
public struct TimeWindowedKStream<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let grouped: KGroupedStream<Key, Value>
    @usableFromInline let windows: TimeWindowing
    @usableFromInline var isOnClose = false
    @usableFromInline var takesNulls = true

    @usableFromInline init(grouped: KGroupedStream<Key, Value>, windows: TimeWindowing) {
        self.grouped = grouped
        self.windows = windows
    }

    /// The same with results sent when `strategy` says, in place of at every update. Kafka Streams' `emitStrategy`
    /// (KIP-825). Give the store a retention longer than the default with `.onWindowClose`; see there.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(10))).emitStrategy(.onWindowClose)
    ///     .count(Materialized(retention: .days(1)))
    /// // "a" at 1 s, 3 s, "b" at 12 s  ->  a@0/10000: 2, when "b" comes
    /// ```
    @inlinable
    public func emitStrategy(_ strategy: EmitStrategy) -> Self {
        var copy = self
        copy.isOnClose = strategy.isOnClose
        return copy
    }

    /// The table of how many records each key has in each window, those with null values included.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(TimeWindows.hopping(.seconds(10), advance: .seconds(5))).count()
    /// // "a" at 7 s  ->  a@0/10000: 1, a@5000/15000: 1
    /// ```
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), named: Named? = nil
    ) -> KTable<Windowed<Key>, Int64> {
        if materialized.name == nil { _ = grouped.builder.newName("KSTREAM-AGGREGATE-STATE-STORE-") }
        return aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: .int64, named: named, initial: { 0 },
            first: { _, _ in 1 }, next: { _, _, count in count &+ 1 })
    }

    /// The table of each key's values folded into one within each window: the first value as it is, then what `reduce`
    /// makes of the value so far and the new one; a nil result deletes the window's row.
    ///
    /// ```swift
    /// prices.groupByKey().windowedBy(TimeWindows.tumbling(.hours(1))).reduce { high, price in max(high, price) }
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
            function: "KSTREAM-REDUCE-", materialized, value: grouped.valueSerde, named: named, initial: nil,
            first: { _, value in value }, next: { _, value, soFar in try reduce(soFar, value) })
    }

    /// The table of each key's values folded into an aggregate within each window, from `initial`; nil deletes it.
    ///
    /// ```swift
    /// trades.groupByKey().windowedBy(TimeWindows.tumbling(.hours(1)))
    ///     .aggregate(0 as Int64, .as("hourly-volume")) { _, trade, volume in volume + trade.volume }
    /// ```
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        withoutNulls.aggregateNullable(initial(), materialized, named: named) { key, value, aggregate in
            guard let value else { return aggregate }
            return try add(key, value, aggregate)
        }
    }

    /// As `aggregate`, with null values taken in as nil.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(TimeWindows.tumbling(.hours(1)))
    ///     .aggregateNullable(0 as Int64) { _, click, nulls in click == nil ? nulls + 1 : nulls }
    /// ```
    @inlinable
    public func aggregateNullable<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: nil, named: named, initial: initial,
            first: { key, value in try add(key, value, initial()) }, next: add)
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
        initial: (@Sendable () -> Aggregate)?, first: @escaping @Sendable (Key, Value?) throws -> Aggregate?,
        next: @escaping @Sendable (Key, Value?, Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let builder = grouped.builder
        let store = materialized.name ?? builder.newName("\(function)STATE-STORE-")
        let name = builder.name(named, or: function)
        let aggregation = WindowAggregation(
            store: store, windowing: windows, isOnClose: isOnClose, materialized: materialized,
            key: materialized.key ?? grouped.keySerde,
            value: builder.serde(materialized.value ?? serde, for: "aggregates", of: name))
        if let fault = aggregation.fault { builder.fault("step \(name): \(fault)") }
        let (parent, sources) = grouped.grouped(store: store, step: name)
        let state = TableState(store: store, isMaterialized: true)
        aggregation.addStep(
            name, parent: parent, to: builder, state: state, takesNulls: takesNulls, initial: initial, first: first,
            next: next)
        aggregation.addStore(to: builder)
        return aggregation.table(name, builder: builder, sources: sources, state: state)
    }
}
