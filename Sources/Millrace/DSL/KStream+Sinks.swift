public import KafkaProtocol

extension KStream {
    /// Writes the stream to `topic`, null keys and values included. Records keep timestamp and headers and go to the
    /// partition of their key's hash (murmur2, as Kafka's own producers choose it; of a windowed key that of the key
    /// inside, so that all windows of a key are in one partition), or the one that the partitioner of `produced` names;
    /// those without a key go to any. `key` and `value` are short for the serdes of `produced`.
    ///
    /// ```swift
    /// totals.to("totals", value: .int64)
    /// totals.to("totals", Produced(partitioner: byRegion, name: "write-totals"))
    /// ```
    @inlinable
    public func to(
        _ topic: String, _ produced: Produced<Key, Value> = Produced(), key: Serde<Key>? = nil, value: Serde<Value>? = nil
    ) {
        let name = builder.name(produced.name, or: "KSTREAM-SINK-")
        builder.addSink(
            name, TopicReference(topic), parent: node,
            builder.serde(key ?? produced.key ?? keySerde, for: "keys", of: name),
            builder.serde(value ?? produced.value ?? valueSerde, for: "values", of: name), produced.partitioner)
        builder.setPolicy(produced.onBadRecord, of: name)
    }

    /// Sends the stream through an internal topic and reads it back: for another number of partitions, or to spread
    /// work. Records with a null key are left out; timestamps, headers and the order within a key stay. Records are
    /// deleted from the topic once they are processed. Kafka Streams' `repartition`.
    ///
    /// ```swift
    /// stream.repartition(Repartitioned(name: "spread", partitions: 12)).mapValues(expensive)
    /// // ("a", "x"), (nil, "y")  ->  ("a", "x")
    /// ```
    @inlinable
    public func repartition(_ options: Repartitioned<Key, Value> = Repartitioned()) -> KStream<Key, Value> {
        let prefix = options.name?.name ?? builder.newName("KSTREAM-REPARTITION-")
        let key = builder.serde(options.key ?? keySerde, for: "keys", of: prefix)
        let value = builder.serde(options.value ?? valueSerde, for: "values", of: prefix)
        if let partitions = options.partitions, partitions < 1 {
            builder.fault("step \(prefix): a topic has at least 1 partition, not \(partitions)")
        }
        let (source, topic) = builder.addRepartitioning(
            prefix: prefix, partitions: options.partitions, parent: node, key, value,
            partitioner: options.partitioner, isMergeable: false)
        return KStream(builder: builder, node: source, key: key, value: value, sources: [topic], isRekeyed: false)
    }

    /// The stream as a table: each record is the new row of its key, whatever its timestamp; a null value deletes the
    /// row. Records with a null key are left out. If the key was changed before, the stream goes through a repartition
    /// topic. A store is made if a step needs the table's rows or one is named; it keeps rows until they are deleted.
    ///
    /// ```swift
    /// stream.toTable(.as("latest"))
    /// // ("a", "x"), (nil, "y"), ("a", nil)  ->  a is "x", then deleted
    /// ```
    @inlinable
    public func toTable(
        _ materialized: Materialized<Key, Value> = Materialized(), named: Named? = nil
    ) -> KTable<Key, Value> where Key: Hashable {
        let name = builder.name(named, or: "KSTREAM-TOTABLE-")
        let store = materialized.name ?? builder.newName("KSTREAM-TOTABLE-STATE-STORE-")
        let key = builder.serde(materialized.key ?? keySerde, for: "keys", of: name)
        let value = builder.serde(materialized.value ?? valueSerde, for: "values", of: name)
        var parent = node
        var topics = sources
        if isRekeyed {
            let (source, topic) = builder.addRepartitioning(
                prefix: name, partitions: nil, parent: node, key, value)
            parent = source
            topics = [topic]
        }
        return builder.tableSource(
            name: name, parent: parent, store: store, materialized: materialized, key: key, value: value,
            sources: topics)
    }
}

extension StreamsBuilder {
    @inlinable
    func addSink<Key: Sendable, Value: Sendable>(
        _ name: String, _ topic: TopicReference, parent: String, _ key: Serde<Key>, _ value: Serde<Value>,
        _ partitioner: StreamPartitioner<Key, Value>?
    ) {
        addSink(name, topic, parents: [parent], key, value, partitioner)
    }

