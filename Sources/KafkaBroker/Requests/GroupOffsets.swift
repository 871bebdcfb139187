internal import KafkaProtocol

extension OffsetCommitRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> OffsetCommitResponse {
        var judged = JudgedOffsets(broker)
        for topic in topics {
            for partition in topic.partitions {
                judged.add(
                    TopicPartition(topic.name, partition.partitionIndex), partition.committedOffset,
                    partition.committedLeaderEpoch, partition.committedMetadata)
            }
        }
        let committer = GroupCoordinator.Committer(
            memberID: Name(memberId), instanceID: groupInstanceId.map { Name($0) },
            generation: generationIdOrMemberEpoch, knowsMemberEpochs: version >= 9)
        let error =
            groupId.isEmpty && generationIdOrMemberEpoch >= 0
            ? .invalidGroupId : broker.groups.commit(Name(groupId), judged.good, by: committer)
        return OffsetCommitResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        let own = judged.error(of: TopicPartition(topic.name, $0.partitionIndex))
                        return .init(
                            partitionIndex: $0.partitionIndex, errorCode: (error == .none ? own : error).rawValue)
                    })
            })
    }
}

/// Offsets to commit, those that cannot be put aside with the reason.
struct JudgedOffsets {
    private(set) var good: [TopicPartition: CommittedOffset] = [:]
    private var bad: [TopicPartition: KafkaErrorCode] = [:]
    private let broker: Broker
    private let now: Int64

    init(_ broker: Broker) {
        self.broker = broker
        now = broker.clock.wall()
    }

    mutating func add(_ partition: TopicPartition, _ offset: Int64, _ leaderEpoch: Int32, _ metadata: String?) {
        let metadata = metadata ?? ""
        if broker.topics.log(partition) == nil {
            bad[partition] = .unknownTopicOrPartition
        } else if metadata.utf8.count > min(broker.configuration.offsetMetadataMaxBytes, Int(Int16.max)) {
            bad[partition] = .offsetMetadataTooLarge
        } else if offset < 0 {
            bad[partition] = .invalidCommitOffsetSize
        } else {
            good[partition] = CommittedOffset(
                offset: offset, leaderEpoch: leaderEpoch, metadata: metadata, timestamp: now)
        }
    }

    func error(of partition: TopicPartition) -> KafkaErrorCode { bad[partition] ?? .none }
}

extension OffsetFetchRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> OffsetFetchResponse {
        guard version >= 8, !groups.isEmpty || groupId.isEmpty else {
            let wanted = topics?.flatMap { topic in topic.partitionIndexes.map { TopicPartition(topic.name, $0) } }
            let found = look(groupId, wanted, broker)
            return OffsetFetchResponse(
                topics: found.map { name, partitions in
                    .init(
                        name: name,
                        partitions: partitions.map {
                            .init(
                                partitionIndex: $0.partition.partition, committedOffset: $0.offset.offset,
                                committedLeaderEpoch: $0.offset.leaderEpoch, metadata: $0.offset.metadata,
                                errorCode: $0.error.rawValue)
                        })
                })
        }
        return OffsetFetchResponse(
            groups: groups.map { group in
                let error = broker.groups.fetchError(
                    Name(group.groupId), memberID: group.memberId.map { Name($0) }, epoch: group.memberEpoch)
                guard error == .none else { return .init(groupId: group.groupId, errorCode: error.rawValue) }
                let wanted = group.topics?.flatMap { topic in
                    topic.partitionIndexes.map { TopicPartition(topic.name, $0) }
                }
                return .init(
                    groupId: group.groupId,
                    topics: look(group.groupId, wanted, broker).map { name, partitions in
                        .init(
                            name: name,
                            partitions: partitions.map {
                                .init(
                                    partitionIndex: $0.partition.partition, committedOffset: $0.offset.offset,
                                    committedLeaderEpoch: $0.offset.leaderEpoch, metadata: $0.offset.metadata,
                                    errorCode: $0.error.rawValue)
                            })
                    })
            })
    }

    private typealias Found = (partition: TopicPartition, offset: CommittedOffset, error: KafkaErrorCode)

    /// The offsets by topic in the order asked for. With `requireStable` one that an open transaction may change is an
    /// error to try again on (KIP-447).
    private func look(_ group: String, _ wanted: [TopicPartition]?, _ broker: Broker) -> [(String, [Found])] {
        let none = CommittedOffset(offset: -1)
        var topics: [(String, [Found])] = []
        var places: [Name: Int] = [:]
        for fetched in broker.groups.offsets(Name(group), of: wanted) {
            let found: Found =
                fetched.isUnstable && requireStable
                ? (fetched.partition, none, .unstableOffsetCommit) : (fetched.partition, fetched.offset ?? none, .none)
            if let place = places[fetched.partition.topicName] {
                topics[place].1.append(found)
            } else {
                places[fetched.partition.topicName] = topics.count
                topics.append((fetched.partition.topic, [found]))
            }
        }
        return topics
    }
}

extension OffsetDeleteRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> OffsetDeleteResponse {
        let partitions = topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.name, $0.partitionIndex) }
        }
        let (error, results) = broker.groups.deleteOffsets(Name(groupId), of: partitions)
        guard error == .none else { return OffsetDeleteResponse(errorCode: error.rawValue) }
        return OffsetDeleteResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        let result = results[TopicPartition(topic.name, $0.partitionIndex)] ?? .none
                        return .init(partitionIndex: $0.partitionIndex, errorCode: result.rawValue)
                    })
            })
    }
}
