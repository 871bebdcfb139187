internal import KafkaProtocol

/// Shares partitions out so that no member has two more than another that could take one of them, and moves as few as it
/// can: everyone keeps what it has, what is nobody's goes to who has least, and only then do those who have most give.
struct UniformAssignment {
    private let task: AssignmentTask
    private let topics: [KafkaUUID]
    /// The partitions of each member by topic.
    private var held: [[KafkaUUID: [Int32]]]
    private var loads: [Int]
    /// Members by load, least first, and where each is in it.
    private var order: [Int]
    private var places: [Int]

    init(_ task: AssignmentTask) {
        var task = task
        task.members.sort { $0.id < $1.id }
        self.task = task
        topics = task.topics.keys.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
        held = Array(repeating: [:], count: task.members.count)
        loads = Array(repeating: 0, count: task.members.count)
        order = Array(task.members.indices)
        places = order
        keepPresent()
        shareOutRest()
        while giveFromMost() {}
    }

    var assignments: [Name: Set<TopicIDPartition>] {
        var assignments: [Name: Set<TopicIDPartition>] = [:]
        for (member, partitions) in zip(task.members, held) {
            assignments[member.id] = Set(
                partitions.flatMap { topic, numbers in numbers.map { TopicIDPartition(topic, $0) } })
        }
        return assignments
    }

    private mutating func keepPresent() {
        var taken: Set<TopicIDPartition> = []
        for (index, member) in task.members.enumerated() {
            for (topic, partitions) in member.present.byTopic where member.topics.contains(topic) {
                let count = task.topics[topic] ?? 0
                let kept = partitions.filter {
                    $0 >= 0 && $0 < count && taken.insert(TopicIDPartition(topic, $0)).inserted
                }
                held[index][topic] = kept
                loads[index] += kept.count
            }
        }
        order.sort { (loads[$0], $0) < (loads[$1], $1) }
        for (place, index) in order.enumerated() { places[index] = place }
    }

    private mutating func shareOutRest() {
        for topic in topics {
            var taken: Set<Int32> = []
            for partitions in held { taken.formUnion(partitions[topic] ?? []) }
            for partition in 0..<(task.topics[topic] ?? 0) where !taken.contains(partition) {
                guard let taker = order.first(where: { task.members[$0].topics.contains(topic) }) else { break }
                held[taker][topic, default: []].append(partition)
                add(1, to: taker)
            }
        }
    }

    /// Lets everyone who has most give one to someone who then still has less. Returns whether anyone did.
    private mutating func giveFromMost() -> Bool {
        var hasGiven = false
        var place = order.count - 1
        while place > 0 {
            if giveOne(from: order[place]) { hasGiven = true } else { place -= 1 }
        }
        return hasGiven
    }

    private mutating func giveOne(from giver: Int) -> Bool {
        for taker in order {
            guard loads[taker] + 1 < loads[giver] else { return false }
            let candidates = held[giver].filter { !$0.value.isEmpty && task.members[taker].topics.contains($0.key) }
            // Of the topic that it has most of, so that topics stay spread, too.
            let topic = candidates.max {
                ($0.value.count, $0.key.high, $0.key.low) < ($1.value.count, $1.key.high, $1.key.low)
            }?.key
            guard let topic, let partition = held[giver][topic]?.popLast() else { continue }
            held[taker][topic, default: []].append(partition)
            add(-1, to: giver)
            add(1, to: taker)
            return true
        }
        return false
    }

    /// Changes a member's load by one: it changes places with the last, or the first, of those with the same load.
    private mutating func add(_ change: Int, to member: Int) {
        let load = loads[member]
        let edge = change > 0 ? firstPlace { $0 > load } - 1 : firstPlace { $0 >= load }
        let (place, other) = (places[member], order[edge])
        order.swapAt(place, edge)
        places[member] = edge
        places[other] = place
        loads[member] = load + change
    }

    /// The first place whose member's load is beyond what is wanted.
    private func firstPlace(where isBeyond: (Int) -> Bool) -> Int {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(loads[order[middle]]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
