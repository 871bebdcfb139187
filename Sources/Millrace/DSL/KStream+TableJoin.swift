import KafkaProtocol

extension KStream where Key: Hashable {
    /// Adds to each record the row that a table has for its key at that moment. Only the stream's records make results,
    /// with their timestamps and headers; the table is as it is when the record is processed, whatever the times.
    ///
    /// Records without a row, with a null key or with a null value are left out; so are results for which `joiner` gives
    /// nil, as null values. Topics must have equal numbers of partitions. If a step before changed the stream's key, it
    /// goes through a repartition topic.
    ///
    /// ```swift
    /// let named = orders.join(customers) { _, order, customer in "\(customer.name): \(order.item)" }
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
            name: options.name, key: keySerde, value: options.value, keepsNullKeys: isLeft)
        let name = builder.name(options.name, or: isLeft ? "KSTREAM-LEFTJOIN-" : "KSTREAM-JOIN-")
        table.state.materialize()
        let rows = table.rows
        builder.addCopartitioned(step: name, sources + table.sources)
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent], stores: rows.stores) { assembly in
                let context = assembly.context
                let reader = try rows.open(assembly)
                let next = try assembly.downstream(of: name, Record<Key, Result>.self)
                assembly.setInput(of: name) { (record: Record<Key, Value>) in
                    guard let value = record.value, isLeft || record.key != nil else { return context.drop() }
                    let row = if let key = record.key {
                        try reader.getAsOf.map { try $0(key, record.timestamp) } ?? reader.get(key)
                    } else { nil as ValueAndTimestamp<TableValue>? }
                    guard isLeft || row != nil else { return }
                    try next(record.with(value: try joiner(record.key, value, row?.value)))
                }
            }
        }
        return KStream<Key, Result>(
            builder: builder, node: name, key: keySerde, value: value,
            sources: sources + table.sources.filter { !sources.contains($0) }, isRekeyed: false)
    }
}
