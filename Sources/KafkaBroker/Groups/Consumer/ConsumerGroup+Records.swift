internal import KafkaProtocol

extension ConsumerGroup {
    /// What has to be written down since the last call.
    mutating func takeRecords() -> [ConsumerGroupRecord] {
        let changes = takeChanges()
        var records: [ConsumerGroupRecord] = []
        if changes.epoch { records.append(.epoch(epoch)) }
        records += changes.subscriptions.sorted().map { .member($0, members[$0]?.subscription) }
        records += changes.targets.sorted().map { .target($0, target[$0]) }
        if changes.assignmentEpoch { records.append(.targetEpoch(assignmentEpoch)) }
        records += changes.assignments.sorted().map { .current($0, members[$0]?.current) }
        return records
    }

    /// What says that nothing of the group is there any more.
    var tombstones: [ConsumerGroupRecord] {
        members.keys.sorted().flatMap { [.current($0, nil), .target($0, nil), .member($0, nil)] }
            + [.targetEpoch(nil), .epoch(nil)]
    }
}

/// A group of the consumer protocol as its records tell it, in whichever order they are.
struct ConsumerGroupReplay {
    private var epoch: Int32?
    private var assignmentEpoch: Int32 = 0
    private var subscriptions: [Name: ConsumerMember.Subscription] = [:]
    private var currents: [Name: CurrentAssignment] = [:]
    private var targets: [Name: Set<TopicIDPartition>] = [:]

    mutating func take(_ record: ConsumerGroupRecord) {
        switch record {
        case .epoch(let epoch): self.epoch = epoch
        case .member(let id, let subscription): subscriptions[id] = subscription
        case .targetEpoch(let epoch): assignmentEpoch = epoch ?? 0
        case .target(let id, let partitions): targets[id] = partitions
        case .current(let id, let current): currents[id] = current
        }
    }

    /// The group goes on where the broker stopped: members have a session's time to show that they are still there. Nil if
    /// there is none.
    func group(settings: ConsumerGroup.Settings, now: Int64) -> ConsumerGroup? {
        guard let epoch else { return nil }
        var group = ConsumerGroup(settings: settings)
        group.setEpoch(epoch)
        group.setAssignmentEpoch(assignmentEpoch)
        for (id, subscription) in subscriptions {
            let current = currents[id] ?? CurrentAssignment()
            group.put(ConsumerMember(id: id, subscription: subscription, current: current))
            group.setTarget(of: id, to: targets[id])
            let timeout = subscription.classic.map { Int64($0.sessionTimeout) } ?? settings.sessionTimeout
            group.deadlines[id] = .init(
                session: now.saturatingAdd(timeout),
                rebalance: current.state == .unrevoked
                    ? now.saturatingAdd(Int64(subscription.rebalanceTimeout)) : nil)
        }
        _ = group.takeChanges()
        return group
    }
}
