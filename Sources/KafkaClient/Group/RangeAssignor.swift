import KafkaProtocol

/// Each topic on its own, in ranges: the first members get one partition more if they cannot be shared evenly. Topics with
/// the same number of partitions are shared out alike, so that joins find equal keys together.
public struct RangeAssignor: PartitionAssignor {
    /// An assignor.
    public init() {}

    /// `range`, as Kafka's clients call it.
    public var name: String { "range" }

    /// Shares out the partitions; every member is in the result.
    public func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
        var result = Dictionary(uniqueKeysWithValues: members.map { ($0.id, [TopicPartition]()) })
        let ordered = members.sorted { $0.sortKey < $1.sortKey }.map { ($0.id, Set($0.topics.map { Name($0) })) }
        for (topic, count) in partitionCounts.byName where count > 0 {
            let takers = ordered.filter { $0.1.contains(topic) }.map(\.0)
            guard !takers.isEmpty else { continue }
            let (share, extra) = Int(count).quotientAndRemainder(dividingBy: takers.count)
            var next: Int32 = 0
            for (index, id) in takers.enumerated() {
                let end = next + Int32(share + (index < extra ? 1 : 0))
                result[id, default: []] += (next..<end).map { TopicPartition(topic, $0) }
                next = end
            }
        }
        return result.mapValues { MemberAssignment(partitions: $0) }
    }
}
