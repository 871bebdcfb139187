import KafkaProtocol

/// All partitions of all topics in turn to one member after the other.
public struct RoundRobinAssignor: PartitionAssignor {
    /// An assignor.
    public init() {}

    /// `roundrobin`, as Kafka's clients call it.
    public var name: String { "roundrobin" }

    /// Shares out the partitions; every member is in the result.
    public func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
        var result = Dictionary(uniqueKeysWithValues: members.map { ($0.id, [TopicPartition]()) })
        let takers = members.sorted { $0.sortKey < $1.sortKey }
        let topics = takers.map { Set($0.topics.map { Name($0) }) }
        var turn = 0
        for (topic, count) in partitionCounts.byName {
            guard topics.contains(where: { $0.contains(topic) }) else { continue }
            for partition in 0..<max(0, count) {
                while !topics[turn % takers.count].contains(topic) { turn += 1 }
                result[takers[turn % takers.count].id, default: []].append(TopicPartition(topic, partition))
                turn += 1
            }
        }
        return result.mapValues { MemberAssignment(partitions: $0) }
    }
}
