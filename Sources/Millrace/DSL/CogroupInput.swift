import KafkaProtocol

/// One input of a cogroup, whatever its values: how its steps are added.
@usableFromInline
struct CogroupInput<Key: Hashable & Sendable, Aggregate: Sendable> {
    /// The node to read grouped records from, for a store of that name.
    @usableFromInline let grouped: (_ store: String) -> (node: String, sources: [TopicReference])
    /// Adds the step of an aggregate without windows.
    @usableFromInline let addStep:
        (
            _ name: String, _ parent: String, _ state: TableState, _ store: String, _ isCached: Bool,
            _ initial: @escaping @Sendable () -> Aggregate
        ) -> Void
    /// Adds the step of an aggregate by time windows.
    @usableFromInline let addWindowStep:
        (
            _ name: String, _ parent: String, _ state: TableState, _ aggregation: WindowAggregation<Key, Aggregate>,
            _ initial: @escaping @Sendable () -> Aggregate
        ) -> Void
    /// Adds the step of an aggregate by sessions.
    @usableFromInline let addSessionStep:
        (
            _ name: String, _ parent: String, _ state: TableState, _ aggregation: SessionAggregation<Key, Aggregate>,
            _ initial: @escaping @Sendable () -> Aggregate
        ) -> Void

    /// An input whose records without a value are left out.
    @inlinable
    init<Value>(
        _ stream: KGroupedStream<Key, Value>, valued add: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) {
        self.init(stream, takesNulls: false) { key, value, aggregate in
            guard let value else { return aggregate }
            return try add(key, value, aggregate)
        }
    }

    @inlinable
    init<Value>(
        _ stream: KGroupedStream<Key, Value>, takesNulls: Bool,
        _ add: @escaping @Sendable (Key, Value?, Aggregate) throws -> Aggregate?
    ) {
        let builder = stream.builder
        grouped = { stream.grouped(store: $0, step: $0) }
        addStep = { name, parent, state, store, isCached, initial in
            builder.add {
                let sendsOld = state.sendsOldValues
                return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) {
                    try $0.installAggregate(
                        name: name, store: store, isCached: isCached, sendsOld: sendsOld, initial: initial,
                        first: { (key: Key, value: Value) in try add(key, value, initial()) },
                        next: { try add($0, $1, $2) })
                }
            }
        }
        addWindowStep = { name, parent, state, aggregation, initial in
            aggregation.addStep(
                name, parent: parent, to: builder, state: state, takesNulls: takesNulls, initial: initial,
                first: { (key: Key, value: Value?) in try add(key, value, initial()) }, next: add)
        }
        addSessionStep = { name, parent, state, aggregation, initial in
            aggregation.addStep(
                name, parent: parent, to: builder, state: state, takesNulls: takesNulls, initial: initial
            ) {
                (key: Key, value: Value?, aggregate: Aggregate?) in
                try add(key, value, aggregate ?? initial())
            }
        }
    }
}
