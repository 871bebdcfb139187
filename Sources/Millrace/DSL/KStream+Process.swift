import KafkaProtocol

extension KStream {
    /// Sends the stream through a processor, made by `make` for each task, with the stores given and those added to the
    /// builder under `storeNames`. Keys count as changed: grouping and joining afterwards repartitions.
    ///
    /// What comes out when is up to the processor; it gets records with null keys and values, too. Its stores keep what
    /// it puts there until it deletes it, or as long as their own retention says.
    ///
    /// ```swift
    /// // `Deduplicate` drops records whose value is the one before of their key; see `Processor`.
    /// let fresh = readings.process(stores: [.keyValue("seen", key: .string, value: .string)]) { Deduplicate() }
    /// // ("a", "x"), ("a", "x"), ("a", "y")  ->  ("a", "x"), ("a", "y")
    /// ```
    @inlinable
    public func process<P: Processor & SendableMetatype>(
        key: Serde<P.OutputKey>? = nil, value: Serde<P.OutputValue>? = nil, stores: [StoreBuilder] = [],
        storeNames: [String] = [], named: Named? = nil, _ make: @escaping @Sendable () throws -> P
    ) -> KStream<P.OutputKey, P.OutputValue> where P.InputKey == Key, P.InputValue == Value {
        let name = named?.name ?? builder.newName("KSTREAM-PROCESSOR-")
        builder.noteChange(of: name, keys: true, values: true)
        let connected = builder.connect(stores, storeNames)
        let parent = node
        builder.add { .processor(name, parents: [parent], stores: connected, make) }
        return KStream<P.OutputKey, P.OutputValue>(
            builder: builder, node: name, key: key, value: value, sources: sources, isRekeyed: true)
    }

    /// Sends the stream through a processor that leaves its keys alone, so that no repartitioning follows. Otherwise as
    /// `process`: null keys and values reach it, and it says what comes out when.
    ///
    /// ```swift
    /// // `Numbered` forwards each value with how often its key has come; see `FixedKeyProcessor`.
    /// let numbered = clicks.processValues(stores: [.keyValue("times", key: .string, value: .int64)]) { Numbered() }
    /// // ("a", "x"), ("b", "y"), ("a", "z")  ->  ("a", "1 x"), ("b", "1 y"), ("a", "2 z")
    /// ```
    @inlinable
    public func processValues<P: FixedKeyProcessor & SendableMetatype>(
        value: Serde<P.OutputValue>? = nil, stores: [StoreBuilder] = [], storeNames: [String] = [],
        named: Named? = nil, _ make: @escaping @Sendable () throws -> P
    ) -> KStream<Key, P.OutputValue> where P.Key == Key, P.InputValue == Value {
        let name = named?.name ?? builder.newName("KSTREAM-PROCESSVALUES-")
        builder.noteChange(of: name, keys: false, values: true)
        let connected = builder.connect(stores, storeNames)
        let parent = node
        builder.add {
            TopologyNode(name: name, kind: .processor, parents: [parent], stores: connected) { assembly in
                let context = try FixedKeyProcessorContext<Key, P.OutputValue>(assembly, node: name)
                let host = ProcessorHost(try make())
                assembly.setLifecycle(
                    of: name, start: { try host.processor.start(context) }, close: { try host.processor.close() })
                let mark = assembly.mark(of: name)
                assembly.setInput(of: name) { (record: Record<Key, Value>) in
                    mark.enter()
                    try host.processor.process(FixedKeyRecord(record), context)
                }
            }
        }
        return KStream<Key, P.OutputValue>(
            builder: builder, node: name, key: keySerde, value: value, sources: sources, isRekeyed: isRekeyed)
    }
}

extension TopologyNode {
    /// A step that a processor made by `make` is.
    @inlinable
    static func processor<P: Processor & SendableMetatype>(
        _ name: String, parents: [String], stores: [String], _ make: @escaping @Sendable () throws -> P
    ) -> TopologyNode {
        TopologyNode(name: name, kind: .processor, parents: parents, stores: stores) { assembly in
            let context = try ProcessorContext<P.OutputKey, P.OutputValue>(assembly, node: name)
            let host = ProcessorHost(try make())
            assembly.setLifecycle(
                of: name, start: { try host.processor.start(context) }, close: { try host.processor.close() })
            let mark = assembly.mark(of: name)
            assembly.setInput(of: name) { (record: Record<P.InputKey, P.InputValue>) in
                mark.enter()
                try host.processor.process(record, context)
            }
        }
    }
}

extension StreamsBuilder {
    /// Adds stores for a processor; gives the names of all that it is connected to.
    @usableFromInline
    func connect(_ stores: [StoreBuilder], _ names: [String]) -> [String] {
        for store in stores { addStateStore(store) }
        return (stores.map(\.name) + names).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// Holds a processor for as long as its task lives.
@usableFromInline
final class ProcessorHost<P> {
    @usableFromInline var processor: P
    @usableFromInline init(_ processor: P) { self.processor = processor }
}
