import KafkaProtocol

extension TopicReference {
    /// What is wrong with the name or the pattern.
    var fault: String? {
        guard isPattern else { return name.nameFault.map { "the topic name \"\(name)\" is not allowed: \($0)" } }
        do {
            _ = try TopicPattern(name)
            return nil
        } catch {
            let reason = (error as? TopicPattern.Fault)?.message ?? "\(error)"
            return "the pattern \"\(name)\" is not a regular expression for names of topics: \(reason)"
        }
    }

    /// What says that one of `others` is a topic which the pattern matches, or the other way round.
    func overlap(with others: [TopicReference]) -> String? {
        for other in others where other.isPattern != isPattern && !other.isInternal && !isInternal {
            let (topic, pattern) = isPattern ? (other.name, name) : (name, other.name)
            if (try? TopicPattern(pattern))?.matches(topic) == true { return "the topic \(topic) matches \(pattern)" }
        }
        return nil
    }
}

extension Topology {
    /// The topology with the topics in place of patterns that match these, of those that are there.
    ///
    /// Throws if a topic matches patterns of two sources.
    func matching(_ names: [String]) throws -> Topology {
        var found: [TopicReference: [TopicReference]] = [:]
        var patternOf: [TopicReference: String] = [:]
        for pattern in sourceTopics.filter(\.isPattern).sorted(by: { $0.name < $1.name }) {
            let matcher = try TopicPattern(pattern.name)
            let topics = names.filter(matcher.matches).map { TopicReference($0) }.sorted { Name($0.name) < Name($1.name) }
            for topic in topics {
                guard let other = patternOf.updateValue(pattern.name, forKey: topic) else { continue }
                throw StreamsError(
                    .invalidTopology,
                    "the topic \(topic.name) matches two patterns, \(other) and \(pattern.name), and can be read by one source only: "
                        + "make one of them narrower")
            }
            found[pattern] = topics
        }
        guard !found.isEmpty else { return self }
        func known(_ topics: [TopicReference]) -> [TopicReference] { topics.flatMap { found[$0] ?? [$0] } }
        var topology = self
        for index in nodes.indices {
            guard case .source(let topics, let reset) = nodes[index].kind else { continue }
            topology.nodes[index].kind = .source(topics: known(topics), reset: reset)
        }
        topology.copartitioned = copartitioned.map { ($0.step, known($0.topics)) }
        return topology
    }
}
