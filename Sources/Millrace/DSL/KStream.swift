import KafkaProtocol

/// A stream of records: each is an event of its own. Kafka Streams' `KStream`.
///
/// Steps are added to the builder that the stream comes from, and each gives a new stream; a stream may be used by
/// several steps. Keys and values are optional everywhere, since Kafka's are: a null on the topic is `nil`.
///
/// Closures run on the task of a partition, many tasks at once, and so are `@Sendable`. One that throws fails the
/// record, and a `BadRecordPolicy` says what happens next: the application's, or the step's own (`onBadRecord`).
public struct KStream<Key: Sendable, Value: Sendable> {
    @usableFromInline let builder: StreamsBuilder
    @usableFromInline let node: String
    @usableFromInline let keySerde: Serde<Key>?
    @usableFromInline let valueSerde: Serde<Value>?
    /// The topics that the stream's partitions come from.
    @usableFromInline let sources: [TopicReference]
    /// Whether the key changed, so that grouping and joining must go through a repartition topic.
    @usableFromInline let isRekeyed: Bool

    @usableFromInline init(
        builder: StreamsBuilder, node: String, key: Serde<Key>?, value: Serde<Value>?, sources: [TopicReference],
        isRekeyed: Bool
    ) {
        self.builder = builder
        self.node = node
        self.keySerde = key
        self.valueSerde = value
        self.sources = sources
        self.isRekeyed = isRekeyed
        builder.noteOutput(of: node, RecordType(Record<Key, Value>.self))
    }

    /// Adds a step after this stream: `make` gets the step's mark and what comes after it, and gives what it does with a
    /// record.
    @inlinable
    func step<NewKey: Sendable, NewValue: Sendable>(
        _ prefix: String, named: Named?, key: Serde<NewKey>?, value: Serde<NewValue>?, rekeys: Bool,
        _ make:
            @escaping @Sendable (
                _ mark: StepMark, _ next: Outlet<NewKey, NewValue>
            ) -> Outlet<Key, Value>.Receiver
    ) -> KStream<NewKey, NewValue> {
        let name = builder.name(named, or: prefix)
        builder.noteChange(of: name, keys: rekeys, values: !rekeys && prefix.contains("VALUES"))
        let parent = node
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent]) { assembly in
                assembly.setInput(
                    of: name,
                    parts: make(assembly.mark(of: name), try assembly.downstream(of: name, Record<NewKey, NewValue>.self)))
            }
        }
        return KStream<NewKey, NewValue>(
            builder: builder, node: name, key: key, value: value, sources: sources, isRekeyed: isRekeyed || rekeys)
    }
}
