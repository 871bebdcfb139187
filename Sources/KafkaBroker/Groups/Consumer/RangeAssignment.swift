internal import KafkaProtocol

/// Gives the members of each topic, static ones by instance before the others by id, rows of neighbouring partitions as
/// long as each other's or one longer. Members that read topics of the same size so get the same numbers of each, as joins
/// need it.
func rangeAssignment(of task: AssignmentTask) -> [Name: Set<TopicIDPartition>] {
    let members = task.members.sorted { left, right in
        switch (left.instanceID, right.instanceID) {
        case (let left?, let right?): left < right
        case (nil, nil): left.id < right.id
        case (let left, _): left != nil
        }
    }
    var readers: [KafkaUUID: [Name]] = [:]
    for member in members {
        for topic in member.topics { readers[topic, default: []].append(member.id) }
    }
    var assignments = Dictionary(members.map { ($0.id, Set<TopicIDPartition>()) }, uniquingKeysWith: { one, _ in one })
    for (topic, readers) in readers {
        let (length, longer) = (task.topics[topic] ?? 0).quotientAndRemainder(dividingBy: Int32(clamping: readers.count))
        var start: Int32 = 0
        for (index, reader) in readers.enumerated() {
            let end = start + length + (index < longer ? 1 : 0)
            for partition in start..<end { assignments[reader]?.insert(TopicIDPartition(topic, partition)) }
            start = end
        }
    }
    return assignments
}
