import KafkaProtocol

extension KStream {
    /// Writes each record to the topic that `topic` chooses for it: Kafka Streams' `to` with a `TopicNameExtractor`.
    /// `metadata` says where the record that is being processed was read; it is nil where there is none, as in
    /// `ProcessingContext.recordMetadata`.
    ///
    /// The topics are best made before. In a running application, one that is not there is created if its configuration
    /// says so for missing topics or the cluster creates topics by itself, else it is an error that names the topic and
    /// this step. Records of a topic that the application meets for the first time wait until its partitions are known,
    /// and are written in their order with the next batch. What the closure throws fails the record.
    /// ```swift
    /// orders.to(choosing: { order, _ in "orders-\(order.value?.country ?? "unknown")" })
    /// ```
    @inlinable
    public func to(
        _ produced: Produced<Key, Value> = Produced(), key: Serde<Key>? = nil, value: Serde<Value>? = nil,
        choosing topic: @escaping @Sendable (_ record: Record<Key, Value>, _ metadata: RecordMetadata?) throws -> String
    ) {
        let name = builder.name(produced.name, or: "KSTREAM-SINK-")
        let key = builder.serde(key ?? produced.key ?? keySerde, for: "keys", of: name)
        let value = builder.serde(value ?? produced.value ?? valueSerde, for: "values", of: name)
        let partitioner = produced.partitioner
        builder.setPolicy(produced.onBadRecord, of: name)
        let parent = node
        builder.add { .sink(name, choosing: topic, parents: [parent], key, value, partitioner) }
    }
}

extension TopologyNode {
    /// A step that writes each record to a topic of its own choice.
    @inlinable
    static func sink<Key: Sendable, Value: Sendable>(
        _ name: String,
        choosing topic:
            @escaping @Sendable (_ record: Record<Key, Value>, _ metadata: RecordMetadata?) throws -> String,
        parents: [String], _ key: Serde<Key>, _ value: Serde<Value>, _ partitioner: StreamPartitioner<Key, Value>?
    ) -> TopologyNode {
        let choose = partitioner?.partition
        return TopologyNode(name: name, kind: .sink(topic: nil), parents: parents) { assembly in
            let context = assembly.context
            let collector = context.collector
            let mark = assembly.mark(of: name)
            assembly.setInput(of: name) { (record: Record<Key, Value>) in
                mark.enter()
                let target = collector.target(topic: try topic(record, context.recordMetadata), chosenBy: name)
                let count = collector.partitionCount(of: target)
                let partition: Int32? = if count > 0, let choose { choose(record, count) } else { nil }
                try context.collect(
                    target, partition: partition, timestamp: record.timestamp, headers: record.headers,
                    key: record.key, key, record.value, value)
                if count == 0, let choose { collector.choosePartitionLater(of: target) { choose(record, $0) } }
            }
        }
    }
}
