internal import KafkaProtocol

extension ConsumerGroupHeartbeatRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ConsumerGroupHeartbeatResponse {
        do {
            try check(version: version)
            guard memberEpoch >= 0 else {
                try broker.groups.leave(
                    Name(groupId), memberID: Name(memberId), instanceID: instanceId.map { Name($0) }, epoch: memberEpoch)
                return Response(memberId: memberId, memberEpoch: memberEpoch)
            }
            let answer = try broker.groups.heartbeat(Name(groupId), event(from: source))
            return Response(
                memberId: answer.memberID.string, memberEpoch: answer.epoch,
                heartbeatIntervalMs: Int32(clamping: broker.configuration.groupConsumerHeartbeatInterval),
                assignment: answer.assignment.map { assignment in
                    .init(
                        topicPartitions: assignment.byTopic.map { .init(topicId: $0.topic, partitions: $0.partitions) })
                })
        } catch {
            let error = RequestError(error)
            return Response(errorCode: error.code.rawValue, errorMessage: error.message)
        }
    }

    private func event(from source: RequestSource) -> ConsumerHeartbeat {
        // Before version 1 the broker names members that have no name yet.
        var id = memberId
        if id.isEmpty {
            var generator = SystemRandomNumberGenerator()
            id = "\(KafkaUUID.random(using: &generator))"
        }
        return ConsumerHeartbeat(
            memberID: Name(id), epoch: memberEpoch, instanceID: instanceId.map { Name($0) },
            rackID: rackId.map { Name($0) }, clientID: source.clientID, clientHost: source.host,
            rebalanceTimeout: rebalanceTimeoutMs == -1 ? nil : rebalanceTimeoutMs,
            topics: subscribedTopicNames?.map { Name($0) }, pattern: subscribedTopicRegex.map { Name($0) },
            assignor: serverAssignor.map { Name($0) },
            owned: topicPartitions.map { owned in
                Set(owned.flatMap { topic in topic.partitions.map { TopicIDPartition(topic.topicId, $0) } })
            })
    }

    private func check(version: Int16) throws {
        func require(_ holds: Bool, _ message: @autoclosure () -> String) throws {
            guard holds else { throw RequestError(.invalidRequest, message()) }
        }
        try require(!memberId.isEmpty || version == 0 && memberEpoch == 0, "MemberId can't be empty.")
        try require(!groupId.isEmpty, "GroupId can't be empty.")
        try require(instanceId?.isEmpty != true, "InstanceId can't be empty.")
        try require(rackId?.isEmpty != true, "RackId can't be empty.")
        switch memberEpoch {
        case 0:
            try require(rebalanceTimeoutMs != -1, "RebalanceTimeoutMs must be provided in first request.")
            try require(topicPartitions?.isEmpty == true, "TopicPartitions must be empty when (re-)joining.")
            try require(
                subscribedTopicNames != nil || subscribedTopicRegex != nil,
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.")
        case -1, 1...: break
        case -2: try require(instanceId != nil, "InstanceId can't be null.")
        default: throw RequestError(.invalidRequest, "MemberEpoch is invalid: \(memberEpoch).")
        }
        try require(rebalanceTimeoutMs >= -1, "RebalanceTimeoutMs is invalid: \(rebalanceTimeoutMs).")
        guard let serverAssignor, ServerAssignor(rawValue: serverAssignor) == nil else { return }
        let known = ServerAssignor.allCases.map(\.rawValue).joined(separator: ", ")
        throw RequestError(
            .unsupportedAssignor, "ServerAssignor \(serverAssignor) is not supported. Supported assignors: \(known).")
    }
}

extension ConsumerGroupDescribeRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ConsumerGroupDescribeResponse {
        let topics = broker.topics.image
        return ConsumerGroupDescribeResponse(
            groups: groupIds.map { id in
                guard !id.isEmpty else {
                    return .init(errorCode: KafkaErrorCode.invalidGroupId.rawValue, groupId: id)
                }
                guard let group = broker.groups.group(Name(id)) else {
                    return .init(
                        errorCode: KafkaErrorCode.groupIdNotFound.rawValue, errorMessage: "Group \(id) not found.",
                        groupId: id)
                }
                guard let consumer = group.consumer else {
                    return .init(
                        errorCode: KafkaErrorCode.groupIdNotFound.rawValue,
                        errorMessage: "Group \(id) is not a consumer group.", groupId: id)
                }
                var described = consumer.described(as: id, topics)
                if includeAuthorizedOperations {
                    described.authorizedOperations = source.access.operations(on: .group, id)
                }
                return described
            })
    }
}

extension ConsumerGroup {
    fileprivate func described(as id: String, _ topics: TopicImage) -> ConsumerGroupDescribeResponse.DescribedGroup {
        func listed(_ partitions: Set<TopicIDPartition>) -> ConsumerGroupDescribeResponse.Assignment {
            .init(
                topicPartitions: partitions.byTopic.compactMap { id, partitions in
                    topics.names[id].map { .init(topicId: id, topicName: $0.string, partitions: partitions) }
                })
        }
        return .init(
            groupId: id, groupState: state.rawValue, groupEpoch: epoch, assignmentEpoch: assignmentEpoch,
            assignorName: assignor.rawValue,
            members: members.values.sorted { $0.id < $1.id }.map { member in
                .init(
                    memberId: member.id.string, instanceId: member.subscription.instanceID?.string,
                    rackId: member.subscription.rackID?.string, memberEpoch: member.current.epoch,
                    clientId: member.subscription.clientID, clientHost: member.subscription.clientHost,
                    subscribedTopicNames: member.subscription.topics.map(\.string),
                    subscribedTopicRegex: member.subscription.pattern?.string,
                    assignment: listed(member.current.assigned), targetAssignment: listed(target[member.id] ?? []),
                    memberType: member.usesClassicProtocol ? 0 : 1)
            })
    }
}
