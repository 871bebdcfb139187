extension KStream {
    /// Has `policy` count for records that fail in the step that this stream comes from, in place of the application's. The
    /// stream is the same.
    ///
    /// ```swift
    /// orders.mapValues { order in try price(order) }.onBadRecord(.retry(times: 5, then: .deadLetter(topic: "unpriced")))
    ///     .to("priced")
    /// ```
    /// Of a stream that a topic is read as it counts for records that cannot be read, as with `Consumed.onBadRecord`; of a join
    /// for both sides; of a processor for its schedules, too. Of several calls the last counts.
    public func onBadRecord(_ policy: BadRecordPolicy) -> KStream<Key, Value> {
        builder.setPolicy(policy, of: node)
        return self
    }
}

extension KTable {
    /// Has `policy` count for records that fail in the step that this table comes from: an aggregate, a mapping, both sides of
    /// a join. Otherwise as with streams.
    ///
    /// ```swift
    /// let totals = orders.groupByKey().aggregate(Total()) { _, order, total in try total.adding(order) }.onBadRecord(.skip)
    /// ```
    public func onBadRecord(_ policy: BadRecordPolicy) -> KTable<Key, Value> {
        builder.setPolicy(policy, of: node)
        return self
    }
}

extension Topology {
    /// Has `policy` count for records that fail in the step called `step`, in place of the application's: `KStream.onBadRecord` for
    /// topologies that are put together node by node.
    ///
    /// Throws if there is no such step or the policy makes no sense.
    public mutating func setBadRecordPolicy(_ policy: BadRecordPolicy, of step: String) throws {
        guard node(step) != nil else {
            throw StreamsError(.invalidTopology, "there is no step called \(step) that could have a policy for bad records")
        }
        if let fault = policy.fault { throw StreamsError(.invalidTopology, "step \(step): \(fault)") }
        policies[step] = policy
    }
}
