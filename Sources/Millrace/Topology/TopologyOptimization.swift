/// What `StreamsBuilder.build` may do to make a topology cheaper without changing its results: Kafka Streams'
/// `topology.optimization`. Names of steps and topics change with it, so decide before the first start.
public struct TopologyOptimization: OptionSet, Sendable, Hashable {
    /// The options as bits.
    public let rawValue: Int
    /// Options of these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Aggregates and joins of one re-keyed stream share one repartition topic, right after the step that changed the
    /// key (or after the `merge` of several re-keyed streams), in place of one topic each. Steps between that change
    /// values keep a topic of their own. Kafka Streams' `merge.repartition.topics`.
    public static let mergeRepartitionTopics = TopologyOptimization(rawValue: 1)
    /// An inner join of a stream with itself keeps its records once. Kafka Streams' `single.store.self.join`.
    public static let singleStoreSelfJoin = TopologyOptimization(rawValue: 2)
    /// The store of a source table has no changelog topic: it is restored from the table's own topic, up to what is
    /// committed. That topic must keep the latest record of each key (`cleanup.policy=compact`), which is up to its
    /// owner. Applies to tables made by `StreamsBuilder.table` that have a store without history, whether the store is
    /// to be logged or not. Kafka Streams' `reuse.ktable.source.topics`.
    public static let reuseTableSourceTopics = TopologyOptimization(rawValue: 4)
    /// All of them.
    public static let all: TopologyOptimization = [
        .mergeRepartitionTopics, .singleStoreSelfJoin, .reuseTableSourceTopics,
    ]
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
}
