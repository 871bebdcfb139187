extension Topology {
    /// The stores, changelog topics and repartition topics with generated names, in this order, each kind in the order
    /// of the steps. Name them before the first start of an application whose topology may grow.
    ///
    /// What counts is whether the builder made the name up, not what it looks like: a store that was given an old
    /// generated name, to keep its state, is not listed.
    public var unnamedResources: [UnnamedResource] {
        var found: [UnnamedResource] = []
        var seen: Set<String> = []
        let used = nodes.flatMap { node in node.stores.map { (store: $0, step: node.name) } }
        let named = used.filter { seen.insert($0.store).inserted }.compactMap { use in
            generatedPrefix(of: use.store).map { (use.store, use.step, remedy(forStore: $0)) }
        }
        for (store, step, remedy) in named {
            found.append(UnnamedResource(kind: .store, name: store, step: step, remedy: remedy))
        }
        for (store, step, remedy) in named where stores[store]?.isLogged == true {
            let topic = stores[store]?.changelog.name ?? store
            found.append(UnnamedResource(kind: .changelogTopic, name: topic, step: step, remedy: remedy))
        }
        for definition in repartitionTopics {
            guard let prefix = generatedPrefix(of: definition.topic.name) else { continue }
            found.append(
                UnnamedResource(
                    kind: .repartitionTopic, name: definition.topic.name, step: reader(of: definition.topic),
                    remedy: remedy(forRepartition: prefix)))
        }
        return found
    }

    /// Throws a `StreamsError` with the code `invalidTopology` that lists the unnamed resources, if there are any.
    /// Kafka Streams does so at start with `ensure.explicit.internal.resource.naming`.
    public func requireExplicitNames() throws {
        let unnamed = unnamedResources
        guard !unnamed.isEmpty else { return }
        throw StreamsError(.invalidTopology, unnamed.map(\.description).joined(separator: "; "))
    }

    /// What the builder put before the number of the name that this one is or begins with; nil if it was given by the
    /// user.
    private func generatedPrefix(of name: String) -> String? {
        if let prefix = generatedNames[name] { return prefix }
        for index in name.indices where name[index] == "-" {
            if let prefix = generatedNames[String(name[..<index])] { return prefix }
        }
        return nil
    }

    /// The step that has the records of a repartition topic, for which it was made.
    private func reader(of topic: TopicReference) -> String {
        let source = nodes.first { node in
            if case .source(let topics, _) = node.kind { topics.contains(topic) } else { false }
        }
        guard let source else { return topic.name }
        return nodes.first { $0.parents.contains(source.name) }?.name ?? source.name
    }

    private func remedy(forStore prefix: String) -> String {
        let isOfStreamJoin = ["KSTREAM-JOIN", "KSTREAM-OUTER"].contains { prefix.hasPrefix($0) }
        return switch prefix {
        case "KTABLE-SUPPRESS-STATE-STORE-", "KTABLE-SUPPRESS-": "the name of Suppressed"
        case "KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-": "TableJoined(name:)"
        case "KSTREAM-JOIN-", "KSTREAM-LEFTJOIN-": "Joined(name:)"
        default: isOfStreamJoin ? "StreamJoined(storeName:)" : "Materialized(as:)"
        }
    }

    private func remedy(forRepartition prefix: String) -> String {
        switch prefix {
        case "KSTREAM-REPARTITION-": "Repartitioned(name:)"
        case "KSTREAM-TOTABLE-": "the argument named: of toTable"
        case _ where prefix.hasPrefix("KTABLE-FK-JOIN-"): "TableJoined(name:)"
        case _ where prefix.hasSuffix("STATE-STORE-"): "Grouped(name:), or the store with Materialized(as:)"
        default: "Joined(name:) or StreamJoined(name:)"
        }
    }
}
