/// Source topics whose partitions are processed together, and so must be equal in number: those of the sides of a join,
/// and those whose records come to the same store.
struct Copartition: Sendable {
    var topics: Set<TopicReference>
    /// The steps that join them.
    var joins: [String] = []
    /// The steps that use the store.
    var users: [String] = []

    /// The steps that ask for it.
    var steps: [String] { joins.isEmpty ? users : joins }

    /// The topics in alphabetical order, internal ones without the application's prefix.
    var sortedTopics: [TopicReference] { topics.sorted { $0.name < $1.name } }
}

extension Topology {
    /// The topics that belong together; groups with a topic in common are one, so that their order says nothing.
    func copartitions() -> [Copartition] {
        var groups: [Copartition] = []
        let joined = copartitioned.map { Copartition(topics: Set($0.topics), joins: [$0.step]) }
        for var group in joined + storeInputs {
            for other in groups where !other.topics.isDisjoint(with: group.topics) {
                group.topics.formUnion(other.topics)
                group.joins = other.joins + group.joins.filter { !other.joins.contains($0) }
                group.users = other.users + group.users.filter { !other.users.contains($0) }
            }
            groups.removeAll { !$0.topics.isDisjoint(with: group.topics) }
            groups.append(group)
        }
        return groups.filter { $0.topics.count > 1 }
    }

    /// The topics whose records come to the same store, with the steps that use it.
    private var storeInputs: [Copartition] {
        // Parents stand before children.
        var topics: [String: Set<TopicReference>] = [:]
        var users: [String: [String]] = [:]
        for node in nodes where !globalNodes.contains(node.name) {
            if case .source(let read, _) = node.kind {
                topics[node.name] = Set(read)
            } else {
                topics[node.name] = node.parents.reduce(into: []) { $0.formUnion(topics[$1] ?? []) }
            }
            for store in node.stores { users[store, default: []].append(node.name) }
        }
        return users.sorted { $0.key < $1.key }.map { _, users in
            Copartition(topics: users.reduce(into: []) { $0.formUnion(topics[$1] ?? []) }, users: users)
        }
    }
}
