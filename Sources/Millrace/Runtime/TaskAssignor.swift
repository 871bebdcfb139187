import KafkaClient
import KafkaProtocol

/// Shares out tasks among an application's instances: whole tasks, so that all partitions with the same number of a
/// sub-topology's topics go to the same instance; those of each sub-topology evenly, as some have more to do than others, and
/// all of them as evenly as that allows; and to who had a task before where that is even.
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
        let tasks = groups.map { topics -> [[TopicPartition]] in
            let count = topics.compactMap { partitionCounts[$0] }.max() ?? 0
            return (0..<max(0, count)).map { partition in
                topics.filter { partition < partitionCounts[$0] ?? 0 }.map { TopicPartition($0, partition) }
            }
        }
        var given: [String: [TopicPartition]] = [:]
        var all = Shares(of: tasks.reduce(0) { $0 + $1.count }, among: order.count)
        var shares = tasks.map { Shares(of: $0.count, among: order.count) }
        var homeless = tasks.map { _ in [[TopicPartition]]() }
        for (group, tasks) in tasks.enumerated() {
            for task in tasks {
                guard let first = task.first, let owner = owners[first], shares[group].hasRoom(owner), all.hasRoom(owner) else {
                    homeless[group].append(task)
                    continue
                }
                shares[group].give(owner)
                all.give(owner)
                given[owner, default: []] += task
            }
        }
        for (group, tasks) in homeless.enumerated() {
            for task in tasks {
                let least = order.min { (shares[group].count($0), all.count($0)) < (shares[group].count($1), all.count($1)) }
                guard let least else { break }
                shares[group].give(least)
                all.give(least)
                given[least, default: []] += task
            }
        }
        return Dictionary(uniqueKeysWithValues: order.map { ($0, MemberAssignment(partitions: given[$0] ?? [])) })
    }
}

/// How many of some tasks each member has: everybody is to have an even share, and some one more.
private struct Shares {
    private let share: Int
    private let more: Int
    private var counts: [String: Int] = [:]
    private var richer = 0

    init(of tasks: Int, among members: Int) { (share, more) = tasks.quotientAndRemainder(dividingBy: members) }

    func count(_ member: String) -> Int { counts[member] ?? 0 }

    /// Whether one more would still be even.
    func hasRoom(_ member: String) -> Bool { count(member) < share || (count(member) == share && richer < more) }

    mutating func give(_ member: String) {
        if count(member) == share { richer += 1 }
        counts[member, default: 0] += 1
    }
}
