public import KafkaProtocol

/// A task while it is put together: nodes register their inputs, children before parents, so that each node captures
/// the typed closures of what comes after it. Types are checked here, once; per record there is nothing to look up.
@usableFromInline
final class TaskAssembly {
    @usableFromInline let context: TaskContext
    private let children: [String: [String]]
    private let connections: [String: [String]]
    private let sourceTopics: [String: [TopicReference]]
    private let definitions: [String: StoreDefinition]
    /// The names of the steps that write topics.
    let sinks: Set<String>
    private var inputs: [String: AnyObject] = [:]
    private(set) var stores: [String: any StateStore] = [:]
    private(set) var storeOrder: [any StateStore] = []
    private(set) var sources: [String: SourcePort] = [:]
    /// The beginnings and ends of processors, those of later steps first.
    private(set) var lifecycles: [Lifecycle] = []

    init(nodes: [TopologyNode], stores: [String: StoreDefinition], context: TaskContext) throws {
        self.context = context
        self.definitions = stores
        var children: [String: [String]] = [:]
        for node in nodes {
            for parent in node.parents { children[parent, default: []].append(node.name) }
        }
        self.children = children
        sinks = Set(nodes.filter { if case .sink = $0.kind { true } else { false } }.map(\.name))
        sourceTopics = nodes.reduce(into: [:]) { if case .source(let topics, _) = $1.kind { $0[$1.name] = topics } }
        connections = Dictionary(nodes.map { ($0.name, $0.stores) }, uniquingKeysWith: +)
        for node in nodes {
            for name in node.stores where self.stores[name] == nil && context.globalStores[name] == nil {
                guard let definition = stores[name] else {
                    throw StreamsError(
                        .invalidTopology, "step \(node.name) uses the store \(name), which is not defined")
                }
                let store = try definition.make(self)
                self.stores[name] = store
                storeOrder.append(store)
            }
        }
        for node in nodes.reversed() { try node.install(self) }
    }

    /// Everything after `node`: each child gets the record in turn.
    @inlinable
    func downstream<Key, Value>(of node: String, _ record: Record<Key, Value>.Type) throws -> Outlet<Key, Value> {
        let children = children(of: node)
        // No array for one receiver: functions in arrays are called by way of a conversion.
        if children.count == 1 { return try input(of: children[0], record) }
        let receivers = try children.map { try inlet(of: $0, record) }
        return Outlet { key, value, timestamp, headers in
            for inlet in receivers { try inlet.receive(key, value, timestamp, headers) }
        }
    }

    /// The topics that a source reads: as named, or those that match its pattern.
    @usableFromInline
    func topics(of source: String) -> [TopicReference] { sourceTopics[source] ?? [] }

    @usableFromInline
    func children(of node: String) -> [String] { children[node] ?? [] }

    /// The inputs of what comes right after `node`, by name.
    @usableFromInline
    func receivers<Key, Value>(
        of node: String, _ record: Record<Key, Value>.Type
    ) throws -> [String: Outlet<Key, Value>] {
        var receivers: [String: Outlet<Key, Value>] = [:]
        for child in children[node] ?? [] { receivers[child] = try input(of: child, record) }
        return receivers
    }

    /// What `node` does with a record.
    @inlinable
    func input<Key, Value>(of node: String, _ record: Record<Key, Value>.Type) throws -> Outlet<Key, Value> {
        Outlet(try inlet(of: node, record).receive)
    }

    @usableFromInline
    func inlet<Key, Value>(of node: String, _ record: Record<Key, Value>.Type) throws -> Inlet<Key, Value> {
        guard let inlet = inputs[node] as? Inlet<Key, Value> else {
            throw StreamsError(.invalidTopology, "step \(node) does not take a \(Record<Key, Value>.self)")
        }
        return inlet
    }

    /// Sets what `node` does with the parts of a record.
    @inlinable
    func setInput<Key, Value>(of node: String, parts receive: @escaping Outlet<Key, Value>.Receiver) {
        guard let guardian = stepGuard(of: node) else { return setInlet(of: node, Inlet(receive)) }
        setInlet(
            of: node,
            Inlet<Key, Value> { key, value, timestamp, headers in
                if guardian.isHolding { return guardian.hold { try receive(key, value, timestamp, headers) } }
                do {
                    try receive(key, value, timestamp, headers)
                } catch {
                    try guardian.failed(error) { try receive(key, value, timestamp, headers) }
                }
            })
    }

