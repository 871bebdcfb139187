extension Topology {
    /// What is wrong with the names, the topics and the stores of the steps, each with the step that it is about.
    var faults: [String] {
        nameFaults + topicFaults + storeFaults + partitionFaults
    }

    private var nameFaults: [String] {
        var seen: Set<String> = []
        return nodes.flatMap { node in
            var faults = node.name.nameFault.map { ["the step name \"\(node.name)\" is not allowed: \($0)"] } ?? []
            if !seen.insert(node.name).inserted { faults.append("the step name \(node.name) is used twice") }
            return faults
        }
    }

    private var topicFaults: [String] {
        var faults: [String] = []
        var readers: [TopicReference: String] = [:]
        for node in nodes {
            var topics: [TopicReference] = []
            switch node.kind {
            case .source(let read, _):
                topics = read
                for topic in read {
                    if let other = readers.updateValue(node.name, forKey: topic) {
                        let steps = other == node.name ? "\(other) twice" : "two steps, \(other) and \(node.name)"
                        faults.append("the topic \(topic.name) is read by \(steps)")
                    }
                }
                for (topic, step) in readers where step != node.name {
                    guard let fault = topic.overlap(with: read) else { continue }
                    faults.append("\(fault), and so is read by two steps, \(step) and \(node.name)")
                }
            case .sink(let topic?): topics = [topic]
            case .sink, .processor: break
            }
            for topic in topics {
                if let fault = topic.fault { faults.append("step \(node.name): \(fault)") }
            }
        }
        return faults
    }

    private var storeFaults: [String] {
        var faults = stores.keys.sorted().compactMap { store -> String? in
            store.nameFault.map { fault in
                let users = nodes.filter { $0.stores.contains(store) }.map(\.name).joined(separator: ", ")
                return "step \(users): the store name \"\(store)\" is not allowed: \(fault)"
            }
        }
        for store in stores.values.sorted(by: { $0.name < $1.name }) where store.engine == .rocksDB && store.diskLayout == nil {
            faults.append("the store \(store.name) is of a kind that keeps its rows in memory only, not on RocksDB")
        }
        for node in nodes {
            for store in node.stores {
                if stores[store] == nil {
                    faults.append("step \(node.name) uses the store \(store), which is not defined")
                } else if !globalNodes.contains(node.name), isGlobalStore(store) {
                    faults.append(
                        "step \(node.name) uses the store \(store): it is global and can be read without that")
                }
            }
        }
        return faults
    }

    /// Repartition topics that are processed together but were given different numbers of partitions.
    private var partitionFaults: [String] {
        let given = repartitionTopics.reduce(into: [TopicReference: Int32]()) { $0[$1.topic] = $1.partitions }
        return copartitions().compactMap { group in
            let counts = group.sortedTopics.compactMap { topic in given[topic].map { (topic.name, $0) } }
            guard Set(counts.map(\.1)).count > 1 else { return nil }
            let list = counts.map { "\($0) has \($1)" }.joined(separator: ", ")
            return "step \(group.steps.joined(separator: ", ")): its topics must have equal numbers of partitions, but \(list)"
        }
    }
}
