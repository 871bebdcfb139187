import KafkaProtocol

extension KStream {
    /// The records for which `predicate` is true.
    @inlinable
    public func filter(
        named: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Bool
    ) -> KStream<Key, Value> {
        step("KSTREAM-FILTER-", named: named, key: keySerde, value: valueSerde, rekeys: false) { next in
            { record in if try predicate(record.key, record.value) { try next(record) } }
        }
    }

    /// The records for which `predicate` is false.
    @inlinable
    public func filterNot(
        named: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Bool
    ) -> KStream<Key, Value> {
        step("KSTREAM-FILTER-", named: named, key: keySerde, value: valueSerde, rekeys: false) { next in
            { record in if try !predicate(record.key, record.value) { try next(record) } }
        }
    }

    /// A record with a new key and a new value for each record. Marks the key as changed: grouping or joining
    /// afterwards goes through a repartition topic. Timestamp and headers stay.
    @inlinable
    public func map<NewKey: Sendable, NewValue: Sendable>(
        key: Serde<NewKey>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> KeyValue<NewKey, NewValue>
    ) -> KStream<NewKey, NewValue> {
        step("KSTREAM-MAP-", named: named, key: key, value: value, rekeys: true) { next in
            { record in
                let pair = try transform(record.key, record.value)
                try next(
                    Record(key: pair.key, value: pair.value, timestamp: record.timestamp, headers: record.headers))
            }
        }
    }

    /// A record with a new value for each record; the key stays, and so no repartitioning follows. Called for null
    /// values, too.
    @inlinable
    public func mapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value?) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-MAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { next in
            { record in try next(record.with(value: try transform(record.value))) }
        }
    }

    /// `mapValues` with the key to look at.
    @inlinable
    public func mapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-MAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { next in
            { record in try next(record.with(value: try transform(record.key, record.value))) }
        }
    }

    /// Any number of records for each record. Marks the key as changed.
    @inlinable
    public func flatMap<NewKey: Sendable, NewValue: Sendable>(
        key: Serde<NewKey>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> [KeyValue<NewKey, NewValue>]
    ) -> KStream<NewKey, NewValue> {
        step("KSTREAM-FLATMAP-", named: named, key: key, value: value, rekeys: true) { next in
            { record in
                for pair in try transform(record.key, record.value) {
                    try next(
                        Record(key: pair.key, value: pair.value, timestamp: record.timestamp, headers: record.headers))
                }
            }
        }
    }

    /// Any number of values for each record, with the record's key.
    @inlinable
    public func flatMapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value?) throws -> [NewValue]
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-FLATMAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { next in
            { record in for value in try transform(record.value) { try next(record.with(value: value)) } }
        }
    }

    /// `flatMapValues` with the key to look at, and nulls among the results.
    @inlinable
    public func flatMapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> [NewValue?]
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-FLATMAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { next in
            { record in
                for value in try transform(record.key, record.value) { try next(record.with(value: value)) }
            }
        }
    }

    /// The records with another key. Marks the key as changed: grouping or joining afterwards goes through a
    /// repartition topic.
    @inlinable
    public func selectKey<NewKey: Sendable>(
        key: Serde<NewKey>? = nil, named: Named? = nil,
        _ select: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> NewKey?
    ) -> KStream<NewKey, Value> {
        step("KSTREAM-KEY-SELECT-", named: named, key: key, value: valueSerde, rekeys: true) { next in
            { record in try next(record.with(key: try select(record.key, record.value))) }
        }
    }

    /// The same records, each shown to `look` on its way.
    @inlinable
    public func peek(
        named: Named? = nil, _ look: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Void
    ) -> KStream<Key, Value> {
        step("KSTREAM-PEEK-", named: named, key: keySerde, value: valueSerde, rekeys: false) { next in
            { record in
                try look(record.key, record.value)
                try next(record)
            }
        }
    }

    /// Calls `act` for each record and ends the stream. With at-least-once processing a record may be seen again
    /// after a crash.
    @inlinable
    public func forEach(
        named: Named? = nil, _ act: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Void
    ) {
        let _: KStream<Key, Value> = step(
            "KSTREAM-FOREACH-", named: named, key: keySerde, value: valueSerde, rekeys: false
        ) { _ in { record in try act(record.key, record.value) } }
    }

    /// This stream and another one as one. Order is kept within each, not between them.
    @inlinable
    public func merge(_ other: KStream<Key, Value>, named: Named? = nil) -> KStream<Key, Value> {
        let name = builder.name(named, or: "KSTREAM-MERGE-")
        let parents = [node, other.node]
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: parents) { assembly in
                assembly.setInput(of: name, try assembly.downstream(of: name, Record<Key, Value>.self))
            }
        }
        return KStream(
            builder: builder, node: name, key: keySerde ?? other.keySerde, value: valueSerde ?? other.valueSerde,
            sources: sources + other.sources.filter { !sources.contains($0) },
            isRekeyed: isRekeyed || other.isRekeyed)
    }
}

extension KStream {
    /// Another record for each record, with its timestamp and headers in sight; nil for none. The key's type stays; a key
    /// that is changed is not noticed by grouping and joining, so use `selectKey` for that.
    @inlinable
    public func mapRecords<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ record: Record<Key, Value>) throws -> Record<Key, NewValue>?
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-PROCESSOR-", named: named, key: keySerde, value: value, rekeys: false) { next in
            { record in if let result = try transform(record) { try next(result) } }
        }
    }
}
