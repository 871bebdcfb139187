import KafkaClient
import KafkaProtocol

/// Shares out tasks among an application's instances: whole tasks, so that all partitions with the same number of a
/// sub-topology's topics go to the same instance; evenly, and to who had a task before where that is even.
struct TaskAssignor: PartitionAssignor {
    let name = "millrace"
    /// The source topics of each sub-topology.
    let groups: [[String]]

    func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
        guard !members.isEmpty else { return [:] }
        let order = members.map(\.id).sorted()
        let owners = Dictionary(
            members.flatMap { member in member.ownedPartitions.map { ($0, member.id) } },
            uniquingKeysWith: { first, _ in first })
        let tasks = groups.flatMap { topics -> [[TopicPartition]] in
            let count = topics.compactMap { partitionCounts[$0] }.max() ?? 0
            return (0..<max(0, count)).map { partition in
                topics.filter { partition < partitionCounts[$0] ?? 0 }.map { TopicPartition($0, partition) }
            }
        }
        // Everybody gets `share`, and so many one more.
        let (share, more) = tasks.count.quotientAndRemainder(dividingBy: order.count)
        var richer = 0
        var given: [String: [TopicPartition]] = [:]
        var counts: [String: Int] = [:]
        var homeless: [[TopicPartition]] = []
        for task in tasks {
            guard let first = task.first, let owner = owners[first] else {
                homeless.append(task)
                continue
            }
            let count = counts[owner, default: 0]
            guard count < share || (count == share && richer < more) else {
                homeless.append(task)
                continue
            }
            if count == share { richer += 1 }
            given[owner, default: []] += task
            counts[owner] = count + 1
        }
        for task in homeless {
            guard let least = order.min(by: { counts[$0, default: 0] < counts[$1, default: 0] }) else { break }
            given[least, default: []] += task
            counts[least, default: 0] += 1
        }
        return Dictionary(uniqueKeysWithValues: order.map { ($0, MemberAssignment(partitions: given[$0] ?? [])) })
    }
}
