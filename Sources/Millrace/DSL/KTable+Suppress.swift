public import KafkaProtocol

extension KTable {
    /// Holds back changes of rows, so that fewer or only final ones go downstream. Kafka Streams' `suppress`.
    ///
    /// `.untilWindowCloses()` sends each window's last result, once, when the window has closed: when stream time has
    /// reached its end plus the grace of `windowedBy` (sessions: end plus gap plus grace). Windows leave in order of
    /// their ends, then of their keys' bytes. Windows without a result when they close send nothing.
    ///
    /// `.untilTimeLimit(limit)` sends a row's latest value once stream time is `limit` after the timestamp of the first
    /// change held back; later changes replace the value, not the time. Deletions are held back and sent as any change.
    /// Rows leave in order of those times, then of their keys' bytes.
    ///
    /// Stream time is the largest timestamp that has come to this step: without new records it stands still, and
    /// nothing leaves. The buffer has a changelog, so that a restart neither loses a result nor sends it twice.
    ///
    /// ```swift
    /// clicks.groupByKey().windowedBy(.tumbling(.seconds(10))).count()
    ///     .suppress(.untilWindowCloses())
    ///     .toStream().to("clicks-per-10s")
    /// // ("a", t: 1 s), ("a", t: 2 s)  ->  nothing yet
    /// // ("b", t: 11 s)                ->  a@0/10000: 2
    /// ```
    @inlinable
    public func suppress(_ suppressed: Suppressed<Key>) -> KTable<Key, Value> {
        let name = suppressed.name?.name ?? builder.newName("KTABLE-SUPPRESS-")
        let store = suppressed.name.map { "\($0)-store" } ?? builder.newName("KTABLE-SUPPRESS-STATE-STORE-")
        if let fault = suppressed.fault { builder.fault("step \(name): \(fault)") }
        let limits = suppressed.buffer
        let sendsDeletions = suppressed.waitMs != nil
        let due = suppressed.due
        let parent = node
        let keySerde = self.keySerde
        let valueSerde = builder.serde(self.valueSerde, for: "values", of: name)
        let held = TableState(store: nil, isMaterialized: false, parents: [state])
        // Look-ups see the row before what waits.
        state.sendOldValues()
        builder.add {
            let sendsOld = held.sendsOldValues
            let waitMs = suppressed.waitMs ?? builder.windowGrace(before: name, after: parent)
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) {
                try $0.installSuppress(
                    name: name, store: store, waitMs: waitMs, limits: limits, sendsDeletions: sendsDeletions,
                    sendsOld: sendsOld, valueSerde, due: due)
            }
        }
        builder.addStore {
            StoreDefinition(name: store, changelog: limits.changelog) { assembly in
                try SuppressBuffer(
                    name: store, key: keySerde, value: valueSerde, changelog: assembly.changelog(of: store),
                    context: assembly.context, countsBytes: limits.maxBytes != nil)
            }
        }
        return KTable(
            builder: builder, node: name, key: keySerde, value: valueSerde, sources: sources, state: held,
            rows: .suppressed(store, rows))
    }
}

extension TableRows {
    /// The rows of a table as they have gone downstream: what waits in a buffer has not.
    @inlinable
    static func suppressed(_ store: String, _ rows: TableRows) -> TableRows {
        TableRows(stores: [store] + rows.stores) { assembly in
            let buffer = try assembly.store(store, as: SuppressBuffer<Key, Value>.self)
            let reader = try rows.open(assembly)
            return RowReader(get: { key in
                guard let waiting = try buffer.waiting(key) else { return try reader.get(key) }
                return waiting.prior.map { ValueAndTimestamp($0, -1) }
            })
        }
    }
}

extension TaskAssembly {
    /// Holds changes back until they are due and stream time is `waitMs` later.
    @inlinable
    func installSuppress<Key: Hashable & Sendable, Value: Sendable>(
        name: String, store storeName: String, waitMs: Int64, limits: SuppressionBuffer, sendsDeletions: Bool,
        sendsOld: Bool, _ valueSerde: Serde<Value>, due: @escaping (Key, Int64) -> Int64
    ) throws {
        let context = self.context
        let clock = context.clock(name)
        let buffer = try store(storeName, as: SuppressBuffer<Key, Value>.self)
        let next = try downstream(of: name, Record<Key, Change<Value>>.self)
        let emit: (SuppressBuffer<Key, Value>.Entry) throws -> Void = { entry in
            guard sendsDeletions || entry.change.new != nil else { return }
            let change = sendsOld ? entry.change : Change(old: nil, new: entry.change.new)
            let serdes = HeldSerdes(buffer.keySerde, valueSerde)
            try context.release(
                of: name, entry.key, change.new, serdes, timestamp: entry.origin.timestamp,
                headers: entry.origin.headers
            ) {
                try next(
                    Record(
                        key: entry.key, value: change, timestamp: entry.origin.timestamp, headers: entry.origin.headers))
            }
        }
        let (maxRecords, maxBytes) = (limits.maxRecords ?? .max, limits.maxBytes ?? .max)
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            mark.enter()
            guard let key = record.key, let change = record.value else { return }
            let time = clock.advance(to: record.timestamp)
            try buffer.put(key, change, due: due(key, record.timestamp), origin: context.origin(of: record))
            // A window that reaches the last time there is never closes.
            let limit = min(time.saturatingSubtract(waitMs), sendsDeletions ? .max : .max - 1)
            while let entry = buffer.popFirst(dueBy: limit) { try emit(entry) }
            while buffer.count > maxRecords || buffer.sizeInBytes > maxBytes {
                guard limits.whenFull == .emitEarly else {
                    throw StreamsError(
                        .processing,
                        "the buffer of \(name) is full: \(buffer.count) results, \(buffer.sizeInBytes) bytes")
                }
                guard let entry = buffer.popFirst(dueBy: .max) else { break }
                try emit(entry)
            }
        }
    }
}
