/// Nodes that belong together because records or stores connect them: the unit that is split into one task per
/// partition. Records go from one sub-topology to another through a repartition topic only.
struct SubTopology: Sendable {
    /// The number, as in `describe()`.
    let id: Int
    /// The nodes, parents before children.
    let nodes: [TopologyNode]
    /// Whether it fills a global store and has no tasks.
    let isGlobal: Bool

    /// The topics it reads.
    var sourceTopics: [TopicReference] {
        nodes.flatMap { node -> [TopicReference] in
            if case .source(let topics, _) = node.kind { topics } else { [] }
        }
    }

    /// The names of its sources, by the names of their topics on the broker.
    func sourceNames(applicationID: String) -> [String: String] {
        nodes.reduce(into: [:]) { names, node in
            guard case .source(let topics, _) = node.kind else { return }
            for topic in topics { names[topic.resolved(applicationID: applicationID)] = node.name }
        }
    }

    /// The topics it writes by name.
    var sinkTopics: [TopicReference] {
        nodes.compactMap { node in
            if case .sink(let topic?) = node.kind { topic } else { nil }
        }
    }

    /// The names of its stores, in the order of the nodes that use them.
    var storeNames: [String] {
        var seen: Set<String> = []
        return nodes.flatMap(\.stores).filter { seen.insert($0).inserted }
    }
}

extension Topology {
    /// The sub-topologies in order of their numbers, as Kafka Streams numbers them: in the order in which their first
    /// sources were added.
    func subTopologies() -> [SubTopology] {
        var groups = DisjointSets(count: nodes.count)
        let position = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.name, $0) })
        var firstUser: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for parent in node.parents { if let other = position[parent] { groups.unite(index, other) } }
            for store in node.stores where !isGlobalStore(store) {
                if let other = firstUser[store] { groups.unite(index, other) } else { firstUser[store] = index }
            }
        }
        let isSource = nodes.map { if case .source = $0.kind { true } else { false } }
        var order: [Int] = []
        var seen: Set<Int> = []
        for pass in [true, false] {
            for index in nodes.indices where isSource[index] == pass {
                if seen.insert(groups.root(of: index)).inserted { order.append(groups.root(of: index)) }
            }
        }
        return order.enumerated().map { id, root in
            let members = nodes.indices.filter { groups.root(of: $0) == root }.map { nodes[$0] }
            return SubTopology(id: id, nodes: members, isGlobal: members.contains { globalNodes.contains($0.name) })
        }
    }

    /// Whether the store is one that all tasks of an instance read.
    func isGlobalStore(_ store: String) -> Bool {
        nodes.contains { globalNodes.contains($0.name) && $0.stores.contains(store) }
    }
}

/// Union-find over small numbers.
private struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of element: Int) -> Int {
        var element = element
        while parents[element] != element {
            parents[element] = parents[parents[element]]
            element = parents[element]
        }
        return element
    }

    mutating func unite(_ a: Int, _ b: Int) { parents[root(of: a)] = root(of: b) }
}
