internal import KafkaProtocol

extension OffsetFetchRequest {
    /// Asked for all offsets of a group, those of topics that the sender may not see are left out.
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        version >= 8 && (!groups.isEmpty || groupId.isEmpty)
            ? screenedGroups(access) : screenedGroup(access, version)
    }

    private func screenedGroup(_ access: Access, _ version: Int16) -> Screening<Self> {
        let error = KafkaErrorCode.groupAuthorizationFailed
        guard access.allows(.describe, .group, groupId) else {
            guard version < 2 else { return .refused(OffsetFetchResponse(errorCode: error.rawValue)) }
            return .refused(OffsetFetchResponse(topics: Self.refuse(topics ?? [], error)))
        }
        guard let topics else {
            return .passed(self) { response in
                response.topics.removeAll { !access.allows(.describe, .topic, $0.name) }
            }
        }
        var request = self
        let parts = access.part(topics, .describe, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { $0.topics += Self.refuse(parts.denied, .topicAuthorizationFailed) }
    }

    private static func refuse(
        _ topics: [OffsetFetchRequestTopic], _ error: KafkaErrorCode
    ) -> [OffsetFetchResponse.OffsetFetchResponseTopic] {
        topics.map { topic in
            .init(
                name: topic.name,
                partitions: topic.partitionIndexes.map {
                    .init(partitionIndex: $0, committedOffset: -1, metadata: "", errorCode: error.rawValue)
                })
        }
    }

    private func screenedGroups(_ access: Access) -> Screening<Self> {
        var request = self
        let parts = access.part(groups, .describe, .group) { $0.groupId }
        var denied: [Name: [OffsetFetchRequestTopics]] = [:]
        request.groups = parts.allowed.map { group in
            guard let topics = group.topics else { return group }
            var group = group
            let seen = access.part(topics, .describe, .topic) { $0.name }
            group.topics = seen.allowed
            denied[Name(group.groupId)] = seen.denied
            return group
        }
        return .passed(request) { response in
            for place in response.groups.indices where response.groups[place].errorCode == 0 {
                response.groups[place].topics.removeAll { !access.allows(.describe, .topic, $0.name) }
                response.groups[place].topics += (denied[Name(response.groups[place].groupId)] ?? []).map { topic in
                    .init(
                        name: topic.name,
                        partitions: topic.partitionIndexes.map {
                            .init(
                                partitionIndex: $0, committedOffset: -1, metadata: "",
                                errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue)
                        })
                }
            }
            response.groups += parts.denied.map {
                .init(groupId: $0.groupId, errorCode: KafkaErrorCode.groupAuthorizationFailed.rawValue)
            }
        }
    }
}
