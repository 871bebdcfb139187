import KafkaProtocol

/// What a value transformer has to do with: stores, times, schedules, but no way to send records.
public typealias ValueTransformerContext = ProcessingContext

extension KTable {
    /// The table with values that a transformer makes, which sees keys and may use stores. Kafka Streams'
    /// `KTable.transformValues`.
    ///
    /// Each change of a row is one call and one change downstream; deletions are calls, too, with a nil value. A nil
    /// from the transformer is a deletion. Timestamps and headers stay.
    ///
    /// Without a named store in `materialized`, rows are computed when they are needed: the row before a change, where
    /// a step downstream needs it, and rows that joins look up are further calls, made with the value that the table
    /// before has. A transformer whose results depend on more than key and value should be materialized: then each
    /// change is one call, and the row before and look-ups come from the store.
    ///
    /// The stores given and those added to the builder under `storeNames` are the transformer's, in each step that
    /// computes rows.
    ///
    /// ```swift
    /// struct Numbered: ValueTransformer {
    ///     var counts: StateTable<String, Int64>?
    ///     mutating func start(_ context: ValueTransformerContext) throws {
    ///         counts = try context.keyValueStore("counts")
    ///     }
    ///     mutating func transform(_ key: String, _ value: String?) throws -> String? {
    ///         guard let value else { return nil }
    ///         let number = (counts?.get(key) ?? 0) + 1
    ///         try counts?.put(key, number)
    ///         return "\(value) #\(number)"
    ///     }
    /// }
    /// let counts = StoreBuilder.keyValue("counts", key: Serde<String>.string, value: Serde<Int64>.int64)
    /// names.transformValues(.as("numbered"), stores: [counts]) { Numbered() }
    /// // ("a", "x"), ("a", "y"), ("a", nil)  ->  ("a", "x #1"), ("a", "y #2"), ("a", nil)
    /// ```
    @inlinable
    public func transformValues<T: ValueTransformer & SendableMetatype>(
        _ materialized: Materialized<Key, T.OutputValue>? = nil, value: Serde<T.OutputValue>? = nil,
        stores: [StoreBuilder] = [], storeNames: [String] = [], named: Named? = nil,
        _ make: @escaping @Sendable () throws -> T
    ) -> KTable<Key, T.OutputValue> where T.Key == Key, T.InputValue == Value {
        let name = builder.name(named, or: "KTABLE-TRANSFORMVALUES-")
        let parent = node
        let store = materialized?.name
        let isCached = materialized?.isCached ?? false
        let keySerde = materialized?.key ?? self.keySerde
        let valueSerde = materialized?.value ?? value
        let connected = builder.connect(stores, storeNames)
        let transformed = TableState(store: store, isMaterialized: store != nil, parents: [state])
        if store == nil { transformed.historyRetentionMs = state.historyRetentionMs }
        builder.add {
            let sendsOld = transformed.sendsOldValues
            return TopologyNode(
                name: name, kind: .processor, parents: [parent], stores: connected + (store.map { [$0] } ?? [])
            ) {
                let transform = try $0.valueTransform(name, connected, make)
                try $0.installTransformedTable(
                    name: name, store: store, isCached: isCached, sendsOld: sendsOld, transform)
            }
        }
        if let store {
            if materialized?.historyRetentionMs != nil { builder.versionedFault(of: name) }
            let stored = builder.serde(valueSerde, for: "values", of: name)
            let (changelog, engine) = (materialized?.changelog ?? StoreChangelog(), materialized?.store)
            builder.addStore { .keyValue(store, key: keySerde, value: stored, changelog: changelog, engine) }
        }
        return KTable<Key, T.OutputValue>(
            builder: builder, node: name, key: keySerde, value: valueSerde, sources: sources, state: transformed,
            rows: store == nil ? rows.transformed(name, connected, make) : nil)
    }
}

extension TableRows {
    /// The rows that a transformer makes of these; it is asked for rows that are not there, too.
    @inlinable
    func transformed<T: ValueTransformer & SendableMetatype>(
        _ step: String, _ connected: [String], _ make: @escaping @Sendable () throws -> T
    ) -> TableRows<Key, T.OutputValue> where T.Key == Key, T.InputValue == Value {
        let open = self.open
        return TableRows<Key, T.OutputValue>(stores: stores + connected.filter { !stores.contains($0) }) { assembly in
            let reader = try open(assembly)
            let transform = try assembly.valueTransform(step, connected, make)
            func row(_ key: Key, _ row: ValueAndTimestamp<Value>?) throws -> ValueAndTimestamp<T.OutputValue>? {
                try transform(key, row?.value).map { ValueAndTimestamp<T.OutputValue>($0, row?.timestamp ?? -1) }
            }
            return RowReader<Key, T.OutputValue>(
                get: { try row($0, try reader.get($0)) },
                getAsOf: reader.getAsOf.map { getAsOf in { try row($0, try getAsOf($0, $1)) } })
        }
    }
}

extension TaskAssembly {
    /// A transformer's function; it lives as long as the closure.
    @inlinable
    func valueTransform<T: ValueTransformer>(
        _ step: String, _ connected: [String], _ make: () throws -> T
    ) throws -> (T.Key, T.InputValue?) throws -> T.OutputValue? {
        let host = ProcessorHost(try make())
        let context = ProcessingContext(self, node: step, stores: connected)
        setLifecycle(
            of: step, start: { try host.processor.start(context) }, close: { try host.processor.close() })
        return { try host.processor.transform($0, $1) }
    }

    /// A table whose rows a transformer makes.
    @inlinable
    func installTransformedTable<Key: Hashable, Value, NewValue>(
        name: String, store storeName: String?, isCached: Bool, sendsOld: Bool,
        _ transform: @escaping (Key, Value?) throws -> NewValue?
    ) throws {
        let context = self.context
        let store = try storeName.map { try self.store($0, as: KeyValueStore<Key, NewValue>.self) }
        let forward: ChangeForwarder<Key, NewValue>? = try forwarding(
            of: name, store.map { HeldSerdes($0.keySerde, $0.valueSerde) }, isCached: isCached, sendsOld: sendsOld
        ) { store?.forwarder = $0 }
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            mark.enter()
            guard let key = record.key, let change = record.value else { return context.drop(.null) }
            let new = try transform(key, change.new)
            var old: NewValue?
            if sendsOld { old = if let store { store.get(key)?.value } else { try transform(key, change.old) } }
            try store?.put(key, new, timestamp: record.timestamp, headers: record.headers)
            try forward?(key, Change(old: old, new: new, isLatest: change.isLatest), record.timestamp, record.headers)
        }
    }
}
