internal import KafkaProtocol
internal import Synchronization

// What is forgotten when nobody uses it (KIP-211). Times are in milliseconds since 1970.
extension Group {
    /// Takes note of the time when the last member went.
    mutating func noteEmptiness(wall now: Int64) {
        emptySince = state == .empty && generation > 0 ? emptySince ?? now : nil
    }

    /// The offsets that are past their `retention`: while there are no members all that are as old, while there are those of
    /// topics that no consumer reads any more. What an open transaction may change stays.
    func expiredOffsets(now: Int64, retention: Int64) -> [TopicPartition] {
        let end = now.subtractingReportingOverflow(retention).partialValue
        let isUsed: (TopicPartition) -> Bool
        switch state {
        case .empty:
            guard emptySince ?? .min <= end else { return [] }
            isUsed = { _ in false }
        case .stable:
            guard let topics = knownSubscribedTopics else { return [] }
            isUsed = { topics.contains($0.topicName) }
        case .preparingRebalance, .completingRebalance, .dead: return []
        }
        return offsets.filter { $0.value.timestamp <= end && !isUsed($0.key) && !hasPendingOffset($0.key) }
            .keys.sorted()
    }

    /// The topics that the members read; nil if that cannot be told.
    private var knownSubscribedTopics: Set<Name>? {
        guard protocolType == "consumer" else { return nil }
        var topics: Set<Name> = []
        for member in members.values {
            guard let subscription = try? ConsumerProtocolSubscription(decoding: member.metadata(of: protocolName))
            else { return nil }
            topics.formUnion(subscription.topics.map { Name($0) })
        }
        return topics
    }

    /// Whether nothing is left of the group but its name.
    var isAbandoned: Bool {
        state == .empty && pendingMembers.isEmpty && offsets.isEmpty && pendingOffsets.isEmpty
    }
}

extension GroupCoordinator {
    /// Forgets offsets past `offsetsRetention`, and groups without members and offsets.
    func expireOffsets() {
        guard configuration.offsetsRetention >= 0 else { return }
        state.withLock { state in
            let now = clock.wall()
            for (id, before) in state.groups {
                var group = before
                let expired = group.expiredOffsets(now: now, retention: configuration.offsetsRetention)
                for partition in expired { group.offsets[partition] = nil }
                guard !expired.isEmpty || group.isAbandoned else { continue }
                do {
                    var entries = try expired.map { try GroupRecord.offset(group: id, $0, nil).encoded() }
                    if group.isAbandoned { entries.append(try GroupRecord.group(id, nil).encoded()) }
                    try log.append(entries)
                    state.groups[id] = group.isAbandoned ? nil : group
                } catch {
                    report("offsets past their retention could not be removed: \(error)", about: "group \(id)")
                }
            }
        }
    }
}
