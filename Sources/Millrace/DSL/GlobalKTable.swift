public import KafkaProtocol

/// A table that every instance of the application has as a whole, from all partitions of its topic, so that streams can
/// look up any key without repartitioning. Kafka Streams' `GlobalKTable`.
///
/// It is complete as of the application's start before any task begins, and follows its topic from then on, not in
/// step with the streams' event time.
public struct GlobalKTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline let store: String

    @usableFromInline init(store: String) { self.store = store }
}

extension StreamsBuilder {
    /// A global table of the latest value per key of `topic`, whatever the timestamps. Records without a key are left
    /// out; a null value deletes. It has no changelog: each start reads the topic, which should be compacted, and rows
    /// stay until they are deleted. `key` and `value` are short for the serdes of `Consumed`.
    ///
    /// ```swift
    /// let names: GlobalKTable<String, String> = builder.globalTable("names")
    /// ```
    @inlinable
    public func globalTable<Key: Hashable & Sendable, Value: Sendable>(
        _ topic: String, _ materialized: Materialized<Key, Value> = Materialized(), key: Serde<Key>? = nil,
        value: Serde<Value>? = nil
    ) -> GlobalKTable<Key, Value> {
        globalTable(topic, Consumed(key: key, value: value), materialized)
    }

    /// A global table of the latest value per key of `topic`, read as `consumed` says. Its topic is read from the
    /// start, whatever `reset` says.
    ///
    /// ```swift
    /// let names = builder.globalTable("names", Consumed(key: .string, value: .string, name: "read"), .as("names"))
    /// ```
    @inlinable @_disfavoredOverload
    public func globalTable<Key: Hashable & Sendable, Value: Sendable>(
        _ topic: String, _ consumed: Consumed<Key, Value>,
        _ materialized: Materialized<Key, Value> = Materialized()
    ) -> GlobalKTable<Key, Value> {
        let named = consumed.name
        let store = materialized.name ?? newName("\(topic)-STATE-STORE-")
        let source = self.name(named.map { "\($0)-source" }, or: "KSTREAM-SOURCE-")
        let name = self.name(named, or: "KTABLE-SOURCE-")
        let keySerde = serde(consumed.key ?? materialized.key, for: "keys", of: name)
        let valueSerde = serde(consumed.value ?? materialized.value, for: "values", of: name)
        addSource(source, [TopicReference(topic)], keySerde, valueSerde, consumed.timestamp, .earliest)
        setPolicy(consumed.onBadRecord, of: source)
        if materialized.historyRetentionMs != nil { fault("step \(name): a global table cannot be versioned") }
        add {
            TopologyNode(name: name, kind: .processor, parents: [source], stores: [store]) { assembly in
                let context = assembly.context
                let rows = try assembly.store(store, as: GlobalStore<Key, Value>.self)
                let mark = assembly.mark(of: name)
                assembly.setInput(of: name) { (record: Record<Key, Value>) in
                    mark.enter()
                    guard let key = record.key else { return context.drop(.null) }
                    try rows.put(key, record.value, timestamp: record.timestamp)
                }
            }
        }
        addStore {
            StoreDefinition(name: store, isLogged: false) { _ in
                GlobalStore(name: store, key: keySerde, value: valueSerde)
            }.kept(by: materialized.store).holding(.keyValue, keySerde, valueSerde)
        }
        addGlobal(source)
        addGlobal(name)
        return GlobalKTable(store: store)
    }

    /// Adds a key-value store that every instance has as a whole: a processor, made by `make` for each partition of
    /// `topic`, fills it from the topic's records. All processors can read it by its name, without being connected to it.
    ///
    /// It is complete as of the application's start before any task begins. As in Kafka Streams since 3.8 (KAFKA-7663),
    /// it is restored through the processor, so that it may keep something else than what the topic has. What the
    /// processor forwards goes nowhere, and it cannot have schedules. The store has no changelog.
    /// ```swift
    /// builder.addGlobalStore(.keyValue("rates", key: .string, value: .double), topic: "rates") { ParseRates() }
    /// ```
    @inlinable
    public func addGlobalStore<P: Processor & SendableMetatype>(
        _ store: StoreBuilder, topic: String,
        _ consumed: Consumed<P.InputKey, P.InputValue> = Consumed<P.InputKey, P.InputValue>(),
        _ make: @escaping @Sendable () throws -> P
    ) {
        let named = consumed.name
        let source = self.name(named.map { "\($0)-source" }, or: "KSTREAM-SOURCE-")
        let name = self.name(named, or: "KTABLE-SOURCE-")
        addSource(
            source, [TopicReference(topic)], serde(consumed.key, for: "keys", of: name),
            serde(consumed.value, for: "values", of: name), consumed.timestamp, .earliest)
        add { .processor(name, parents: [source], stores: [store.name], make) }
        addGlobalStore(store)
        addGlobal(source)
        addGlobal(name)
    }

