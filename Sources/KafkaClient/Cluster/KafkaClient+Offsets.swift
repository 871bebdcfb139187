import KafkaProtocol

extension KafkaClient {
    /// Looks up offsets: the earliest, the latest (with `readCommitted` the last stable one), or by timestamp. For a
    /// timestamp later than all records the offset is -1.
    func listOffsets(
        _ timestamps: [TopicPartition: Int64], isolation: IsolationLevel
    ) async throws -> [TopicPartition: OffsetAndTimestamp] {
        try await askLeaders(of: Array(timestamps.keys), "look up offsets") { node, partitions in
            let response = try await self.send(
                ListOffsetsRequest(
                    replicaId: -1, isolationLevel: isolation.rawValue,
                    topics: partitions.byTopic().map { topic, numbers in
                        ListOffsetsRequest.ListOffsetsTopic(
                            name: topic,
                            partitions: numbers.map {
                                ListOffsetsRequest.ListOffsetsPartition(
                                    partitionIndex: $0, timestamp: timestamps[TopicPartition(topic, $0)] ?? -1)
                            })
                    }), to: node)
            var outcomes: [TopicPartition: PartitionOutcome<OffsetAndTimestamp>] = [:]
            for topic in response.topics {
                for partition in topic.partitions {
                    let code = KafkaErrorCode(rawValue: partition.errorCode)
                    outcomes[TopicPartition(topic.name, partition.partitionIndex)] =
                        code == .none
                        ? .done(
                            OffsetAndTimestamp(
                                offset: partition.offset, timestamp: partition.timestamp,
                                leaderEpoch: partition.leaderEpoch))
                        : .failed(code)
                }
            }
            return outcomes
        }
    }

    /// The offsets that `group` has committed; of `partitions`, or of all if nil. Those without an offset are left out.
    /// With `stable` it waits until no transaction may change them any more.
    func committedOffsets(
        of group: String, _ partitions: [TopicPartition]?, stable: Bool
    ) async throws -> [TopicPartition: OffsetAndMetadata] {
        let what = "look up the offsets of group \(group)"
        let request = OffsetFetchRequest(
            groups: [
                OffsetFetchRequest.OffsetFetchRequestGroup(
                    groupId: group,
                    topics: partitions?.byTopic().map {
                        OffsetFetchRequest.OffsetFetchRequestTopics(name: $0, partitionIndexes: $1)
                    })
            ], requireStable: stable)
        let response = try await send(request, to: .group(group), what) { response in
            if response.errorCode != 0 { return response.errorCode }
            for group in response.groups {
                if group.errorCode != 0 { return group.errorCode }
                let failed = group.topics.lazy.flatMap(\.partitions).first { $0.errorCode != 0 }
                if let failed { return failed.errorCode }
            }
            return 0
        }
        var offsets: [TopicPartition: OffsetAndMetadata] = [:]
        for topic in response.groups.flatMap(\.topics) {
            for partition in topic.partitions where partition.committedOffset >= 0 {
                offsets[TopicPartition(topic.name, partition.partitionIndex)] = OffsetAndMetadata(
                    offset: partition.committedOffset, leaderEpoch: partition.committedLeaderEpoch,
                    metadata: partition.metadata ?? "")
            }
        }
        return offsets
    }

    /// Commits offsets for a member of a group, or for someone outside of it.
    func commit(_ offsets: [TopicPartition: OffsetAndMetadata], for member: GroupMetadata) async throws {
        guard !offsets.isEmpty else { return }
        let what = "commit offsets of group \(member.groupID)"
        let request = OffsetCommitRequest(
            groupId: member.groupID, generationIdOrMemberEpoch: member.generation, memberId: member.memberID,
            groupInstanceId: member.instanceID,
            topics: offsets.keys.byTopic().map { topic, partitions in
                OffsetCommitRequest.OffsetCommitRequestTopic(
                    name: topic,
                    partitions: partitions.compactMap { partition in
                        guard let offset = offsets[TopicPartition(topic, partition)] else { return nil }
                        return OffsetCommitRequest.OffsetCommitRequestPartition(
                            partitionIndex: partition, committedOffset: offset.offset,
                            committedLeaderEpoch: offset.leaderEpoch, committedMetadata: offset.metadata)
                    })
            })
        do {
            _ = try await send(request, to: .group(member.groupID), what) { response in
                response.topics.lazy.flatMap(\.partitions).map(\.errorCode).first { $0 != 0 } ?? 0
            }
        } catch var error as KafkaError {
            if let code = error.errorCode, [.unknownMemberId, .illegalGeneration, .rebalanceInProgress, .fencedMemberEpoch].contains(code) {
                error.code = .rebalanced
            }
            throw error
        }
    }
}
