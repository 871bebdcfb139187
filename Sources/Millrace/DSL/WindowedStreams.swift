import KafkaProtocol

extension KGroupedStream {
    /// Groups further by tumbling or hopping windows, which a record is in if its timestamp is.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(10))).count()
    /// // "a" at 1 s, 3 s, 12 s, 4 s (late)  ->  a@0/10000: 1, a@0/10000: 2, a@10000/20000: 1
    /// ```
    @inlinable
    public func windowedBy(_ windows: TimeWindows) -> TimeWindowedKStream<Key, Value> {
        TimeWindowedKStream(grouped: self, windows: .fixed(windows))
    }

    /// Groups further by sliding windows: a window for each set of records that are close together in time.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SlidingWindows.difference(.seconds(10))).count()
    /// // "a" at 20 s  ->  a@10000/20000: 1
    /// // "a" at 25 s  ->  a@20001/30001: 1, a@15000/25000: 2
    /// ```
    @inlinable
    public func windowedBy(_ windows: SlidingWindows) -> TimeWindowedKStream<Key, Value> {
        TimeWindowedKStream(grouped: self, windows: .sliding(windows))
    }

    /// Groups further by a window from a start on that never closes: nothing is late, and the store keeps it for good.
    /// Earlier records are left out.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(UnlimitedWindows(startMs: 5000)).count()
    /// // "a" at 1 s, 7 s, 9 s  ->  a@5000/...: 1, a@5000/...: 2
    /// ```
    @inlinable
    public func windowedBy(_ windows: UnlimitedWindows) -> TimeWindowedKStream<Key, Value> {
        TimeWindowedKStream(grouped: self, windows: .unlimited(windows))
    }

    /// Groups further by sessions: runs of records without a long silence.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.seconds(5), grace: .seconds(10))).count()
    /// // "a" at 1 s, 8 s  ->  a@1000/1000: 1, a@8000/8000: 1
    /// // "a" at 5 s       ->  a@1000/1000: null, a@8000/8000: null, a@1000/8000: 3
    /// ```
    @inlinable
    public func windowedBy(_ windows: SessionWindows) -> SessionWindowedKStream<Key, Value> {
        SessionWindowedKStream(grouped: self, windows: windows)
    }
}

/// A stream grouped by key and time window. Kafka Streams' `TimeWindowedKStream`.
///
/// Aggregates count and take in null values (as `nil`), not null keys. A record is late for the windows that have
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
    /// makes of the value so far and the new one, which may be nil; a nil result deletes the window's row.
    ///
    /// ```swift
    /// prices.groupByKey().windowedBy(TimeWindows.tumbling(.hours(1)))
    ///     .reduce { high, price in max(high, price ?? high) }
    /// ```
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil,
        _ reduce: @escaping @Sendable (_ soFar: Value, _ value: Value?) throws -> Value?
    ) -> KTable<Windowed<Key>, Value> {
        aggregate(
            function: "KSTREAM-REDUCE-", materialized, value: grouped.valueSerde, named: named, initial: nil,
            first: { _, value in value }, next: { _, value, soFar in try reduce(soFar, value) })
    }

    /// The table of each key's values folded into an aggregate within each window, from `initial`; nil deletes it. Null
    /// values are taken in, as nil.
    ///
    /// ```swift
    /// trades.groupByKey().windowedBy(TimeWindows.tumbling(.hours(1)))
    ///     .aggregate(0 as Int64, .as("hourly-volume")) { _, trade, volume in volume + (trade?.volume ?? 0) }
    /// ```
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: nil, named: named, initial: initial,
            first: { key, value in try add(key, value, initial()) }, next: add)
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
        aggregation.addStep(name, parent: parent, to: builder, state: state, initial: initial, first: first, next: next)
        aggregation.addStore(to: builder)
        return aggregation.table(name, builder: builder, sources: sources, state: state)
    }
}

/// A stream grouped by key and session. Kafka Streams' `SessionWindowedKStream`.
///
/// A record joins the sessions within the gap of it, which become one: the old ones are deleted (a tombstone each)
/// and the merged one is written under its new bounds; a record that changes no bounds updates without a deletion.
/// A session is late once its end is before stream time less gap and grace: a record that would be one of its own, or
/// only join late ones, is dropped. Null values are taken in, null keys are not. A result's timestamp is its session's
/// end. The store keeps a session until stream time is its retention, by default gap plus grace, after its end.
public struct SessionWindowedKStream<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let grouped: KGroupedStream<Key, Value>
    @usableFromInline let windows: SessionWindows
    @usableFromInline var isOnClose = false

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
    /// far and the new one, or of the values of two sessions that a record brings together.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.minutes(30))).reduce { first, _ in first }
    /// ```
    @inlinable
    public func reduce(
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
    /// sessions that a record brings together. A nil deletes the session.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(SessionWindows.gap(.minutes(30)))
    ///     .aggregate([] as [String], merge: { _, a, b in (a ?? []) + (b ?? []) }) { _, page, path in
    ///         (path ?? []) + [page ?? ""]
    ///     }
    /// ```
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        merge: @escaping @Sendable (_ key: Key, _ first: Aggregate?, _ second: Aggregate?) throws -> Aggregate?,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: nil, named: named, initial: { initial() }, add: add,
            merge: merge)
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
        aggregation.addStep(name, parent: parent, to: builder, state: state, initial: initial, add: add)
        aggregation.addStore(to: builder)
        return aggregation.table(name, builder: builder, sources: sources, state: state)
    }
}
