internal import KafkaProtocol
internal import Synchronization

// What is forgotten when nobody uses it (KIP-211). Times are in milliseconds since 1970.
extension Group {
    /// The offsets that are past their `retention`: while there are no members all that are as old, while there are those of
    /// topics that no consumer reads any more. What an open transaction may change stays.
    func expiredOffsets(now: Int64, retention: Int64) -> [TopicPartition] {
        let end = now.saturatingSubtract(retention)
        let isUsed: (TopicPartition) -> Bool
        switch (hasNoMembers, classic.state) {
        case (true, _):
            guard emptySince ?? .min <= end else { return [] }
            isUsed = { _ in false }
        case (false, .empty), (false, .stable):
            guard let topics = subscribedTopics else { return [] }
            isUsed = { topics.contains($0.topicName) }
        case (false, .preparingRebalance), (false, .completingRebalance): return []
        }
        return offsets.filter { $0.value.timestamp <= end && !isUsed($0.key) && !hasPendingOffset($0.key) }
            .keys.sorted()
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
                    if group.isAbandoned { entries += try group.tombstones.map { try $0.encoded() } }
                    try log.append(entries)
                    state.groups[id] = group.isAbandoned ? nil : group
                } catch {
                    report("offsets past their retention could not be removed: \(error)", about: "group \(id)")
                }
            }
        }
    }
}
