import KafkaProtocol

/// A stream whose records all have a value, so that closures need not ask: what `KStream.nonNull()` gives.
///
/// Keys may still be null, as those of many topics are. Steps that can make a null give a `KStream` back, and `stream` does
/// at any time, for steps that are only there (joins leave null values out by themselves).
///
/// ```swift
/// orders.nonNull()
///     .filter { _, order in order.cents > 1000 }
///     .groupBy { _, order in order.customer }
///     .count()
/// ```
public struct NonNullKStream<Key: Sendable, Value: Sendable> {
    /// The same stream with values that may be null, for steps of `KStream`.
    public let stream: KStream<Key, Value>

    @usableFromInline init(_ stream: KStream<Key, Value>) { self.stream = stream }

    /// The records for which `predicate` is true; see `KStream.filter`.
    @inlinable
    public func filter(
        named: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> Bool
    ) -> NonNullKStream {
        NonNullKStream(stream.filter(named: named) { key, value in try value.map { try predicate(key, $0) } ?? false })
    }

    /// The records for which `predicate` is false; see `KStream.filterNot`.
    @inlinable
    public func filterNot(
        named: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> Bool
    ) -> NonNullKStream {
        NonNullKStream(stream.filterNot(named: named) { key, value in try value.map { try predicate(key, $0) } ?? true })
    }

    /// A record with a new key and a new value, either of which may be null, for each record; see `KStream.map`.
    @inlinable
    public func map<NewKey: Sendable, NewValue: Sendable>(
        key: Serde<NewKey>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> KeyValue<NewKey, NewValue>
    ) -> KStream<NewKey, NewValue> {
        stream.step("KSTREAM-FLATMAP-", named: named, key: key, value: value, rekeys: true) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                guard let value else { return }
                let pair = try transform(key, value)
                try next(pair.key, pair.value, timestamp, headers)
            }
        }
    }

    /// A record with a new value for each record; see `KStream.mapValues`.
    @inlinable
    public func mapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value) throws -> NewValue
    ) -> NonNullKStream<Key, NewValue> {
        NonNullKStream<Key, NewValue>(stream.mapValues(value: value, named: named) { value in try value.map(transform) })
    }

    /// `mapValues` with the key to look at.
    @inlinable
    public func mapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> NewValue
    ) -> NonNullKStream<Key, NewValue> {
        NonNullKStream<Key, NewValue>(
            stream.mapValues(value: value, named: named) { key, value in try value.map { try transform(key, $0) } })
    }

    /// A record with a new value for each record for which `transform` gives one; see `KStream.compactMapValues`.
    @inlinable
    public func compactMapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value) throws -> NewValue?
    ) -> NonNullKStream<Key, NewValue> {
        stream.compactMapValues(value: value, named: named, transform)
    }

    /// Any number of records for each record; see `KStream.flatMap`.
    @inlinable
    public func flatMap<NewKey: Sendable, NewValue: Sendable>(
        key: Serde<NewKey>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> [KeyValue<NewKey, NewValue>]
    ) -> KStream<NewKey, NewValue> {
        stream.flatMap(key: key, value: value, named: named) { key, value in try value.map { try transform(key, $0) } ?? [] }
    }

    /// Any number of values for each record; see `KStream.flatMapValues`.
    @inlinable
    public func flatMapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value) throws -> [NewValue]
    ) -> NonNullKStream<Key, NewValue> {
        NonNullKStream<Key, NewValue>(
            stream.flatMapValues(value: value, named: named) { value in try value.map(transform) ?? [] })
    }

    /// The records with another key; see `KStream.selectKey`.
    @inlinable
    public func selectKey<NewKey: Sendable>(
        key: Serde<NewKey>? = nil, named: Named? = nil,
        _ select: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> NewKey?
    ) -> NonNullKStream<NewKey, Value> {
        NonNullKStream<NewKey, Value>(
            stream.selectKey(key: key, named: named) { key, value in try value.flatMap { try select(key, $0) } })
    }

    /// The same records, each shown to `look` on its way; see `KStream.peek`.
    @inlinable
    public func peek(
        named: Named? = nil, _ look: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> Void
    ) -> NonNullKStream {
        NonNullKStream(stream.peek(named: named) { key, value in if let value { try look(key, value) } })
    }

    /// Calls `act` for each record and ends the stream; see `KStream.forEach`.
    @inlinable
    public func forEach(
        named: Named? = nil, _ act: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> Void
    ) {
        stream.forEach(named: named) { key, value in if let value { try act(key, value) } }
    }

    /// Groups the records by their key; see `KStream.groupByKey`.
    @inlinable
    public func groupByKey(_ options: Grouped<Key, Value> = Grouped()) -> KGroupedStream<Key, Value> where Key: Hashable {
        stream.groupByKey(options)
    }

    /// Groups the records by a new key; see `KStream.groupBy`.
    @inlinable
    public func groupBy<NewKey: Hashable & Sendable>(
        _ options: Grouped<NewKey, Value> = Grouped(),
        _ select: @escaping @Sendable (_ key: Key?, _ value: Value) throws -> NewKey?
    ) -> KGroupedStream<NewKey, Value> {
        stream.groupBy(options) { key, value in try value.flatMap { try select(key, $0) } }
    }

    /// The stream as a table, of which no record deletes a row; see `KStream.toTable`.
    @inlinable
    public func toTable(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil
    ) -> KTable<Key, Value> where Key: Hashable {
        stream.toTable(materialized, named: named)
    }

    /// Writes the stream to `topic`; see `KStream.to`.
    @inlinable
    public func to(
        _ topic: String, _ produced: Produced<Key, Value> = Produced(), key: Serde<Key>? = nil, value: Serde<Value>? = nil
    ) {
        stream.to(topic, produced, key: key, value: value)
    }
}

extension KStream {
    /// The records that have a value, as a stream whose closures get it without a question mark. Keys may be null.
    ///
    /// ```swift
    /// words.nonNull().mapValues { word in word.uppercased() }
    /// // ("a", "x"), ("b", nil), (nil, "y")  ->  ("a", "X"), (nil, "Y")
    /// ```
    @inlinable
    public func nonNull(named: Named? = nil) -> NonNullKStream<Key, Value> {
        NonNullKStream(filter(named: named) { _, value in value != nil })
    }

    /// A record with a new value for each record that has a value and for which `transform` gives one; the others are left
    /// out. Key, timestamp and headers stay, so that no repartitioning follows.
    ///
    /// ```swift
    /// lines.compactMapValues { line in Int64(line) }
    /// // ("a", "7"), ("b", "x"), ("c", nil)  ->  ("a", 7)
    /// ```
    @inlinable
    public func compactMapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value) throws -> NewValue?
    ) -> NonNullKStream<Key, NewValue> {
        let stream: KStream<Key, NewValue> = step(
            "KSTREAM-FLATMAPVALUES-", named: named, key: keySerde, value: value, rekeys: false
        ) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                if let value, let result = try transform(value) { try next(key, result, timestamp, headers) }
            }
        }
        return NonNullKStream<Key, NewValue>(stream)
    }
}
