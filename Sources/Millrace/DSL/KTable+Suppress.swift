import KafkaProtocol

/// How much a `suppress` holds back, and what happens when there is more: Kafka Streams' `BufferConfig`.
public struct SuppressionBuffer: Sendable, Hashable {
    /// What happens when the buffer is full.
    public enum Overflow: Sendable, Hashable {
        /// The oldest results leave before their time.
        case emitEarly
        /// The task fails, so that no result comes out before its time.
        case shutDown
    }

    /// The largest number of keys; nil for any.
    public var maxRecords: Int?
    /// The largest number of bytes of keys and values; nil for any.
    public var maxBytes: Int?
    /// What happens when there is more.
    public var whenFull: Overflow

    /// A buffer with these limits; without arguments one that holds any number.
    public init(maxRecords: Int? = nil, maxBytes: Int? = nil, whenFull: Overflow = .emitEarly) {
        self.maxRecords = maxRecords
        self.maxBytes = maxBytes
        self.whenFull = whenFull
    }

    /// A buffer that holds any number of results.
    public static let unbounded = SuppressionBuffer()

    /// What is wrong with the limits, if anything.
    @usableFromInline var fault: String? {
        (maxRecords ?? 0) < 0 || (maxBytes ?? 0) < 0 ? "the limits of the buffer must not be negative" : nil
    }
}

extension KTable {
    /// Holds back each window's result until the window has closed (its end plus the grace given to `windowedBy` is not
    /// after stream time; sessions: end plus gap plus grace), and then sends it once. Windows leave in order of their
    /// ends, then of their keys' bytes. Deletions are not sent: nothing came before them.
    ///
    /// Kafka Streams' `suppress(Suppressed.untilWindowCloses(...))`. The buffer has a changelog, so a restart neither
    /// loses a result nor sends it twice. It never sends early: when it is full the task fails.
    ///
    /// ```swift
    /// let perMinute = clicks.groupByKey().windowedBy(TimeWindows.tumbling(.minutes(1))).count()
    /// perMinute.suppressUntilWindowCloses().toStream().to("clicks-per-minute")
    /// ```
    @inlinable
    public func suppressUntilWindowCloses<Inner>(
        buffer: SuppressionBuffer = .unbounded, named: String? = nil
    ) -> KTable<Key, Value> where Key == Windowed<Inner> {
        var buffer = buffer
        buffer.whenFull = .shutDown
        return suppressed(
            waitMs: state.graceMs ?? 0, buffer: buffer, sendsDeletions: false, named: named
        ) { key, _ in key.window.end }
    }

    /// Holds back updates of a key, so that only the latest goes downstream, once stream time is `limit` after the
    /// timestamp of the first update held back. Later updates of the key replace the value, not the time. Deletions are
    /// held back and sent as any update. Results leave in order of the first update's time, then of their keys' bytes.
    ///
    /// Kafka Streams' `suppress(Suppressed.untilTimeLimit(...))`: less output, nothing final. Without new records
    /// stream time stands still and nothing leaves. A full buffer sends its oldest results early, or fails the task.
    /// It has a changelog.
    ///
    /// ```swift
    /// let calm = prices.suppress(for: .seconds(10), buffer: SuppressionBuffer(maxRecords: 100_000))
    /// ```
    @inlinable
    public func suppress(
        for limit: Duration, buffer: SuppressionBuffer = .unbounded, named: String? = nil
    ) -> KTable<Key, Value> {
        suppressed(waitMs: limit.milliseconds, buffer: buffer, sendsDeletions: true, named: named) { $1 }
    }

    @inlinable
    func suppressed(
        waitMs: Int64, buffer limits: SuppressionBuffer, sendsDeletions: Bool, named: String?,
        due: @escaping @Sendable (_ key: Key, _ timestamp: Int64) -> Int64
    ) -> KTable<Key, Value> {
        let name = builder.name(named, or: "KTABLE-SUPPRESS-")
        let store = named.map { "\($0)-store" } ?? builder.newName("KTABLE-SUPPRESS-STATE-STORE-")
        if let fault = limits.fault ?? (waitMs < 0 ? "the time limit must not be negative" : nil) {
            builder.fault("step \(name): \(fault)")
        }
        let parent = node
        let keySerde = self.keySerde
        let valueSerde = builder.serde(self.valueSerde, for: "values", of: name)
        let suppressed = TableState(store: nil, isMaterialized: false, parents: [state])
        suppressed.graceMs = state.graceMs
        // Look-ups see the row before what waits.
        state.sendOldValues()
        builder.add {
            let sendsOld = suppressed.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: [store]) {
                try $0.installSuppress(
                    name: name, store: store, waitMs: waitMs, limits: limits, sendsDeletions: sendsDeletions,
                    sendsOld: sendsOld, Value.self, due: due)
            }
        }
        builder.addStore {
            StoreDefinition(name: store) { assembly in
                try SuppressBuffer(
                    name: store, key: keySerde, value: valueSerde, changelog: assembly.changelog(of: store),
                    context: assembly.context, countsBytes: limits.maxBytes != nil)
            }
        }
        return KTable(
            builder: builder, node: name, key: keySerde, value: valueSerde, sources: sources, state: suppressed,
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
                guard let waiting = buffer.entries[key] else { return try reader.get(key) }
                return waiting.change.old.map { ValueAndTimestamp($0, -1) }
            })
        }
    }
}

extension TaskAssembly {
    /// Holds changes back until they are due and stream time is `waitMs` later.
    @inlinable
    func installSuppress<Key: Hashable & Sendable, Value: Sendable>(
        name: String, store storeName: String, waitMs: Int64, limits: SuppressionBuffer, sendsDeletions: Bool,
        sendsOld: Bool, _: Value.Type, due: @escaping (Key, Int64) -> Int64
    ) throws {
        let clock = context.clock(name)
        let buffer = try store(storeName, as: SuppressBuffer<Key, Value>.self)
        let next = try downstream(of: name, Record<Key, Change<Value>>.self)
        let emit: (SuppressBuffer<Key, Value>.Entry) throws -> Void = { entry in
            guard sendsDeletions || entry.change.new != nil else { return }
            let change = sendsOld ? entry.change : Change(old: nil, new: entry.change.new)
            try next(Record(key: entry.key, value: change, timestamp: entry.timestamp, headers: entry.headers))
        }
        let (maxRecords, maxBytes) = (limits.maxRecords ?? .max, limits.maxBytes ?? .max)
        setInput(of: name) { (record: Record<Key, Change<Value>>) in
            guard let key = record.key, let change = record.value else { return }
            let time = clock.advance(to: record.timestamp)
            try buffer.put(
                key, change, due: due(key, record.timestamp), timestamp: record.timestamp, headers: record.headers)
            while let entry = buffer.popFirst(dueBy: time.addingClamped(-waitMs)) { try emit(entry) }
            while buffer.entries.count > maxRecords || buffer.sizeInBytes > maxBytes {
                guard limits.whenFull == .emitEarly else {
                    throw StreamsError(
                        .processing,
                        "the buffer of \(name) is full: \(buffer.entries.count) results, \(buffer.sizeInBytes) bytes")
                }
                guard let entry = buffer.popFirst(dueBy: .max) else { break }
                try emit(entry)
            }
        }
    }
}
