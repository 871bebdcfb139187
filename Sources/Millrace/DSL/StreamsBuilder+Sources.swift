public import KafkaProtocol

extension StreamsBuilder {
    /// A stream of all records of `topic`, null keys and values included. `key` and `value` are short for the serdes of
    /// `consumed`; those that are not named are the types' own.
    ///
    /// The event time is what `consumed.timestamp` takes from a record, else the record's own timestamp; a record with
    /// a negative one is dropped and counted. A task takes the record with the smallest timestamp among those that wait
    /// in its partitions. Bytes that a serde cannot read fail the record, as the `BadRecordPolicy` says (`consumed.onBadRecord`). Streams of the
    /// same topics and types share one step, with the settings of the first; other than that a topic is read by one
    /// step only.
    ///
    /// ```swift
    /// let views: KStream<String, Int64> = builder.stream("views")
    /// let orders = builder.stream("orders", .reset(.latest), key: .string, value: .json(Order.self))
    /// ```
    @inlinable
    public func stream<Key: Sendable, Value: Sendable>(
        _ topic: String, _ consumed: Consumed<Key, Value> = Consumed(), key: Serde<Key>? = nil, value: Serde<Value>? = nil
    ) -> KStream<Key, Value> {
        stream([topic], consumed, key: key, value: value)
    }

    /// A stream of the raw bytes of keys and the values that `value` reads: for topics whose keys do not matter.
    ///
    /// ```swift
    /// builder.stream("lines", value: .string)
    ///     .flatMapValues { line in (line ?? "").split(separator: " ").map(String.init) }
    /// ```
    @inlinable
    public func stream<Value: Sendable>(
        _ topic: String, _ consumed: Consumed<Bytes, Value> = Consumed(), value: Serde<Value>
    ) -> KStream<Bytes, Value> {
        stream([topic], consumed, key: .bytes, value: value)
    }

    /// A stream of all records of several topics, in no order between them but that of timestamps where records of both
    /// are there; otherwise as with one topic.
    ///
    /// ```swift
    /// let views: KStream<String, Int64> = builder.stream(["web-views", "app-views"])
    /// ```
    @inlinable
    public func stream<Key: Sendable, Value: Sendable>(
        _ topics: [String], _ consumed: Consumed<Key, Value> = Consumed(), key: Serde<Key>? = nil,
        value: Serde<Value>? = nil
    ) -> KStream<Key, Value> {
        stream(topics.map { TopicReference($0) }, key, value, consumed)
    }

    /// A stream of all records of all topics whose whole names match a regular expression, also of topics that come to be later;
    /// those of a topic that is deleted are over. Otherwise as with several topics. Kafka Streams' `stream(Pattern)`.
    ///
    /// The syntax is RE2's: Java's without look-around and references back, so that matching takes no time to speak of. Left out
    /// are the brokers' own topics, the application's (repartition topics and changelogs) and its dead-letter topics. How soon
    /// topics are found, `StreamsConfiguration.metadataMaxAge` says. With a store after it, or a repartition topic without a number of
    /// partitions, all of them must have equally many.
    ///
    /// ```swift
    /// let orders: KStream<String, Int64> = builder.stream(matching: "orders-.*")
    /// ```
    @inlinable
    public func stream<Key: Sendable, Value: Sendable>(
        matching pattern: String, _ consumed: Consumed<Key, Value> = Consumed(), key: Serde<Key>? = nil,
        value: Serde<Value>? = nil
    ) -> KStream<Key, Value> {
        stream([TopicReference(pattern, isPattern: true)], key, value, consumed)
    }

    @inlinable
    func stream<Key: Sendable, Value: Sendable>(
        _ references: [TopicReference], _ key: Serde<Key>?, _ value: Serde<Value>?, _ consumed: Consumed<Key, Value>
    ) -> KStream<Key, Value> {
        let name = self.name(consumed.name, or: "KSTREAM-SOURCE-")
        if references.isEmpty { fault("step \(name) reads no topic") }
        let keySerde = serde(key ?? consumed.key, for: "keys", of: name)
        let valueSerde = serde(value ?? consumed.value, for: "values", of: name)
        let shared = sharedSource(name, references, consumed.reset, KStream<Key, Value>.self)
        if shared == nil { addSource(name, references, keySerde, valueSerde, consumed.timestamp, consumed.reset) }
        setPolicy(consumed.onBadRecord, of: shared ?? name)
        return KStream(
            builder: self, node: shared ?? name, key: keySerde, value: valueSerde, sources: references, isRekeyed: false
        )
    }

    @inlinable
    func addSource<Key, Value>(
        _ name: String, _ topics: [TopicReference], _ keySerde: Serde<Key>, _ valueSerde: Serde<Value>,
        _ timestamp: TimestampExtractor<Key, Value>?, _ reset: OffsetReset?
    ) {
        add { .source(name, topics, keySerde, valueSerde, timestamp, reset) }
    }