    @usableFromInline
    func addGlobalStore(_ store: StoreBuilder) {
        if let fault = store.fault { self.fault(fault) }
        if store.global == nil { fault("the store \(store.name) cannot be global: only key-value stores can") }
        let definition = store.global ?? store.definition
        addStore { definition }
    }
}

extension KStream {
    /// Adds to each record the row of a global table whose key `lookUp` gives. Records whose row is not there, whose
    /// look-up key is nil or that have a null value are left out; the stream's key may be null. Joins with the table as
    /// it is at that moment; only the stream's records make results, at once, with their keys, timestamps and headers.
    /// No repartitioning, and topics may have different numbers of partitions. A nil from `joiner` is a null value.
    ///
    /// ```swift
    /// orders.join(names, lookUp: { _, order in order?.customer }) { _, order, name in "\(order.item) for \(name)" }
    /// // names ("c1", "ann"); orders ("o1", c1), ("o2", c2)  ->  ("o1", "... for ann")
    /// ```
    @inlinable
    public func join<TableKey, TableValue, Result: Sendable>(
        _ table: GlobalKTable<TableKey, TableValue>, value: Serde<Result>? = nil, named: Named? = nil,
        lookUp: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> TableKey?,
        _ joiner: @escaping @Sendable (_ key: Key?, _ value: Value, _ row: TableValue) throws -> Result?
    ) -> KStream<Key, Result> {
        joinGlobal(table, value: value, named: named, isLeft: false) { store, context, mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                guard let some = value, let rowKey = try lookUp(key, value) else { return context.drop(.null) }
                if let row = store.get(rowKey)?.value {
                    try next(key, try joiner(key, some, row), timestamp, headers)
                }
            }
        }
    }

    /// Adds to each record the row of a global table whose key `lookUp` gives, or nil if there is none or the look-up key
    /// is nil. Records with a null value are left out. Otherwise as `join`.
    ///
    /// ```swift
    /// orders.leftJoin(names, lookUp: { _, order in order?.customer }) { _, order, name in
    ///     "\(order.item) for \(name ?? "?")"
    /// }
    /// // names ("c1", "ann"); orders ("o1", c1), ("o2", c2)  ->  ("o1", "... for ann"), ("o2", "... for ?")
    /// ```
    @inlinable
    public func leftJoin<TableKey, TableValue, Result: Sendable>(
        _ table: GlobalKTable<TableKey, TableValue>, value: Serde<Result>? = nil, named: Named? = nil,
        lookUp: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> TableKey?,
        _ joiner: @escaping @Sendable (_ key: Key?, _ value: Value, _ row: TableValue?) throws -> Result?
    ) -> KStream<Key, Result> {
        joinGlobal(table, value: value, named: named, isLeft: true) { store, context, mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                guard let some = value else { return context.drop(.null) }
                let row = try lookUp(key, value).flatMap { store.get($0)?.value }
                try next(key, try joiner(key, some, row), timestamp, headers)
            }
        }
    }

    @inlinable
    func joinGlobal<TableKey, TableValue, Result: Sendable>(
        _ table: GlobalKTable<TableKey, TableValue>, value: Serde<Result>?, named: Named?, isLeft: Bool,
        _ make:
            @escaping @Sendable (
                GlobalStore<TableKey, TableValue>, TaskContext, StepMark, Outlet<Key, Result>
            ) -> Outlet<Key, Value>.Receiver
    ) -> KStream<Key, Result> {
        // Kafka Streams names both kinds of join so.
        let name = builder.name(named, or: "KSTREAM-LEFTJOIN-")
        let parent = node
        if isLeft { builder.noteRelaxedJoin(name) }
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
                let store = try assembly.store(table.store, as: GlobalStore<TableKey, TableValue>.self)
                assembly.setInput(
                    of: name,
                    parts: make(
                        store, assembly.context, assembly.mark(of: name),
                        try assembly.downstream(of: name, Record<Key, Result>.self)))
            }
        }
        return KStream<Key, Result>(
            builder: builder, node: name, key: keySerde, value: value, sources: sources, isRekeyed: isRekeyed)
    }
}
