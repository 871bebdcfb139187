/// What a topology consists of: its sub-topologies, their nodes, and how these are connected. Kafka Streams'
/// `TopologyDescription`.
///
/// As text (`description`) it is what Kafka Streams' `describe()` prints, byte for byte, so that tools that read that
/// text read this one.
public struct TopologyDescription: Sendable, Hashable {
    /// A source, processor or sink.
    public struct Node: Sendable, Hashable {
        /// What a node is.
        public enum Kind: Sendable, Hashable {
            /// Reads these topics.
            case source(topics: [String])
            /// Reads the topics whose names match this regular expression.
            case sourcePattern(String)
            /// Handles records with these stores.
            case processor(stores: [String])
            /// Writes this topic; nil if each record chooses its own.
            case sink(topic: String?)
        }

        /// The node's name, unique in the topology.
        public let name: String
        /// What the node is.
        public let kind: Kind
        /// The names of the nodes that it gets records from.
        public internal(set) var predecessors: [String]
        /// The names of the nodes that it sends records to.
        public internal(set) var successors: [String]
    }

    /// Nodes that belong together and are run by the same tasks.
    public struct SubTopology: Sendable, Hashable {
        /// The number, the first part of the names of its tasks.
        public let id: Int
        /// Whether it fills a global store and has no tasks.
        public let isGlobal: Bool
        /// The nodes, those that most others come after first.
        public let nodes: [Node]
    }

    /// The sub-topologies in the order of their numbers.
    public let subTopologies: [SubTopology]
}

extension Topology {
    /// Describes the topology: its nodes by sub-topology. Internal topics have no application's prefix.
    public func describe() -> TopologyDescription {
        TopologyDescription(
            subTopologies: subTopologies().map { part in
                .init(
                    id: part.id, isGlobal: part.isGlobal,
                    nodes: part.isGlobal ? part.describeGlobal() : part.describeNodes())
            })
    }
}

extension SubTopology {
    /// The nodes in the order of the reference: by how many nodes come after them (several ways to a node count
    /// several times), most first, then by name. The neighbours of a node are in the same order, but by the numbers
    /// at the time when each was connected.
    fileprivate func describeNodes() -> [TopologyDescription.Node] {
        let all = nodes
        let isSource = all.map { if case .source = $0.kind { true } else { false } }
        let sorted = all.indices.sorted { all[$0].name.comesBefore(all[$1].name) }
        let order = javaHashOrder(sorted.filter { isSource[$0] } + sorted.filter { !isSource[$0] }) { all[$0].name }
        let position = Dictionary(all.indices.map { (all[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        var sizes = all.map { _ in 1 }
        var predecessors = all.map { _ in JavaTreeSet() }
        var successors = predecessors
        func precedes(_ a: Int, _ b: Int) -> Bool {
            sizes[a] != sizes[b] ? sizes[a] > sizes[b] : all[a].name.comesBefore(all[b].name)
        }
        func grow(_ node: Int, by size: Int) {
            sizes[node] += size
            for other in predecessors[node].elements { grow(other, by: size) }
        }
        for node in order {
            for parent in all[node].parents.compactMap({ position[$0] }) {
                predecessors[node].insert(parent, precedes)
                successors[parent].insert(node, precedes)
                grow(parent, by: sizes[node])
            }
        }
        return all.indices.sorted(by: precedes).map { node in
            TopologyDescription.Node(
                name: all[node].name, kind: all[node].describedKind,
                predecessors: predecessors[node].elements.map { all[$0].name },
                successors: successors[node].elements.map { all[$0].name })
        }
    }

    /// The source and the processor that fill a global store.
    fileprivate func describeGlobal() -> [TopologyDescription.Node] {
        nodes.map { node in
            TopologyDescription.Node(
                name: node.name, kind: node.describedKind, predecessors: node.parents,
                successors: nodes.filter { $0.parents.contains(node.name) }.map(\.name))
        }
    }
}

extension TopologyNode {
    fileprivate var describedKind: TopologyDescription.Node.Kind {
        switch kind {
        case .source(let topics, _):
            if let pattern = topics.first(where: \.isPattern) {
                .sourcePattern(pattern.name)
            } else {
                .source(topics: javaHashOrder(topics.map(\.name)) { $0 })
            }
        case .processor: .processor(stores: javaHashOrder(stores) { $0 })
        case .sink(let topic): .sink(topic: topic?.name)
        }
    }
}
