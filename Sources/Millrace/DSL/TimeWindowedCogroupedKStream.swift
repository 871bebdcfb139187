import KafkaProtocol

/// A cogroup by key and time window. Kafka Streams' `TimeWindowedCogroupedKStream`.
///
/// Each input has a stream time of its own, which says what is late; the store is shared. With the default retention an
/// input that lags behind another starts windows anew, from the initial aggregate, once the store has dropped them.
/// Otherwise as `TimeWindowedKStream`.
public struct TimeWindowedCogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let cogrouped: CogroupedKStream<Key, Aggregate>
    @usableFromInline let windows: TimeWindowing

    @usableFromInline init(cogrouped: CogroupedKStream<Key, Aggregate>, windows: TimeWindowing) {
        self.cogrouped = cogrouped
        self.windows = windows
    }

    /// The table of each key's aggregate within each window, from `initial`; nil deletes it. Records with
    /// a null key are left out; late records are dropped by the stream time of their own input. Each record makes a change
    /// per window that it is in.
    ///
    /// ```swift
    /// cogrouped.windowedBy(TimeWindows.tumbling(.hours(1))).aggregate(0, .as("hourly-totals"))
    /// ```
    @inlinable
    public func aggregate(
        _ initial: @autoclosure @escaping @Sendable () -> Aggregate,
        _ materialized: Materialized<Key, Aggregate> = Materialized(), named: Named? = nil
    ) -> KTable<Windowed<Key>, Aggregate> {
        let (store, valueSerde) = cogrouped.store(materialized)
        let aggregation = WindowAggregation(
            store: store, windowing: windows, isOnClose: false, materialized: materialized,
            key: materialized.key ?? cogrouped.keySerde, value: valueSerde)
        let state = TableState(store: store, isMaterialized: true)
        let (name, steps, sources) = cogrouped.addSteps(
            store: store, named: named
        ) { $0.addWindowStep($1, $2, state, aggregation, initial) }
        if let fault = aggregation.fault { cogrouped.builder.fault("step \(name): \(fault)") }
        cogrouped.addMerge(name, steps, Windowed<Key>.self)
        aggregation.addStore(to: cogrouped.builder)
        return aggregation.table(name, builder: cogrouped.builder, sources: sources, state: state)
    }
}
