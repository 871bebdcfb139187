internal import KafkaProtocol

extension ConsumerGroup {
    /// The topics that the members read; nil if patterns have not been looked at yet.
    var subscribedTopics: Set<Name>? {
        var topics: Set<Name> = []
        for member in members.values {
            topics.formUnion(member.subscription.topics)
            guard let pattern = member.subscription.pattern else { continue }
            guard let matching = matches[pattern] else { return nil }
            topics.formUnion(matching)
        }
        return topics
    }

    /// Takes note of what topics there are. Returns whether others are to be assigned than were.
    mutating func look(at topics: TopicImage, isSubscriptionChanged: Bool) -> Bool {
        let isNew = lookedAt != topics.version
        lookedAt = topics.version
        if isNew || isSubscriptionChanged { resolvePatterns(topics, all: isNew) }
        guard isNew, epoch == assignmentEpoch else { return false }
        // What the target holds is what there was when it was assigned.
        var assigned: Set<TopicIDPartition> = []
        for partitions in target.values { assigned.formUnion(partitions) }
        var present: Set<TopicIDPartition> = []
        for entry in (subscribedTopics ?? []).compactMap({ topics[$0] }) {
            for partition in 0..<entry.partitions { present.insert(TopicIDPartition(entry.id, partition)) }
        }
        return assigned != present
    }

    private mutating func resolvePatterns(_ topics: TopicImage, all: Bool) {
        let old = matches
        matches = [:]
        for text in Set(members.values.compactMap(\.subscription.pattern)) {
            if !all, let known = old[text] {
                matches[text] = known
            } else {
                // One that makes no sense was refused when it came.
                let pattern = try? TopicPattern(text.string)
                matches[text] = Set(
                    topics.topics.keys.filter { !TopicName.isInternal($0.string) && pattern?.matches($0.string) == true })
            }
        }
    }

    mutating func raiseEpoch() { setEpoch(epoch.saturatingAdd(1)) }

    /// The assignor that most members ask for; of equals the first by name.
    var assignor: ServerAssignor {
        var votes: [ServerAssignor: Int] = [:]
        for member in members.values {
            if let assignor = member.subscription.assignor.flatMap({ ServerAssignor(rawValue: $0.string) }) {
                votes[assignor, default: 0] += 1
            }
        }
        let best = votes.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
        return best?.key ?? .uniform
    }

    /// Decides what each member is to have in the group's epoch.
    mutating func assign(_ topics: TopicImage) {
        var task = AssignmentTask()
        for member in members.values {
            let names = Set(member.subscription.topics).union(member.subscription.pattern.flatMap { matches[$0] } ?? [])
            var ids: Set<KafkaUUID> = []
            for entry in names.compactMap({ topics[$0] }) {
                ids.insert(entry.id)
                task.topics[entry.id] = entry.partitions
            }
            task.members.append(
                .init(
                    id: member.id, instanceID: member.subscription.instanceID, topics: ids,
                    present: target[member.id] ?? []))
        }
        let assignments = assignor.assign(task)
        for id in members.keys { setTarget(of: id, to: assignments[id] ?? []) }
        setAssignmentEpoch(epoch)
    }

    /// Takes a member as far towards its target as it may go.
    mutating func reconcile(_ id: Name, owned: Set<TopicIDPartition>?, now: Int64) {
        guard var member = members[id], !isReconciled(member) else { return }
        let next = member.current.next(towards: target[id] ?? [], epoch: assignmentEpoch, owned: owned) { partition in
            owners[partition] == nil || owners[partition] == id
        }
        guard next != member.current else { return }
        member.current = next
        put(member)
        let timeout = Int64(member.subscription.rebalanceTimeout)
        deadlines[id, default: Deadlines(session: .max)].rebalance =
            next.state == .unrevoked ? now.saturatingAdd(timeout) : nil
    }
}
