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
