public import KafkaProtocol
import Synchronization

extension Consumer {
    /// Takes what is read ahead of a partition; nil if there is nothing, or the partition is paused or not read. Never waits.
    public func takeBatches(from topicPartition: TopicPartition) -> FetchedBatches? {
        let (taken, wasIdle) = state.withLock { state in
            let wasIdle = !(state.fetch.partitions[topicPartition]?.isFetching ?? true)
            return (state.fetch.take(topicPartition), wasIdle)
        }
        if taken != nil, wasIdle { work.notify() }
        return taken
    }

    /// Calls `notify` whenever one of the partitions has something to take after it had nothing, reaches the end of its log,
    /// or fails (see `error(of:)`). The call comes from another task and must return at once. A partition's listener stays
    /// until it is not read any more; nil takes it off. If there is something to take already, it is called now.
    public func setListener(for partitions: [TopicPartition], _ notify: (@Sendable () -> Void)?) {
        let isDue = state.withLock { state in
            var isDue = false
            for topicPartition in partitions {
                state.fetch.setListener(notify, topicPartition)
                guard let partition = state.fetch.partitions[topicPartition] else { continue }
                isDue =
                    isDue || !partition.buffer.isEmpty || partition.error != nil || state.fetch.isAtEnd(topicPartition)
            }
            return isDue
        }
        if isDue { notify?() }
    }

    /// Why a partition is not read any more, if so. `seek` starts it again.
    public func error(of topicPartition: TopicPartition) -> KafkaError? {
        state.withLock { $0.fetch.partitions[topicPartition]?.error }
    }

    /// Goes on at `offset`; what is read ahead is dropped. Does nothing for a partition that is not read.
    public func seek(_ topicPartition: TopicPartition, to offset: Int64) {
        seek(topicPartition, to: .offset(offset))
    }

    /// Goes on at `start`; what is read ahead is dropped. Does nothing for a partition that is not read.
    public func seek(_ topicPartition: TopicPartition, to start: StartPosition) {
        if state.withLock({ $0.fetch.seek(topicPartition, to: start) }) { work.notify() }
    }

    /// The offset of the next record to be taken; nil until it is known.
    public func position(_ topicPartition: TopicPartition) -> Int64? {
        state.withLock { $0.fetch.partitions[topicPartition]?.position }
    }

    /// Hands out nothing more of these partitions, and fetches nothing, until `resume`. What is read ahead is kept.
    public func pause(_ partitions: [TopicPartition]) {
        state.withLock { state in
            for topicPartition in partitions { state.fetch.setPaused(true, topicPartition) }
        }
    }

    /// Goes on after `pause`. Listeners are called if something is there to take.
    public func resume(_ partitions: [TopicPartition]) {
        let listeners = state.withLock { state in
            partitions.compactMap { topicPartition -> (@Sendable () -> Void)? in
                state.fetch.setPaused(false, topicPartition)
                guard let partition = state.fetch.partitions[topicPartition], !partition.buffer.isEmpty else {
                    return nil
                }
                return partition.listener
            }
        }
        for listener in listeners { listener() }
        work.notify()
        news.notify()
    }

    /// The end of what can be read of a partition (high watermark, or last stable offset with `readCommitted`), as of the
    /// last fetch; nil before the first.
    public func endOffset(_ topicPartition: TopicPartition) -> Int64? {
        state.withLock { $0.fetch.endOffset(topicPartition) }
    }

    /// How many offsets lie between the position and the end, as of the last fetch; nil before the first.
    public func lag(_ topicPartition: TopicPartition) -> Int64? {
        state.withLock { state in
            guard let end = state.fetch.endOffset(topicPartition),
                let position = state.fetch.partitions[topicPartition]?.position
            else { return nil }
            return max(0, end.saturatingSubtract(position))
        }
    }

    /// Whether everything that the last fetch saw of the partition has been taken. Records written since may be under way:
    /// who must know compares `position` with `AdminClient.listOffsets`.
    public func isAtEnd(_ topicPartition: TopicPartition) -> Bool {
        state.withLock { $0.fetch.isAtEnd(topicPartition) }
    }

    /// Commits positions for the group. Throws `.rebalanced` if the group has gone on to another generation, so that the
    /// partitions may belong to others.
    public func commit(_ offsets: [TopicPartition: OffsetAndMetadata]) async throws {
        var member = groupMetadata
        while true {
            do {
                return try await commit(offsets, as: member)
            } catch let error as KafkaError where error.errorCode == .staleMemberEpoch {
                // The broker has raised the epoch, which the next heartbeat tells. What is owned by then is this member's still.
                let now = groupMetadata
                if now == member { try await client.environment.sleep(20) }
                guard now.memberID == member.memberID, state.withLock({ $0.membership?.isOutside == false }) else { throw error }
                member = now
            }
        }
    }

    /// Commits positions as the member given.
    package func commit(_ offsets: [TopicPartition: OffsetAndMetadata], as member: GroupMetadata) async throws {
        guard configuration.groupID != nil else {
            throw KafkaError(.invalidConfiguration, "a consumer without a group id cannot commit offsets")
        }
        // Without a generation the coordinator would take it for someone outside of the group, whom it does not fence.
        if member.generation < 0, state.withLock({ $0.membership != nil }) {
            throw KafkaError(
                .rebalanced, "could not commit offsets of group \(member.groupID): it has not been joined yet")
        }
        try await client.commit(offsets, for: member)
    }

    /// The positions that the group has committed. Partitions without one are left out.
    public func committed(_ partitions: [TopicPartition]) async throws -> [TopicPartition: OffsetAndMetadata] {
        guard let group = configuration.groupID, !partitions.isEmpty else { return [:] }
        return try await client.committedOffsets(
            of: group, partitions, stable: configuration.isolation == .readCommitted)
    }
}
