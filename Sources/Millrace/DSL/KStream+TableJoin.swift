public import KafkaProtocol

extension KStream where Key: Hashable {
    /// Adds to each record the row that a table has for its key at that moment. Only the stream's records make results,
    /// with their timestamps and headers; the table is as it is when the record is processed, whatever the times.
    ///
    /// Records without a row, with a null key or with a null value are left out; a nil from `joiner` makes a null
    /// value. Topics must have equal numbers of partitions. If a step before changed the stream's key, it goes through
    /// a repartition topic.
    ///
    /// With a versioned table the row is the one as of the record's timestamp. With a grace, records wait in a buffer
    /// until stream time (that of the stream) is their timestamp plus the grace, and are then joined in order of their
    /// timestamps; one that is older than that when it comes is joined at once.
    ///
    /// ```swift
    /// orders.join(customers) { _, order, name in "\(order) \(name)" }
    /// // order ("a", "1"), customer ("a", "ann"), order ("a", "2"), customer ("a", "eve")  ->  ("a", "2 ann")
    /// ```
    @inlinable
    public func join<TableValue, Result: Sendable>(
        _ table: KTable<Key, TableValue>, _ options: Joined<Key, Value> = Joined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ key: Key, _ value: Value, _ row: TableValue) throws -> Result?
    ) -> KStream<Key, Result> {
        joinTable(table, options, value: value, isLeft: false) { key, value, row in
            guard let key, let row else { return nil }
            return try joiner(key, value, row)
        }
    }

    /// Adds to each record the row that a table has for its key at that moment, or nil if it has none or the record
    /// has no key. Records with a null value are left out. Otherwise as `join`.
    ///
    /// ```swift
    /// orders.leftJoin(customers) { _, order, name in "\(order) \(name ?? "?")" }
    /// // order ("a", "1"), customer ("a", "ann"), order ("a", "2")  ->  ("a", "1 ?"), ("a", "2 ann")
    /// ```
    @inlinable
    public func leftJoin<TableValue, Result: Sendable>(
        _ table: KTable<Key, TableValue>, _ options: Joined<Key, Value> = Joined(), value: Serde<Result>? = nil,
        _ joiner: @escaping @Sendable (_ key: Key?, _ value: Value, _ row: TableValue?) throws -> Result?
    ) -> KStream<Key, Result> {
        joinTable(table, options, value: value, isLeft: true, joiner)
    }

    @inlinable
    func joinTable<TableValue, Result: Sendable>(
        _ table: KTable<Key, TableValue>, _ options: Joined<Key, Value>, value: Serde<Result>?, isLeft: Bool,
        _ joiner: @escaping @Sendable (Key?, Value, TableValue?) throws -> Result?
    ) -> KStream<Key, Result> {
        let keySerde = options.key ?? self.keySerde
        let (parent, sources) = partitionedForJoin(
            name: options.name, key: keySerde, value: options.value)
        let name = builder.name(options.name, or: isLeft ? "KSTREAM-LEFTJOIN-" : "KSTREAM-JOIN-")
        if isLeft { builder.noteRelaxedJoin(name) }
        table.state.materialize()
        let rows = table.rows
        builder.addCopartitioned(step: name, sources + table.sources)
        let grace = options.graceMs
        let buffer = "\(name)-Buffer"
        if let grace {
            if let fault = graceFault(grace, history: table.state.historyRetentionMs) {
                builder.fault("step \(name): \(fault)")
            }
            let keys = builder.serde(keySerde, for: "keys", of: name)
            let values = builder.serde(options.value ?? valueSerde, for: "values", of: name)
            builder.addStore {
                StoreDefinition(name: buffer) { assembly in
                    StreamBuffer(
                        name: buffer, key: keys, value: values, changelog: assembly.changelog(of: buffer),
                        context: assembly.context)
                }
            }
        }
        builder.add {
            TopologyNode(
                name: name, kind: .processor, parents: [parent], stores: rows.stores + (grace == nil ? [] : [buffer])
            ) { assembly in
                let context = assembly.context
                let reader = try rows.open(assembly)
                let next = try assembly.downstream(of: name, Record<Key, Result>.self)
                let mark = assembly.mark(of: name)
                func join(_ key: Key?, _ value: Value?, _ timestamp: Int64, _ headers: [RecordHeader]) throws {
                    mark.enter()
                    guard let value, isLeft || key != nil else { return context.drop(.null) }
                    let row =
                        if let key {
                            try reader.getAsOf.map { try $0(key, timestamp) } ?? reader.get(key)
                        } else { nil as ValueAndTimestamp<TableValue>? }
                    guard isLeft || row != nil else { return }
                    try next(key, try joiner(key, value, row?.value), timestamp, headers)
                }
                guard let grace else { return assembly.setInput(of: name, parts: join) }
                let outlet = Outlet(join)
                let clock = context.clock(name)
                let waiting = try assembly.store(buffer, as: StreamBuffer<Key, Value>.self)
                assembly.setInput(of: name) { (record: Record<Key, Value>) in
                    mark.enter()
                    // Records that are left out do not move the time.
                    guard let key = record.key, let value = record.value else { return try outlet(record) }
                    let due = clock.advance(to: record.timestamp).saturatingSubtract(grace)
                    guard record.timestamp >= due else { return try outlet(record) }
                    try waiting.put(key, value, origin: context.origin(of: record))
                    while let first = try waiting.popFirst(through: due) {
                        guard let key = first.key else { continue }
                        let serdes = HeldSerdes(waiting.keySerde, waiting.valueSerde)
                        try context.release(
                            of: name, key, first.value, serdes, timestamp: first.timestamp, headers: first.headers
                        ) { try outlet(first) }
                    }
                }
            }
        }
        return KStream<Key, Result>(
            builder: builder, node: name, key: keySerde, value: value,
            sources: sources + table.sources.filter { !sources.contains($0) }, isRekeyed: false)
    }

    @usableFromInline
    func graceFault(_ grace: Int64, history: Int64?) -> String? {
        if grace < 0 { return "the grace must not be negative, not \(grace) ms" }
        guard let history else { return "a grace needs a versioned table" }
        return history < grace ? "the table's history of \(history) ms is shorter than the grace of \(grace) ms" : nil
    }
}
