public import KafkaProtocol

extension KStream {
    /// The records for which `predicate` is true, unchanged and at once. It is asked about null keys and values, too.
    ///
    /// ```swift
    /// stream.filter { _, value in (value ?? "").count > 1 }
    /// // ("a", "x"), ("b", "long"), (nil, "long"), ("c", nil)  ->  ("b", "long"), (nil, "long")
    /// ```
    @inlinable
    public func filter(
        named: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Bool
    ) -> KStream<Key, Value> {
        step("KSTREAM-FILTER-", named: named, key: keySerde, value: valueSerde, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                if try predicate(key, value) { try next(key, value, timestamp, headers) }
            }
        }
    }

    /// The records for which `predicate` is false; otherwise as `filter`.
    ///
    /// ```swift
    /// stream.filterNot { _, value in (value ?? "").count > 1 }
    /// // ("a", "x"), ("b", "long"), ("c", nil)  ->  ("a", "x"), ("c", nil)
    /// ```
    @inlinable
    public func filterNot(
        named: Named? = nil, _ predicate: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Bool
    ) -> KStream<Key, Value> {
        step("KSTREAM-FILTER-", named: named, key: keySerde, value: valueSerde, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                if try !predicate(key, value) { try next(key, value, timestamp, headers) }
            }
        }
    }

    /// A record with a new key and a new value for each record, at once, null keys and values included. Timestamp and
    /// headers stay. Marks the key as changed: grouping or joining afterwards goes through a repartition topic, which
    /// `mapValues` spares.
    ///
    /// ```swift
    /// stream.map { key, value in KeyValue(value, key) }
    /// // ("a", "x")  ->  ("x", "a")
    /// ```
    @inlinable
    public func map<NewKey: Sendable, NewValue: Sendable>(
        key: Serde<NewKey>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> KeyValue<NewKey, NewValue>
    ) -> KStream<NewKey, NewValue> {
        step("KSTREAM-MAP-", named: named, key: key, value: value, rekeys: true) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                let pair = try transform(key, value)
                try next(pair.key, pair.value, timestamp, headers)
            }
        }
    }

    /// A record with a new value for each record, at once; key, timestamp and headers stay, so that no repartitioning
    /// follows. Called for null values, too; a nil from `transform` is a null value.
    ///
    /// ```swift
    /// stream.mapValues { value in value?.uppercased() }
    /// // ("a", "x"), ("b", nil)  ->  ("a", "X"), ("b", nil)
    /// ```
    @inlinable
    public func mapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value?) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-MAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                try next(key, try transform(value), timestamp, headers)
            }
        }
    }

    /// `mapValues` with the key to look at.
    ///
    /// ```swift
    /// stream.mapValues { key, value in "\(key ?? "-"): \(value ?? "-")" }
    /// // ("a", "x")  ->  ("a", "a: x")
    /// ```
    @inlinable
    public func mapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-MAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                try next(key, try transform(key, value), timestamp, headers)
            }
        }
    }

    /// Any number of records for each record, in order and with its timestamp and headers. Called for null keys and
    /// values, too. Marks the key as changed, as `map` does.
    ///
    /// ```swift
    /// stream.flatMap { key, value in (value ?? "").split(separator: " ").map { KeyValue(String($0), key) } }
    /// // ("a", "x y"), ("b", "")  ->  ("x", "a"), ("y", "a")
    /// ```
    @inlinable
    public func flatMap<NewKey: Sendable, NewValue: Sendable>(
        key: Serde<NewKey>? = nil, value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> [KeyValue<NewKey, NewValue>]
    ) -> KStream<NewKey, NewValue> {
        step("KSTREAM-FLATMAP-", named: named, key: key, value: value, rekeys: true) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                for pair in try transform(key, value) {
                    try next(pair.key, pair.value, timestamp, headers)
                }
            }
        }
    }

    /// Any number of values for each record, each as a record with its key, timestamp and headers. Called for null
    /// values, too. No repartitioning follows.
    ///
    /// ```swift
    /// stream.flatMapValues { line in (line ?? "").split(separator: " ").map(String.init) }
    /// // ("a", "x y"), ("b", "")  ->  ("a", "x"), ("a", "y")
    /// ```
    @inlinable
    public func flatMapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ value: Value?) throws -> [NewValue]
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-FLATMAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                for value in try transform(value) { try next(key, value, timestamp, headers) }
            }
        }
    }

    /// `flatMapValues` with the key to look at, and nulls among the results.
    ///
    /// ```swift
    /// stream.flatMapValues { key, value in [key, value, nil] }
    /// // ("a", "x")  ->  ("a", "a"), ("a", "x"), ("a", nil)
    /// ```
    @inlinable
    public func flatMapValues<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> [NewValue?]
    ) -> KStream<Key, NewValue> {
        step("KSTREAM-FLATMAPVALUES-", named: named, key: keySerde, value: value, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                for value in try transform(key, value) { try next(key, value, timestamp, headers) }
            }
        }
    }

    /// The records with another key, at once; value, timestamp and headers stay. Called for null keys and values, too;
    /// a nil from `select` is a null key. Marks the key as changed: grouping or joining afterwards goes through a
    /// repartition topic, which leaves out null keys (but not before left and outer joins).
    ///
    /// ```swift
    /// stream.selectKey { _, value in value.map { String($0.prefix(1)) } }
    /// // ("a", "xy")  ->  ("x", "xy")
    /// ```
    @inlinable
    public func selectKey<NewKey: Sendable>(
        key: Serde<NewKey>? = nil, named: Named? = nil,
        _ select: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> NewKey?
    ) -> KStream<NewKey, Value> {
        step("KSTREAM-KEY-SELECT-", named: named, key: key, value: valueSerde, rekeys: true) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                try next(try select(key, value), value, timestamp, headers)
            }
        }
    }

    /// The same records, each shown to `look` on its way. With at-least-once processing a record may be shown again
    /// after a crash.
    ///
    /// ```swift
    /// stream.peek { key, value in log("\(key ?? "null")=\(value ?? "null")") }.to("out")
    /// ```
    @inlinable
    public func peek(
        named: Named? = nil, _ look: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Void
    ) -> KStream<Key, Value> {
        step("KSTREAM-PEEK-", named: named, key: keySerde, value: valueSerde, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                try look(key, value)
                try next(key, value, timestamp, headers)
            }
        }
    }

    /// Calls `act` for each record and ends the stream; null keys and values are shown, too. With at-least-once
    /// processing a record may be seen again after a crash.
    ///
    /// ```swift
    /// alarms.forEach { machine, text in pager.call(machine, text) }
    /// ```
    @inlinable
    public func forEach(
        named: Named? = nil, _ act: @escaping @Sendable (_ key: Key?, _ value: Value?) throws -> Void
    ) {
        let _: KStream<Key, Value> = step(
            "KSTREAM-FOREACH-", named: named, key: keySerde, value: valueSerde, rekeys: false
        ) { mark, _ in
            { key, value, timestamp, headers in
                mark.enter()
                try act(key, value)
            }
        }
    }

    /// This stream and another one as one, records unchanged. Order is kept within each partition of each stream;
    /// between the streams it is that of processing: by timestamp where records of both are there. If the key of either
    /// was changed, that of the merged stream counts as changed.
    ///
    /// ```swift
    /// web.merge(app).groupByKey().count()
    /// // web ("a", "x"), app ("a", "y")  ->  ("a", "x"), ("a", "y")
    /// ```
    @inlinable
    public func merge(_ other: KStream<Key, Value>, named: Named? = nil) -> KStream<Key, Value> {
        let name = builder.name(named, or: "KSTREAM-MERGE-")
        let parents = [node, other.node]
        builder.noteMerge(name, bothRekeyed: isRekeyed && other.isRekeyed)
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
    /// Another record for each record, with its timestamp and headers in sight; nil for none. One with a negative timestamp
    /// fails the record. Called for null keys and values, too. The key's type stays; that a key was changed is not noticed
    /// by grouping and joining, so use `selectKey` for that. Kafka Streams' `processValues` with a function for a processor.
    ///
    /// ```swift
    /// stream.mapRecords { record in record.headers.isEmpty ? nil : record }
    /// ```
    @inlinable
    public func mapRecords<NewValue: Sendable>(
        value: Serde<NewValue>? = nil, named: Named? = nil,
        _ transform: @escaping @Sendable (_ record: Record<Key, Value>) throws -> Record<Key, NewValue>?
    ) -> KStream<Key, NewValue> {
        let name = named?.name ?? "mapRecords"
        return step("KSTREAM-PROCESSOR-", named: named, key: keySerde, value: value, rekeys: false) { mark, next in
            { key, value, timestamp, headers in
                mark.enter()
                let record = Record(key: key, value: value, timestamp: timestamp, headers: headers)
                guard let result = try transform(record) else { return }
                guard result.timestamp >= 0 else { throw NegativeTimestamp(result.timestamp, of: name) }
                try next(result)
            }
        }
    }
}
