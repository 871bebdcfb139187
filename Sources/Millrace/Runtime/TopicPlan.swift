/// Which topics an application needs and with how many partitions, worked out from the topics that are there.
struct TopicPlan: Sendable {
    /// An internal topic.
    struct Internal: Sendable, Equatable {
        let name: String
        let partitions: Int32
        let configs: [String: String]
        /// Of a changelog: what keeps it from growing for ever; nil of others, and if the user has settled it.
        var cleanup: ChangelogCleanup?
    }

    /// The internal topics, by name.
    let internalTopics: [Internal]
    /// The number of partitions of every topic read or written, by name.
    let partitionCounts: [String: Int32]

    /// Works out the plan. `existing` has the partition counts of the user's topics, and of internal topics that are
    /// there already.
    ///
    /// Throws if a topic is missing, if topics that are processed together differ in their partition counts, or if an
    /// internal topic is there with another count than it should have.
    init(_ blueprint: TaskBlueprint, existing: [String: Int32]) throws {
        let id = blueprint.applicationID
        let topology = blueprint.topology
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
        let partitions = try PartitionCounts(topology, blueprint.subTopologies, external: existing)
        var internals: [Internal] = []
        for topic in topology.sourceTopics.filter(\.isInternal).sorted(by: { $0.name < $1.name }) {
            // Records are deleted once they are processed, never by time: event times may lie far in the past.
            internals.append(
                Internal(
                    name: topic.resolved(applicationID: id), partitions: partitions.byTopic[topic] ?? 1,
                    configs: [
                        "cleanup.policy": "delete", "retention.ms": "-1", "segment.bytes": "52428800",
                        "message.timestamp.type": "CreateTime",
                    ]))
        }
        // Of patterns that match nothing yet there are no tasks.
        for group in blueprint.subTopologies where !group.isGlobal && partitions.width(of: group) > 0 {
            for store in group.storeNames {
                guard let definition = topology.stores[store], definition.isLogged else { continue }
                // Rows have times of their own, whatever the broker's setting is.
                let configs = definition.cleanup.configs.merging(["message.timestamp.type": "CreateTime"]) { $1 }
                let isUsers = definition.cleanup.configs.keys.contains { definition.changelogConfig[$0] != nil }
                internals.append(
                    Internal(
                        name: definition.changelog.resolved(applicationID: id), partitions: partitions.width(of: group),
                        configs: configs.merging(definition.changelogConfig) { $1 },
                        cleanup: isUsers ? nil : definition.cleanup))
            }
        }
        var counts = existing
        for topic in internals { counts[topic.name] = topic.partitions }
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
