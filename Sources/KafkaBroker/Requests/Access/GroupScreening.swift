internal import KafkaProtocol

extension FindCoordinatorRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        let type = keyType == 1 ? ACLResourceType.transactionalID : .group
        guard version >= 4, !coordinatorKeys.isEmpty || key.isEmpty else {
            return passed(if: access.allows(.describe, type, key), else: .notAuthorized(type), version: version)
        }
        var request = self
        let parts = access.part(coordinatorKeys, .describe, type) { $0 }
        request.coordinatorKeys = parts.allowed
        return .passed(request) { response in
            response.coordinators += parts.denied.map {
                .init(key: $0, nodeId: -1, port: -1, errorCode: KafkaErrorCode.notAuthorized(type).rawValue)
            }
        }
    }
}

extension BrokerRequest {
    /// Lets the request of a group's member pass if it may read in the group.
    fileprivate func passed(ifMemberOf group: String, _ access: Access, _ version: Int16) -> Screening<Self> {
        passed(if: access.allows(.read, .group, group), else: .groupAuthorizationFailed, version: version)
    }
}

extension JoinGroupRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> { passed(ifMemberOf: groupId, access, version) }
}

extension SyncGroupRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> { passed(ifMemberOf: groupId, access, version) }
}

extension HeartbeatRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> { passed(ifMemberOf: groupId, access, version) }
}

extension LeaveGroupRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> { passed(ifMemberOf: groupId, access, version) }
}

extension ConsumerGroupHeartbeatRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard access.allows(.read, .group, groupId) else {
            return .refused(Self.refusal(.groupAuthorizationFailed, version: version))
        }
        let seesAll = (subscribedTopicNames ?? []).allSatisfy { access.allows(.describe, .topic, $0) }
        return passed(if: seesAll, else: .topicAuthorizationFailed, version: version)
    }
}

extension ListGroupsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard !access.allows(.describe) else { return .passed(self) }
        return .passed(self) { response in
            response.groups.removeAll { !access.allows(.describe, .group, $0.groupId) }
        }
    }
}

extension DescribeGroupsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(groups, .describe, .group) { $0 }
        request.groups = parts.allowed
        return .passed(request) { response in
            response.groups += parts.denied.map {
                .init(errorCode: KafkaErrorCode.groupAuthorizationFailed.rawValue, groupId: $0)
            }
        }
    }
}

extension ConsumerGroupDescribeRequest {
    /// Who may not see a topic of the group may not see its members.
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(groupIds, .describe, .group) { $0 }
        request.groupIds = parts.allowed
        return .passed(request) { response in
            for place in response.groups.indices {
                let topics = response.groups[place].members.flatMap { member in
                    member.subscribedTopicNames + member.assignment.topicPartitions.map(\.topicName)
                        + member.targetAssignment.topicPartitions.map(\.topicName)
                }
                guard !topics.allSatisfy({ access.allows(.describe, .topic, $0) }) else { continue }
                response.groups[place] = .init(
                    errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue,
                    errorMessage: "The group described uses topics that the client is not authorized to describe.",
                    groupId: response.groups[place].groupId)
            }
            response.groups += parts.denied.map {
                .init(errorCode: KafkaErrorCode.groupAuthorizationFailed.rawValue, groupId: $0)
            }
        }
    }
}

extension DeleteGroupsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(groupsNames, .delete, .group) { $0 }
        request.groupsNames = parts.allowed
        return .passed(request) { response in
            response.results += parts.denied.map {
                .init(groupId: $0, errorCode: KafkaErrorCode.groupAuthorizationFailed.rawValue)
            }
        }
    }
}

extension OffsetCommitRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        func refuse(_ topics: [OffsetCommitRequestTopic], _ error: KafkaErrorCode) -> [OffsetCommitResponse.OffsetCommitResponseTopic] {
            topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        .init(partitionIndex: $0.partitionIndex, errorCode: error.rawValue)
                    })
            }
        }
        guard access.allows(.read, .group, groupId) else {
            return .refused(OffsetCommitResponse(topics: refuse(topics, .groupAuthorizationFailed)))
        }
        var request = self
        let parts = access.part(topics, .read, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { $0.topics += refuse(parts.denied, .topicAuthorizationFailed) }
    }
}

extension OffsetDeleteRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        guard access.allows(.delete, .group, groupId) else {
            return .refused(Self.refusal(.groupAuthorizationFailed, version: version))
        }
        var request = self
        let parts = access.part(topics, .read, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { response in
            guard response.errorCode == 0 else { return }
            response.topics += parts.denied.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        .init(
                            partitionIndex: $0.partitionIndex,
                            errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue)
                    })
            }
        }
    }
}