    /// A table of the latest value per key of `topic`: each record is the new row of its key, whatever its timestamp
    /// (but see `Materialized.versioned`). Records without a key are dropped and counted; a null value deletes. A store
    /// is made if a step needs the table's rows or one is named; it keeps rows until they are deleted. `key` and
    /// `value` are short for the serdes of `Consumed`.
    ///
    /// ```swift
    /// let customers: KTable<String, Customer> = builder.table("customers", .as("customers"), value: .json())
    /// // ("c1", ann), ("c1", nil)  ->  c1 is ann, then deleted
    /// ```
    @inlinable
    public func table<Key: Hashable & Sendable, Value: Sendable>(
        _ topic: String, _ materialized: Materialized<Key, Value> = Materialized(), key: Serde<Key>? = nil,
        value: Serde<Value>? = nil
    ) -> KTable<Key, Value> {
        table(topic, Consumed(key: key, value: value), materialized)
    }

    /// A table of the latest value per key of `topic`, read as `consumed` says; otherwise as above.
    ///
    /// ```swift
    /// let customers = builder.table("customers", Consumed(key: .string, value: .json(Customer.self), name: "read"))
    /// ```
    // Options that a store has, too, are taken for its own; it makes no difference.
    @inlinable @_disfavoredOverload
    public func table<Key: Hashable & Sendable, Value: Sendable>(
        _ topic: String, _ consumed: Consumed<Key, Value>,
        _ materialized: Materialized<Key, Value> = Materialized()
    ) -> KTable<Key, Value> {
        let named = consumed.name
        let store = materialized.name ?? newName("\(topic)-STATE-STORE-")
        let source = self.name(named.map { "\($0)-source" }, or: "KSTREAM-SOURCE-")
        let name = self.name(named, or: "KTABLE-SOURCE-")
        let keySerde = serde(consumed.key ?? materialized.key, for: "keys", of: name)
        let valueSerde = serde(consumed.value ?? materialized.value, for: "values", of: name)
        addSource(source, [TopicReference(topic)], keySerde, valueSerde, consumed.timestamp, consumed.reset)
        setPolicy(consumed.onBadRecord, of: source)
        // A topic that is compacted has no history, so a versioned store needs a changelog of its own.
        if materialized.historyRetentionMs == nil { addTableSource(store: store, TopicReference(topic)) }
        return tableSource(
            name: name, parent: source, store: store, materialized: materialized, key: keySerde, value: valueSerde,
            sources: [TopicReference(topic)])
    }

    /// The node that turns records into changes of a table.
    @inlinable
    func tableSource<Key: Hashable & Sendable, Value: Sendable>(
        name: String, parent: String, store: String, materialized: Materialized<Key, Value>, key keySerde: Serde<Key>,
        value valueSerde: Serde<Value>, sources: [TopicReference]
    ) -> KTable<Key, Value> {
        if let retention = materialized.historyRetentionMs {
            return versionedSource(
                name: name, parent: parent, store: store, retentionMs: retention, changelog: materialized.changelog,
                engine: materialized.store, key: keySerde, value: valueSerde, sources: sources)
        }
        let state = TableState(store: store, isMaterialized: materialized.name != nil)
        add {
            let stored = state.isMaterialized ? store : nil
            let sendsOld = state.sendsOldValues
            return TopologyNode(name: name, kind: .processor, parents: [parent], stores: stored.map { [$0] } ?? []) {
                try $0.installTableSource(
                    name: name, store: stored, isCached: materialized.isCached, sendsOld: sendsOld, Key.self,
                    Value.self)
            }
        }
        state.define = { [unowned self] in
            addStore {
                .keyValue(
                    store, key: keySerde, value: valueSerde, changelog: materialized.changelog, materialized.store)
            }
        }
        if materialized.name != nil { state.define?() }
        return KTable(builder: self, node: name, key: keySerde, value: valueSerde, sources: sources, state: state)
    }
}

extension StoreDefinition {
    /// A key-value store.
    @inlinable
    static func keyValue<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, key: Serde<Key>, value: Serde<Value>, changelog: StoreChangelog, _ engine: StoreEngine?
    ) -> StoreDefinition {
        StoreDefinition(name: name, changelog: changelog) { assembly in
            KeyValueStore(
                name: name, key: key, value: value, changelog: assembly.changelog(of: name), context: assembly.context)
        }.kept(by: engine, .rows).holding(.keyValue, key, value)
    }
}

extension TopologyNode {
    /// A step that reads topics.
    @inlinable
    static func source<Key, Value>(
        _ name: String, _ topics: [TopicReference], _ keySerde: Serde<Key>, _ valueSerde: Serde<Value>,
        _ timestamp: TimestampExtractor<Key, Value>?, _ reset: OffsetReset?
    ) -> TopologyNode {
        TopologyNode(name: name, kind: .source(topics: topics, reset: reset), parents: []) { assembly in
            let next = assembly.noticing(try assembly.downstream(of: name, Record<Key, Value>.self))
            // Each topic has its own port, which holds its next record until its turn.
            for topic in assembly.topics(of: name) {
                assembly.setSource(
                    topic: topic, .typed(key: keySerde, value: valueSerde, extractor: timestamp, to: next))
            }
        }
    }
}
