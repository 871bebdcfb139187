public import KafkaProtocol

/// A table: the latest value per key, and the stream of its changes. Kafka Streams' `KTable`.
///
/// Rows of windowed tables have `Windowed` keys. Steps after a table get its changes, at once or, from a store with a
/// cache, the latest of each key with the next commit. A table has a store if one is named, or if a later step needs
/// its rows; otherwise it is just the changes. Stores keep rows until they are deleted; those of windows see
/// `windowedBy`.
public struct KTable<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let builder: StreamsBuilder
    @usableFromInline let node: String
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>?
    @usableFromInline let sources: [TopicReference]
    @usableFromInline let state: TableState
    @usableFromInline let rows: TableRows<Key, Value>

    /// A table. Without `rows` its rows are those of the key-value store that `state` names.
    @inlinable init(
        builder: StreamsBuilder, node: String, key: Serde<Key>, value: Serde<Value>?, sources: [TopicReference],
        state: TableState, rows: TableRows<Key, Value>? = nil
    ) {
        self.builder = builder
        self.node = node
        self.keySerde = key
        self.valueSerde = value
        self.sources = sources
        self.state = state
        self.rows = rows ?? .keyValue(state.store ?? "")
        builder.noteOutput(of: node, RecordType(Record<Key, Change<Value>>.self))
    }

    /// The table's changes as a stream of new values, with the rows' timestamps; a deletion has a null value.
    ///
    /// ```swift
    /// clicks.groupByKey().count().toStream().to("counts")
    /// // ("a", "x"), ("a", "y")  ->  ("a", 1), ("a", 2)
    /// ```
    @inlinable
    public func toStream(named: Named? = nil) -> KStream<Key, Value> {
        let name = builder.name(named, or: "KTABLE-TOSTREAM-")
        let parent = node
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
                let next = try assembly.downstream(of: name, Record<Key, Value>.self)
                let mark = assembly.mark(of: name)
                assembly.setInput(of: name) {
                    (key: Key?, change: Change<Value>?, timestamp: Int64, headers: [RecordHeader]) in
                    mark.enter()
                    try next(key, change?.new, timestamp, headers)
                }
            }
        }
        return KStream(
            builder: builder, node: name, key: keySerde, value: valueSerde, sources: sources, isRekeyed: false)
    }

    /// The table's changes as a stream with other keys: `toStream` and then `selectKey`. Marks the key as changed.
    ///
    /// ```swift
    /// hourly.toStream { key, _ in key.map { "\($0.key)@\($0.window.start)" } }
    /// // (a@0/3600000, 7)  ->  ("a@0", 7)
    /// ```
    @inlinable
    public func toStream<NewKey: Sendable>(
        key: Serde<NewKey>? = nil, named: Named? = nil,
        _ select: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> NewKey?
    ) -> KStream<NewKey, Value> {
        toStream(named: named).selectKey(key: key, select)
    }

    /// Writes the table's changes to `topic`: the same as `toStream().to(topic)`.
    ///
    /// ```swift
    /// clicks.groupByKey().count().to("counts")
    /// ```
    @inlinable
    public func to(
        _ topic: String, _ produced: Produced<Key, Value> = Produced(), key: Serde<Key>? = nil, value: Serde<Value>? = nil
    ) {
        toStream().to(topic, produced, key: key, value: value)
    }

    /// Groups the table's rows by a new key, for an aggregate that follows the rows as they change. `transform` gives
    /// the key and the value under which a row counts; where it gives no key or no value the row does not count. The
    /// table is stored, so that a change can be taken back, and rows go through a repartition topic.
    ///
    /// ```swift
    /// cities.groupBy { name, city in KeyValue(city, name) }.count()
    /// // ("ann", "Rome"), ("eve", "Rome"), ("ann", "Oslo"), ("eve", nil)  ->  Rome 1, Rome 2, Rome 1, Oslo 1, Rome 0
    /// ```
    @inlinable
    public func groupBy<NewKey: Hashable & Sendable, NewValue: Sendable>(
        _ options: Grouped<NewKey, NewValue> = Grouped(),
        _ transform: @escaping @Sendable (_ key: Key, _ value: Value) throws -> KeyValue<NewKey, NewValue>
    ) -> KGroupedTable<NewKey, NewValue> {
        let name = builder.name(options.name, or: "KTABLE-SELECT-")
        let parent = node
        let keySerde = builder.serde(options.key, for: "keys", of: name)
        state.sendOldValues()
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
                let next = try assembly.downstream(of: name, Record<NewKey, Change<NewValue>>.self)
                // Keys are equal if their bytes are.
                let (mine, other) = (KeyCoder(keySerde), KeyCoder(keySerde))
                func areEqual(_ a: NewKey, _ b: NewKey) throws -> Bool {
                    try mine.withBytes(a) { a in
                        try other.withBytes(b) { b in a.count == b.count && a.elementsEqualBytes(b) }
                    }
                }
                let mark = assembly.mark(of: name)
                assembly.setInput(of: name) { (record: Record<Key, Change<Value>>) in
                    mark.enter()
                    // Of a versioned table only its latest word on a row counts.
                    guard let key = record.key, let change = record.value, change.isLatest else { return }
                    let old = try change.old.map { try transform(key, $0) }
                    let new = try change.new.map { try transform(key, $0) }
                    func send(_ key: NewKey, _ old: NewValue?, _ new: NewValue?) throws {
                        try next(record.with(key: key).with(value: Change(old: old, new: new)))
                    }
                    // A change within a group is one record, a move between groups is two.
                    if let a = old?.key, let b = new?.key, let from = old?.value, let to = new?.value, try areEqual(a, b) {
                        return try send(a, from, to)
                    }
                    if let key = old?.key, let value = old?.value { try send(key, value, nil) }
                    if let key = new?.key, let value = new?.value { try send(key, nil, value) }
                }
            }
        }
        return KGroupedTable(
            builder: builder, node: name, name: options.name, key: builder.serde(options.key, for: "keys", of: name),
            value: builder.serde(options.value, for: "values", of: name))
    }
}

