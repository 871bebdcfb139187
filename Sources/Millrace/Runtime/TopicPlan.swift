/// Which topics an application needs and with how many partitions, worked out from the topics that are there.
struct TopicPlan: Sendable {
    /// An internal topic.
    struct Internal: Sendable, Equatable {
        let name: String
        let partitions: Int32
        let configs: [String: String]
    }

    /// The internal topics, by name.
    let internalTopics: [Internal]
    /// The number of partitions of every topic read or written, by name.
    let partitionCounts: [String: Int32]

    /// Works out the plan. `existing` has the partition counts of the user's topics, and of internal topics that are
    /// there already.
    ///
    /// Throws if a topic is missing, if topics of one stateful sub-topology differ in their partition counts, or if an
    /// internal topic is there with another count than it should have.
    init(_ blueprint: TaskBlueprint, existing: [String: Int32]) throws {
        let id = blueprint.applicationID
        let topology = blueprint.topology
        var counts = existing
        let missing = (topology.sourceTopics.union(topology.sinkTopics)).filter {
            !$0.isInternal && existing[$0.name] == nil
        }
        guard missing.isEmpty else {
            let names = missing.sorted { $0.name < $1.name }
                .map { "\($0.name) (\(topology.steps(using: $0).joined(separator: ", ")))" }.joined(separator: ", ")
            throw StreamsError(
                .missingTopic,
                "the broker has no topic \(names): create what is missing, or let the application do so")
        }
        var wanted: [String: Int32] = [:]
        for definition in topology.repartitionTopics {
            if let partitions = definition.partitions {
                wanted[definition.topic.resolved(applicationID: id)] = partitions
            }
        }
        // A repartition topic has as many partitions as the widest topic of the sub-topologies that write it, or as
        // the topics it is processed together with.
        var isSettled = false
        while !isSettled {
            isSettled = true
            for group in blueprint.subTopologies {
                let sources = group.sourceTopics.map { $0.resolved(applicationID: id) }
                let known = sources.compactMap {
                    wanted[$0] ?? (blueprint.internalTopics.contains($0) ? nil : counts[$0])
                }
                if group.storeNames.isEmpty == false, let together = known.max() {
                    for source in sources where wanted[source] == nil && blueprint.internalTopics.contains(source) {
                        if sources.count > 1 {
                            wanted[source] = together
                            isSettled = false
                        }
                    }
                }
                guard known.count == sources.count, let width = known.max() else { continue }
                for sink in group.sinkTopics where sink.isInternal {
                    let name = sink.resolved(applicationID: id)
                    if wanted[name] == nil {
                        wanted[name] = width
                        isSettled = false
                    }
                }
            }
        }
        var internals: [Internal] = []
        for topic in blueprint.internalTopics.sorted() {
            guard let partitions = wanted[topic] else {
                throw StreamsError(
                    .partitionCount,
                    "nothing says how many partitions \(topic) should have: no topic before it is known")
            }
            // Records are deleted once they are processed, never by time: event times may lie far in the past.
            internals.append(
                Internal(
                    name: topic, partitions: partitions,
                    configs: ["cleanup.policy": "delete", "retention.ms": "-1", "segment.bytes": "52428800"]))
            counts[topic] = partitions
        }
        for group in blueprint.subTopologies where !group.isGlobal {
            let sources = group.sourceTopics.map { $0.resolved(applicationID: id) }
            let widths = Set(sources.compactMap { counts[$0] })
            if !group.storeNames.isEmpty, widths.count > 1 {
                let list = sources.map { "\($0) has \(counts[$0] ?? 0)" }.joined(separator: ", ")
                let joins = topology.copartitioned.filter { !group.sourceTopics.filter($0.topics.contains).isEmpty }
                let steps = joins.isEmpty ? "" : " (\(joins.map(\.step).joined(separator: ", ")))"
                throw StreamsError(
                    .partitionCount,
                    "topics that are processed together with state\(steps) must have equal numbers of partitions, "
                        + "but \(list): send one of them through repartition(), or create the topics alike")
            }
            for store in group.storeNames {
                guard let definition = topology.stores[store], definition.isLogged else { continue }
                let name = definition.changelog.resolved(applicationID: id)
                let configs = ["cleanup.policy": "compact"].merging(definition.changelogConfig) { $1 }
                internals.append(Internal(name: name, partitions: widths.max() ?? 1, configs: configs))
                counts[name] = widths.max() ?? 1
            }
        }
        for topic in internals {
            if let there = existing[topic.name], there != topic.partitions {
                throw StreamsError(
                    .partitionCount,
                    "the internal topic \(topic.name) has \(there) partitions but should have \(topic.partitions): the "
                        + "source topics have changed. Reset the application, or give it another id")
            }
        }
        internalTopics = internals
        partitionCounts = counts
    }
}