    @inlinable
    func addSink<Key: Sendable, Value: Sendable>(
        _ name: String, _ topic: TopicReference, parents: [String], _ key: Serde<Key>, _ value: Serde<Value>,
        _ partitioner: StreamPartitioner<Key, Value>?
    ) {
        add { .sink(name, topic, parents: parents, key, value, partitioner) }
    }

    /// Whether a name looks like one made up for a stream: `KSTREAM`, anything, a `-` and ten digits. The names of
    /// branches have more digits, those of cogroups begin otherwise.
    @usableFromInline
    static func isNumberedStream(_ name: String) -> Bool {
        let end = name.utf8.suffix(11)
        return name.hasPrefix("KSTREAM") && name.utf8.count >= 18 && end.first == UInt8(ascii: "-")
            && end.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// The filter, sink and source of a repartition topic. They have numbers if the topic's name is one made up for a
    /// stream, else they are called after it; the numbers are used up in any case, as Kafka Streams does.
    @inlinable
    func addRepartitioning<Key: Sendable, Value: Sendable>(
        prefix: String, partitions: Int32?, parent: String, _ key: Serde<Key>, _ value: Serde<Value>,
        partitioner: StreamPartitioner<Key, Value>? = nil, isMergeable: Bool = true
    ) -> (source: String, topic: TopicReference) {
        let base = "\(prefix)-repartition"
        let topic = TopicReference(base, isInternal: true)
        let numbered = (newName("KSTREAM-SINK-"), newName("KSTREAM-FILTER-"), newName("KSTREAM-SOURCE-"))
        let (sink, filter, source) =
            Self.isNumberedStream(prefix) ? numbered : ("\(base)-sink", "\(base)-filter", "\(base)-source")
        add { .keyFilter(filter, parent: parent, keepsNullKeys: false, Key.self, Value.self) }
        for name in Set([filter, "\(base)-filter"]) {
            addNullKeyFilter(name) { .keyFilter(name, parent: $0, keepsNullKeys: true, Key.self, Value.self) }
        }
        addSink(sink, topic, parent: filter, key, value, partitioner)
        addRepartition(RepartitionDefinition(topic: topic, partitions: partitions))
        addSource(source, [topic], key, value, nil, .earliest)
        if isMergeable {
            addMergeable(
                MergeableRepartition(topic: topic, filter: filter, sink: sink, source: source) { parent in
                    let filter = "\(base)-filter"
                    return [
                        .keyFilter(filter, parent: parent, keepsNullKeys: false, Key.self, Value.self),
                        .sink("\(base)-sink", topic, parents: [filter], key, value, nil),
                        .source("\(base)-source", [topic], key, value, nil, .earliest),
                    ]
                })
        }
        return (source, topic)
    }
}

extension TopologyNode {
    /// A step that writes a topic.
    @inlinable
    static func sink<Key: Sendable, Value: Sendable>(
        _ name: String, _ topic: TopicReference, parents: [String], _ key: Serde<Key>, _ value: Serde<Value>,
        _ partitioner: StreamPartitioner<Key, Value>?
    ) -> TopologyNode {
        TopologyNode(name: name, kind: .sink(topic: topic), parents: parents) { assembly in
            let context = assembly.context
            let target = context.collector.target(topic: topic.resolved(applicationID: context.applicationID))
            guard let choose = partitioner?.partition else {
                let mark = assembly.mark(of: name)
                return assembly.setInput(of: name) {
                    (someKey: Key?, someValue: Value?, timestamp: Int64, headers: [RecordHeader]) in
                    mark.enter()
                    try context.collect(
                        target, partition: nil, timestamp: timestamp, headers: headers, key: someKey, key, someValue, value)
                }
            }
            let count = context.collector.partitionCount(of: target)
            let mark = assembly.mark(of: name)
            assembly.setInput(of: name) { (record: Record<Key, Value>) in
                mark.enter()
                try context.collect(
                    target, partition: choose(record, count), timestamp: record.timestamp, headers: record.headers,
                    key: record.key, key, record.value, value)
            }
        }
    }

    /// A step before a repartition topic that leaves out null keys.
    @inlinable
    static func keyFilter<Key: Sendable, Value: Sendable>(
        _ name: String, parent: String, keepsNullKeys: Bool, _: Key.Type, _: Value.Type
    ) -> TopologyNode {
        TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
            let context = assembly.context
            let next = try assembly.downstream(of: name, Record<Key, Value>.self)
            let mark = assembly.mark(of: name)
            assembly.setInput(of: name) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
                mark.enter()
                if keepsNullKeys || key != nil { try next(key, value, timestamp, headers) } else { context.drop(.null) }
            }
        }
    }
}