    /// Sets what `node` does with a record, for steps that need it as a whole.
    @inlinable
    func setInput<Key, Value>(of node: String, _ receive: @escaping (Record<Key, Value>) throws -> Void) {
        setInput(of: node) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
            try receive(Record(key: key, value: value, timestamp: timestamp, headers: headers))
        }
    }

    /// Has `node` hand on all records as they are.
    @inlinable
    func setInput<Key, Value>(of node: String, _ next: Outlet<Key, Value>) { setInput(of: node, parts: next.receive) }

    /// Has a step whose input is set leave out records without a value, and count them.
    @usableFromInline
    func leaveOutNullValues<Key, Value>(of node: String, _ record: Record<Key, Value>.Type) throws {
        let (inlet, context, mark) = (try inlet(of: node, record), self.context, mark(of: node))
        setInlet(
            of: node,
            Inlet<Key, Value> { key, value, timestamp, headers in
                guard value != nil else {
                    mark.enter()
                    return context.drop(.null)
                }
                try inlet.receive(key, value, timestamp, headers)
            })
    }

    @usableFromInline
    func setInlet(of node: String, _ inlet: AnyObject) { inputs[node] = inlet }

    /// Sets how records of a source's topic are read.
    @usableFromInline
    func setSource(topic: TopicReference, _ port: SourcePort) {
        sources[topic.resolved(applicationID: context.applicationID)] = port
    }

    /// Has `start` called when the task begins, its stores restored, and `close` when it ends.
    @usableFromInline
    func setLifecycle(
        of node: String, start: @escaping () throws -> Void, close: @escaping () throws -> Void
    ) {
        lifecycles.append(Lifecycle(node: node, start: start, close: close))
    }

    /// The stores that a step is connected to, or those of them that are named, by name.
    func stores(_ names: [String]?, of node: String) -> [String: any StateStore] {
        (names ?? connections[node] ?? []).reduce(into: [:]) { $0[$1] = stores[$1] ?? context.globalStores[$1] }
    }

    /// The store called `name`, which must be a `Store`.
    @usableFromInline
    func store<Store: StateStore>(_ name: String, as type: Store.Type) throws -> Store {
        guard let store = (stores[name] ?? context.globalStores[name]) as? Store else {
            throw StreamsError(.internalFault, "the store \(name) is not a \(Store.self)")
        }
        return store
    }

    /// Where a store writes its changes to: its changelog, and its database or, if local state is kept, its log of rows; of a
    /// store that is restored from a source topic not to a changelog.
    @usableFromInline
    func changelog(of store: String) -> ChangelogWriter? {
        guard let definition = definitions[store] else { return nil }
        let topic = definition.changelog.resolved(applicationID: context.applicationID)
        if definition.isOnDisk, let layout = definition.diskLayout, let database = context.database {
            return ChangelogWriter(
                target: definition.isLogged ? context.collector.target(topic: topic) : nil, rows: nil,
                disk: database.rows(of: store, layout, context), context: context)
        }
        let isLocal = context.rowBuffers != nil && (definition.isLogged || definition.sourceTopic != nil)
        guard definition.isLogged || isLocal else { return nil }
        var rows: RowLogBuffer?
        if isLocal {
            rows = context.rowBuffers?[store] ?? RowLogBuffer()
            context.rowBuffers?[store] = rows
        }
        return ChangelogWriter(
            target: definition.isLogged ? context.collector.target(topic: topic) : nil, rows: rows, context: context)
    }
}

/// The beginning and the end of a processor.
struct Lifecycle {
    let node: String
    let start: () throws -> Void
    let close: () throws -> Void
}

/// The typed input of a node.
@usableFromInline
final class Inlet<Key, Value> {
    @usableFromInline let receive: Outlet<Key, Value>.Receiver
    @inlinable init(_ receive: @escaping Outlet<Key, Value>.Receiver) { self.receive = receive }
}
