import KafkaProtocol

extension KGroupedStream {
    /// Groups further by tumbling or hopping windows.
    @inlinable
    public func windowedBy(_ windows: TimeWindows) -> TimeWindowedKStream<Key, Value> {
        TimeWindowedKStream(grouped: self, windows: .fixed(windows))
    }

    /// Groups further by sliding windows.
    @inlinable
    public func windowedBy(_ windows: SlidingWindows) -> TimeWindowedKStream<Key, Value> {
        TimeWindowedKStream(grouped: self, windows: .sliding(windows))
    }

    /// Groups further by a window from a start on that never closes.
    @inlinable
    public func windowedBy(_ windows: UnlimitedWindows) -> TimeWindowedKStream<Key, Value> {
        TimeWindowedKStream(grouped: self, windows: .unlimited(windows))
    }

    /// Groups further by sessions.
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

    /// The same with results sent when `strategy` says, in place of at every update.
    @inlinable
    public func emitStrategy(_ strategy: EmitStrategy) -> Self {
        var copy = self
        copy.isOnClose = strategy.isOnClose
        return copy
    }

    /// The table of how many records each key has in each window.
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), named: Named? = nil
    ) -> KTable<Windowed<Key>, Int64> {
        if materialized.name == nil { _ = grouped.builder.newName("KSTREAM-AGGREGATE-STATE-STORE-") }
        return aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: .int64, named: named,
            first: { _, _ in 1 }, next: { _, _, count in count &+ 1 })
    }

    /// The table of each key's values folded into one within each window: the first value as it is.
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil,
        _ reduce: @escaping @Sendable (_ soFar: Value, _ value: Value?) throws -> Value?
    ) -> KTable<Windowed<Key>, Value> {
        aggregate(
            function: "KSTREAM-REDUCE-", materialized, value: grouped.valueSerde, named: named,
            first: { _, value in value }, next: { _, value, soFar in try reduce(soFar, value) })
    }

    /// The table of each key's values folded into an aggregate within each window, from `initial`; nil deletes it.
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        _ add: @escaping @Sendable (_ key: Key, _ value: Value?, _ aggregate: Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: nil, named: named,
            first: { key, value in try add(key, value, initial()) }, next: add)
    }

    @inlinable
    func aggregate<Aggregate: Sendable>(
        function: String, _ materialized: Materialized<Key, Aggregate>, value serde: Serde<Aggregate>?, named: Named?,
        first: @escaping @Sendable (Key, Value?) throws -> Aggregate?,
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
        let (parent, sources) = grouped.grouped(store: store, isStoreNamed: materialized.name != nil, step: name)
        let state = TableState(store: store, isMaterialized: true)
        aggregation.addStep(name, parent: parent, to: builder, state: state, first: first, next: next)
        aggregation.addStore(to: builder)
        return aggregation.table(name, builder: builder, sources: sources, state: state)
    }
}

/// A stream grouped by key and session. Kafka Streams' `SessionWindowedKStream`.
///
/// A record joins the sessions within the gap of it, which become one: the old ones are deleted (a tombstone each)
/// and the merged one is written under its new bounds. A session is late once its end is before stream time less gap
/// and grace.
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
    @inlinable
    public func emitStrategy(_ strategy: EmitStrategy) -> Self {
        var copy = self
        copy.isOnClose = strategy.isOnClose
        return copy
    }

    /// The table of how many records each session has.
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), named: Named? = nil
    ) -> KTable<Windowed<Key>, Int64> {
        if materialized.name == nil { _ = grouped.builder.newName("KSTREAM-AGGREGATE-STATE-STORE-") }
        return aggregate(
            function: "KSTREAM-AGGREGATE-", materialized, value: .int64, named: named, initial: { 0 },
            add: { _, _, count in (count ?? 0) &+ 1 }, merge: { _, a, b in (a ?? 0) &+ (b ?? 0) })
    }

    /// The table of each session's values folded into one.
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
    /// sessions that a record brings together.
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
        let (parent, sources) = grouped.grouped(store: store, isStoreNamed: materialized.name != nil, step: name)
        let state = TableState(store: store, isMaterialized: true)
        aggregation.addStep(name, parent: parent, to: builder, state: state, initial: initial, add: add)
        aggregation.addStore(to: builder)
        return aggregation.table(name, builder: builder, sources: sources, state: state)
    }
}
