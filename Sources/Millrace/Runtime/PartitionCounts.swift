/// How many partitions the topics that a topology reads have, those that it makes for itself included.
///
/// A repartition topic has as many as it was given explicitly; else as many as the topics of others that it is processed
/// together with, of which none may differ; without any such, as many as the widest of the sub-topologies that write it or
/// another topic of its group, where a sub-topology is as wide as the widest topic that it reads. Kafka Streams' rules
/// (KIP-221, KAFKA-18311), but that they are followed until nothing changes, so that no order of steps plays a part.
struct PartitionCounts: Sendable {
    private(set) var byTopic: [TopicReference: Int32] = [:]

    /// Works out the numbers; `external` has those of the topics of others that are there.
    ///
    /// Throws if topics of others that are processed together differ, if an explicit number does not fit, or if nothing
    /// says how many partitions a topic should have.
    init(_ topology: Topology, _ subTopologies: [SubTopology], external: [String: Int32]) throws {
        for topic in topology.sourceTopics where !topic.isInternal { byTopic[topic] = external[topic.name] }
        for definition in topology.repartitionTopics { byTopic[definition.topic] = definition.partitions }
        let groups = topology.copartitions()
        for group in groups { try settle(group, of: topology) }
        let grouped = groups.reduce(into: Set<TopicReference>()) { $0.formUnion($1.topics) }
        let open = groups.map(\.topics) + topology.sourceTopics.subtracting(grouped).map { [$0] }
        grow(open.filter { $0.allSatisfy { byTopic[$0] == nil } }, subTopologies)
        for topic in topology.sourceTopics.sorted(by: { $0.name < $1.name }) where byTopic[topic] == nil {
            let steps = topology.steps(using: topic).joined(separator: ", ")
            throw StreamsError(
                .partitionCount,
                "nothing says how many partitions \(topic.name) (\(steps)) should have: no topic before it is known. If it comes after a "
                    + "pattern, create a topic that matches, or give it a number of its own (Repartitioned)")
        }
    }

    /// The largest number of partitions that a sub-topology reads: the number of its tasks.
    func width(of group: SubTopology) -> Int32 { group.sourceTopics.compactMap { byTopic[$0] }.max() ?? 0 }

    /// Gives the topics of a group the number that one of them has, if one has.
    private mutating func settle(_ group: Copartition, of topology: Topology) throws {
        let known = group.sortedTopics.filter { byTopic[$0] != nil }
        guard let first = known.first, let count = byTopic[first] else { return }
        if let other = known.first(where: { byTopic[$0] != count }) {
            let list = known.map { topic in
                let steps = topology.steps(using: topic).joined(separator: ", ")
                return "\(topic.name) has \(byTopic[topic] ?? 0) (\(steps))"
            }
            let given = known.first(where: \.isInternal) ?? (other.isInternal ? other : nil)
            let remedy =
                given.map { "give \($0.name) no number of its own, or one that fits" }
                ?? "send one of them through repartition(), or create the topics alike"
            throw StreamsError(
                .partitionCount,
                "topics that are processed together (\(group.steps.joined(separator: ", "))) must have equal numbers of "
                    + "partitions, but \(list.joined(separator: ", ")): \(remedy)")
        }
        for topic in group.topics { byTopic[topic] = count }
    }

    /// Gives topics the width of what writes them, until nothing changes. It only grows, and not beyond what is known.
    private mutating func grow(_ open: [Set<TopicReference>], _ subTopologies: [SubTopology]) {
        var writers: [TopicReference: [SubTopology]] = [:]
        for group in subTopologies {
            for topic in group.sinkTopics where topic.isInternal { writers[topic, default: []].append(group) }
        }
        var isSettled = false
        while !isSettled {
            isSettled = true
            for topics in open {
                let widest = topics.flatMap { writers[$0] ?? [] }.map { width(of: $0) }.max() ?? 0
                for topic in topics where widest > byTopic[topic] ?? 0 {
                    byTopic[topic] = widest
                    isSettled = false
                }
            }
        }
    }
}
