extension TopologyDescription: CustomStringConvertible {
    /// The text of Kafka Streams' `describe()`.
    public var description: String {
        var text = "Topologies:\n "
        for part in subTopologies {
            text += "  Sub-topology: \(part.id)"
            text += part.isGlobal ? " for global store (will not generate tasks)\n" : "\n"
            for node in part.nodes { text += "    \(node)\n" }
            if !part.isGlobal { text += "\n" }
        }
        return text
    }
}

extension TopologyDescription.Node: CustomStringConvertible {
    /// The node as it is in the text of `describe()`: what it is, then where records go and where they come from.
    public var description: String {
        func names(_ nodes: [String]) -> String { nodes.isEmpty ? "none" : nodes.joined(separator: ", ") }
        let after = "\n      --> \(names(successors))"
        let before = "\n      <-- \(names(predecessors))"
        switch kind {
        case .source(let topics): return "Source: \(name) (topics: [\(topics.joined(separator: ", "))])" + after
        case .sourcePattern(let pattern): return "Source: \(name) (topics: \(pattern))" + after
        case .processor(let stores):
            return "Processor: \(name) (stores: [\(stores.joined(separator: ", "))])" + after + before
        case .sink(let topic?): return "Sink: \(name) (topic: \(topic))" + before
        case .sink(nil): return "Sink: \(name) (extractor class: TopicNameExtractor)" + before
        }
    }
}
