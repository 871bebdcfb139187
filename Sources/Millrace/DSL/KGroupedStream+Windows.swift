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
