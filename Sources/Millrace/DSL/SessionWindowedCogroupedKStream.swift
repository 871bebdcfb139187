import KafkaProtocol

/// A cogroup by key and session. Kafka Streams' `SessionWindowedCogroupedKStream`. Each input has a stream time of its
/// own; otherwise as `SessionWindowedKStream`.
public struct SessionWindowedCogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let cogrouped: CogroupedKStream<Key, Aggregate>
    @usableFromInline let windows: SessionWindows

    @usableFromInline init(cogrouped: CogroupedKStream<Key, Aggregate>, windows: SessionWindows) {
        self.cogrouped = cogrouped
        self.windows = windows
    }

    /// The table of each session's aggregate, from `initial`; `merge` joins the aggregates of sessions that a record
    /// brings together, `initial` among them. Records with a null key are left out.
    ///
    /// ```swift
    /// cogrouped.windowedBy(SessionWindows.gap(.minutes(30))).aggregate(0) { _, a, b in a + b }
    /// ```
    @inlinable
    public func aggregate(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        merge: @escaping @Sendable (_ key: Key, _ first: Aggregate, _ second: Aggregate) throws -> Aggregate
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregateNullable(initial(), materialized, named: named) { key, a, b in
            guard let a, let b else { return a ?? b }
            return try merge(key, a, b)
        }
    }

    /// As `aggregate`, with aggregates that may be nil: `merge` gets and gives what Kafka Streams' `Merger` does.
    @inlinable
    public func aggregateNullable(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil,
        merge: @escaping @Sendable (_ key: Key, _ first: Aggregate?, _ second: Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let (store, valueSerde) = cogrouped.store(materialized)
        let aggregation = SessionAggregation(
            store: store, windows: windows, isOnClose: false, materialized: materialized,
            key: materialized.key ?? cogrouped.keySerde, value: valueSerde, merge: merge)
        let state = TableState(store: store, isMaterialized: true)
        let (name, steps, sources) = cogrouped.addSteps(
            store: store, named: named
        ) { $0.addSessionStep($1, $2, state, aggregation, initial) }
        if let fault = aggregation.fault { cogrouped.builder.fault("step \(name): \(fault)") }
        cogrouped.addMerge(name, steps, Windowed<Key>.self)
        aggregation.addStore(to: cogrouped.builder)
        return aggregation.table(name, builder: cogrouped.builder, sources: sources, state: state)
    }
}
