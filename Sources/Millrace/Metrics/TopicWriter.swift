/// What of a topology writes a topic.
enum TopicWriter: Sendable, Hashable {
    /// A store, whose changelog it is.
    case store(String)
    /// A sink.
    case sink(String)
}

extension TaskBlueprint {
    /// Whether a topic is a store's changelog, by its name on the broker.
    func isChangelog(_ topic: String) -> Bool { if case .store = writer(of: topic) { true } else { false } }

    /// What writes a topic, by its name on the broker; for one that records have chosen, the sink that lets them.
    func writer(of topic: String) -> TopicWriter {
        if let store = topology.stores.keys.first(where: { changelog(of: $0) == topic }) { return .store(store) }
        var choosing = topic
        for node in topology.nodes {
            guard case .sink(let target) = node.kind else { continue }
            if target?.resolved(applicationID: applicationID) == topic { return .sink(node.name) }
            if target == nil { choosing = node.name }
        }
        return .sink(choosing)
    }
}
