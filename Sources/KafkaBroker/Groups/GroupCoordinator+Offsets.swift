internal import KafkaProtocol
internal import Synchronization

extension GroupCoordinator {
    /// Who commits, and whether in a transaction.
    struct Committer: Sendable {
        var memberID: Name = ""
        var instanceID: Name?
        /// The generation, or the member's epoch.
        var generation: Int32 = -1
        /// Whether the request is of a version in which a member can be told that its epoch is stale.
        var knowsMemberEpochs = true
        /// The producer whose transaction the offsets belong to.
        var producerID: Int64?
    }

    /// Stores offsets: on return they are in the file. In a transaction they count when it commits.
    func commit(_ id: Name, _ offsets: [TopicPartition: CommittedOffset], by committer: Committer) -> KafkaErrorCode {
        state.withLock { state in
            guard committer.generation < 0 || state.groups[id] != nil else {
                return committer.knowsMemberEpochs ? .groupIdNotFound : .illegalGeneration
            }
            var group = state.groups.removeValue(forKey: id) ?? Self.newGroup(id, configuration)
            defer { if !group.isDisposable { state.groups[id] = group } }
            let error = group.commitError(by: committer)
            guard error == .none else { return error }
            guard !offsets.isEmpty else { return .none }
            do {
                try log.append(
                    offsets.sorted { $0.key < $1.key }.map { partition, offset in
                        let record: GroupRecord =
                            if let producerID = committer.producerID {
                                .pendingOffset(producerID: producerID, group: id, partition, offset)
                            } else {
                                .offset(group: id, partition, offset)
                            }
                        return try record.encoded()
                    })
            } catch {
                return RequestError(error).code
            }
            if let producerID = committer.producerID {
                group.pendingOffsets[producerID, default: [:]].merge(offsets) { _, new in new }
            } else {
                group.offsets.merge(offsets) { _, new in new }
            }
            group.classic.noteCommit(memberID: committer.memberID, now: clock.monotonic())
            return .none
        }
    }

    /// Ends the part that groups have in a transaction: its offsets count from now on, or are dropped.
    func endTransaction(producerID: Int64, groups ids: [Name], commit: Bool) throws {
        try state.withLock { state in
            var entries: [InternalLog.Entry] = []
            for id in ids {
                let pending = state.groups[id]?.pendingOffsets[producerID] ?? [:]
                for (partition, offset) in pending.sorted(by: { $0.key < $1.key }) {
                    if commit { entries.append(try GroupRecord.offset(group: id, partition, offset).encoded()) }
                    entries.append(
                        try GroupRecord.pendingOffset(producerID: producerID, group: id, partition, nil).encoded())
                }
            }
            try log.append(entries)
            for id in ids {
                guard var group = state.groups.removeValue(forKey: id) else { continue }
                _ = group.endTransaction(producerID: producerID, commit: commit)
                if !group.isDisposable { state.groups[id] = group }
            }
        }
    }

    /// What is wrong with asking for offsets as a member of the consumer protocol; `.none` if nothing.
    func fetchError(_ id: Name, memberID: Name?, epoch: Int32) -> KafkaErrorCode {
        state.withLock { $0.groups[id]?.consumer?.fetchError(memberID: memberID, epoch: epoch) ?? .none }
    }

    /// What a look at a partition's offset finds.
    struct FetchedOffset: Sendable {
        var partition: TopicPartition
        /// Nil if nothing was committed.
        var offset: CommittedOffset?
        /// Whether an open transaction may change it.
        var isUnstable: Bool
    }

    /// The committed offsets of the partitions, or of all the group has any for.
    func offsets(_ id: Name, of partitions: [TopicPartition]?) -> [FetchedOffset] {
        state.withLock { state in
            guard let group = state.groups[id] else {
                return (partitions ?? []).map { FetchedOffset(partition: $0, offset: nil, isUnstable: false) }
            }
            return (partitions ?? group.offsets.keys.sorted()).map {
                FetchedOffset(partition: $0, offset: group.offsets[$0], isUnstable: group.hasPendingOffset($0))
            }
        }
    }

    /// Removes offsets of partitions that no member of the group reads.
    func deleteOffsets(_ id: Name, of partitions: [TopicPartition]) -> (
        KafkaErrorCode, [TopicPartition: KafkaErrorCode]
    ) {
        state.withLock { state in
            guard let group = state.groups[id] else { return (.groupIdNotFound, [:]) }
            guard group.hasNoMembers || group.protocolType == "consumer" else { return (.nonEmptyGroup, [:]) }
            let subscribed = group.subscribedTopics ?? []
            var results: [TopicPartition: KafkaErrorCode] = [:]
            for partition in partitions {
                results[partition] =
                    subscribed.contains(partition.topicName) ? .groupSubscribedToTopic : KafkaErrorCode.none
            }
            let gone = partitions.filter { results[$0] == KafkaErrorCode.none && group.offsets[$0] != nil }
            do {
                try log.append(gone.map { try GroupRecord.offset(group: id, $0, nil).encoded() })
            } catch {
                return (RequestError(error).code, [:])
            }
            for partition in gone { state.groups[id]?.offsets[partition] = nil }
            return (.none, results)
        }
    }

    /// Removes all groups' offsets of a topic that was deleted.
    func forgetTopic(_ topic: Name) throws {
        try state.withLock { state in
            for (id, group) in state.groups {
                let gone = group.offsets.keys.filter { $0.topicName == topic }
                try log.append(gone.sorted().map { try GroupRecord.offset(group: id, $0, nil).encoded() })
                for partition in gone { state.groups[id]?.offsets[partition] = nil }
            }
        }
    }
}

extension Group {
    fileprivate func commitError(by committer: GroupCoordinator.Committer) -> KafkaErrorCode {
        consumer?.commitError(by: committer)
            ?? classic.commitError(
                memberID: committer.memberID, instanceID: committer.instanceID, generation: committer.generation,
                transactional: committer.producerID != nil)
    }
}