/// What is decided about a table by the steps that follow it.
@usableFromInline
final class TableState {
    /// The store that has the table's rows, if it is materialized.
    @usableFromInline let store: String?
    @usableFromInline private(set) var isMaterialized: Bool
    /// Whether changes carry the row before.
    @usableFromInline private(set) var sendsOldValues = false
    /// How long a versioned table keeps what rows were, in milliseconds; nil for tables without history.
    @usableFromInline var historyRetentionMs: Int64?
    /// Makes the store.
    @usableFromInline var define: (() -> Void)?
    /// The tables that this one takes its rows from, if it has none of its own.
    let parents: [TableState]

    @usableFromInline init(store: String?, isMaterialized: Bool, parents: [TableState] = []) {
        self.store = store
        self.isMaterialized = isMaterialized
        self.parents = parents
    }

    /// Has changes carry the row before, from a store where there is one.
    @usableFromInline
    func sendOldValues() {
        guard !sendsOldValues else { return }
        sendsOldValues = true
        if store != nil { materialize() } else { parents.forEach { $0.sendOldValues() } }
    }

    /// Has changes carry the row before if that costs no store more than there are so far; says whether they do.
    @usableFromInline
    func sendOldValuesIfStored() -> Bool {
        if store == nil {
            guard parents.allSatisfy({ $0.sendOldValuesIfStored() }) else { return false }
        } else {
            guard isMaterialized else { return false }
        }
        sendsOldValues = true
        return true
    }

    /// Makes the stores that the table's rows are in, if they are not there yet.
    @usableFromInline
    func materialize() {
        guard store != nil else { return parents.forEach { $0.materialize() } }
        guard !isMaterialized else { return }
        isMaterialized = true
        define?()
    }
}
