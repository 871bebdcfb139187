/// What `StreamsBuilder.build` may do to make a topology cheaper without changing its results: Kafka Streams'
/// `topology.optimization`. Names of steps and topics change with it, so decide before the first start.
public struct TopologyOptimization: OptionSet, Sendable, Hashable {
    /// The options as bits.
    public let rawValue: Int
    /// Options of these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Aggregates and joins of one re-keyed stream share one repartition topic, right after the step that changed the
    /// key, in place of one topic each.
    public static let mergeRepartitionTopics = TopologyOptimization(rawValue: 1)
    /// An inner join of a stream with itself keeps its records once.
    public static let singleStoreSelfJoin = TopologyOptimization(rawValue: 2)
    /// All of them.
    public static let all: TopologyOptimization = [.mergeRepartitionTopics, .singleStoreSelfJoin]
}

/// A repartition topic that an aggregate or a join needs, and how its steps are made under other names.
@usableFromInline
struct MergeableRepartition {
    @usableFromInline let topic: TopicReference
    @usableFromInline let filter: String
    @usableFromInline let sink: String
    @usableFromInline let source: String
    /// The filter, the sink and the source, with names that come from the topic's, after that parent.
    @usableFromInline let make: (_ parent: String, _ keepsNullKeys: Bool) -> [TopologyNode]

    @usableFromInline init(
        topic: TopicReference, filter: String, sink: String, source: String,
        make: @escaping (_ parent: String, _ keepsNullKeys: Bool) -> [TopologyNode]
    ) {
        self.topic = topic
        self.filter = filter
        self.sink = sink
        self.source = source
        self.make = make
    }
}

/// An inner join of a stream with itself: what it consists of, and what it could consist of.
@usableFromInline
struct SelfJoin {
    /// The steps and the store that one store alone does not need.
    @usableFromInline let spareNodes: Set<String>
    @usableFromInline let spareStore: String
    /// The steps to put in place of those with their names.
    @usableFromInline let replacements: [TopologyNode]

    @usableFromInline init(spareNodes: Set<String>, spareStore: String, replacements: [TopologyNode]) {
        self.spareNodes = spareNodes
        self.spareStore = spareStore
        self.replacements = replacements
    }
}

extension Topology {
    /// Has joins of a stream with itself keep their records once.
    mutating func optimize(_ joins: [SelfJoin]) {
        for join in joins {
            nodes.removeAll { join.spareNodes.contains($0.name) }
            stores[join.spareStore] = nil
            for node in join.replacements {
                if let place = nodes.firstIndex(where: { $0.name == node.name }) { nodes[place] = node }
            }
        }
    }

    /// Replaces the repartition topics that come after one change of the key, with nothing between that changes values,
    /// by one right after that change.
    mutating func merge(
        _ repartitions: [MergeableRepartition], keyChanging: Set<String>, valueChanging: Set<String>,
        nullKeyKeepers: Set<String>
    ) {
        var groups: [(change: String, members: [(repartition: MergeableRepartition, path: [String])])] = []
        for repartition in repartitions {
            guard let path = path(to: repartition.filter, from: keyChanging, without: valueChanging) else { continue }
            if let group = groups.firstIndex(where: { $0.change == path[0] }) {
                groups[group].members.append((repartition, path))
            } else {
                groups.append((path[0], [(repartition, path)]))
            }
        }
        for (change, members) in groups {
            guard let first = members.first?.repartition else { continue }
            let made = first.make(change, members.contains { nullKeyKeepers.contains($0.repartition.filter) })
            guard let source = made.last?.name else { continue }
            for (repartition, path) in members {
                // What comes right after the change comes after the topic now, and what came after the topic comes
                // after what came before it.
                let last = path.count > 2 ? path[path.count - 2] : source
                nodes.removeAll { [repartition.filter, repartition.sink, repartition.source].contains($0.name) }
                for index in nodes.indices {
                    // In this order: where steps are named, the topic's source keeps its name.
                    nodes[index].replaceParent(repartition.source, by: last)
                    if path.count > 2, nodes[index].name == path[1] { nodes[index].replaceParent(change, by: source) }
                }
                replace(repartition.topic, by: first.topic)
            }
            if let place = nodes.firstIndex(where: { $0.name == change }) {
                nodes.insert(contentsOf: made, at: place + 1)
            }
        }
    }

    /// The steps from the nearest change of the key to a step, both included; nil if values change or streams come
    /// together between.
    private func path(to name: String, from keyChanging: Set<String>, without valueChanging: Set<String>) -> [String]? {
        var path = [name]
        while let node = node(path[0]), node.parents.count == 1 {
            let parent = node.parents[0]
            path.insert(parent, at: 0)
            if keyChanging.contains(parent) { return path }
            if valueChanging.contains(parent) { return nil }
        }
        return nil
    }

    private mutating func replace(_ topic: TopicReference, by other: TopicReference) {
        guard topic != other else { return }
        repartitionTopics.removeAll { $0.topic == topic }
        for index in copartitioned.indices {
            copartitioned[index].topics = copartitioned[index].topics.map { $0 == topic ? other : $0 }
        }
    }
}

extension TopologyNode {
    fileprivate mutating func replaceParent(_ parent: String, by other: String) {
        parents = parents.map { $0 == parent ? other : $0 }
    }
}
