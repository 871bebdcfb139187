internal import KafkaProtocol

/// Up to where a group has worked a partition off.
struct CommittedOffset: Equatable, Sendable {
    var offset: Int64
    var leaderEpoch: Int32 = -1
    var metadata = ""
    /// Milliseconds since 1970.
    var timestamp: Int64 = 0
}

extension Group {
    /// What is wrong with a commit that says it comes from this member and generation; `.none` if nothing. A commit
    /// without a generation is good while the group has no members, in a transaction always (KIP-447).
    func commitError(memberID: Name, instanceID: Name?, generation: Int32, transactional: Bool) -> KafkaErrorCode {
        guard state != .dead else { return .unknownMemberId }
        if generation < 0, state == .empty, memberID.isEmpty || !transactional { return .none }
        if generation >= 0 || !memberID.isEmpty || instanceID != nil {
            let identity = identityError(memberID: memberID, instanceID: instanceID)
            guard identity == .none else { return identity }
            guard generation == self.generation else { return .illegalGeneration }
        } else if !transactional {
            return .unknownMemberId
        }
        return !transactional && state == .completingRebalance ? .rebalanceInProgress : .none
    }

    /// A commit is a sign of life, too.
    mutating func noteCommit(memberID: Name, now: Int64) {
        guard let timeout = members[memberID]?.sessionTimeout else { return }
        members[memberID]?.sessionDeadline = now + timeout
    }

    /// Whether an open transaction is about to change the partition's offset.
    func hasPendingOffset(_ partition: TopicPartition) -> Bool {
        pendingOffsets.values.contains { $0[partition] != nil }
    }

    /// The transaction of `producerID` has ended: its offsets count, or are forgotten. Returns those that count.
    mutating func endTransaction(producerID: Int64, commit: Bool) -> [TopicPartition: CommittedOffset] {
        guard let pending = pendingOffsets.removeValue(forKey: producerID), commit else { return [:] }
        offsets.merge(pending) { _, new in new }
        return pending
    }
}
