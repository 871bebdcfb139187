public import KafkaProtocol
import Synchronization

extension AdminClient {
    /// All groups of the cluster.
    public func listGroups() async throws -> [GroupListing] {
        _ = try await client.describeTopics([])
        let nodes = client.cluster.metadata.withLock { $0.brokers.keys.sorted() }
        var groups: [GroupListing] = []
        for node in nodes {
            groups += try await client.retrying("list groups") { _ in
                let response = try await client.send(ListGroupsRequest(), to: node)
                let code = KafkaErrorCode(rawValue: response.errorCode)
                guard code == .none else { throw KafkaError.broker(code, "list groups") }
                return response.groups.map {
                    GroupListing(
                        groupID: $0.groupId, protocolType: $0.protocolType, state: $0.groupState, type: $0.groupType)
                }
            }
        }
        return groups.sorted { Name($0.groupID) < Name($1.groupID) }
    }

    /// Groups with their members. A group that does not exist is described as `Dead`.
    public func describeGroups(_ groupIDs: [String]) async throws -> [Name: GroupDescription] {
        var result: [Name: GroupDescription] = [:]
        for id in groupIDs {
            let classic = try await describeClassicGroup(id)
            // To who asks for a classic one, a group of the other protocol is dead.
            result[Name(id)] = classic.state == "Dead" ? try await describeConsumerGroup(id) ?? classic : classic
        }
        return result
    }

    private func describeClassicGroup(_ id: String) async throws -> GroupDescription {
        let response = try await client.send(
            DescribeGroupsRequest(groups: [id]), to: .group(id), "describe group \(id)"
        ) { response in
            response.groups.map(\.errorCode).first { $0 != 0 && $0 != KafkaErrorCode.groupIdNotFound.rawValue } ?? 0
        }
        let group = response.groups.first ?? .init(groupId: id)
        return GroupDescription(
            groupID: id, state: group.groupState.isEmpty ? "Dead" : group.groupState, type: "classic",
            assignor: group.protocolData,
            members: group.members.map { member in
                let assignment =
                    member.memberAssignment.isEmpty
                    ? nil : try? ConsumerProtocolAssignment(decoding: member.memberAssignment)
                let subscription =
                    member.memberMetadata.isEmpty
                    ? nil : try? ConsumerProtocolSubscription(decoding: member.memberMetadata)
                return GroupDescription.Member(
                    id: member.memberId, instanceID: member.groupInstanceId, clientID: member.clientId,
                    clientHost: member.clientHost,
                    assignment: (assignment?.assignedPartitions ?? []).flatMap { topic in
                        topic.partitions.map { TopicPartition(topic.topic, $0) }
                    }.sorted(), subscriptionData: subscription?.userData, assignmentData: assignment?.userData)
            })
    }

    /// Nil if there is no such group, or the broker does not know the consumer protocol.
    private func describeConsumerGroup(_ id: String) async throws -> GroupDescription? {
        do {
            let response = try await client.send(
                ConsumerGroupDescribeRequest(groupIds: [id]), to: .group(id), "describe group \(id)"
            ) { response in
                response.groups.map(\.errorCode).first { $0 != 0 && $0 != KafkaErrorCode.groupIdNotFound.rawValue } ?? 0
            }
            guard let group = response.groups.first, group.errorCode == 0 else { return nil }
            return GroupDescription(
                groupID: id, state: group.groupState, type: "consumer", assignor: group.assignorName,
                members: group.members.map { member in
                    GroupDescription.Member(
                        id: member.memberId, instanceID: member.instanceId, clientID: member.clientId,
                        clientHost: member.clientHost,
                        assignment: member.assignment.topicPartitions.flatMap { topic in
                            topic.partitions.map { TopicPartition(topic.topicName, $0) }
                        }.sorted())
                })
        } catch let error as KafkaError where error.code == .unsupported {
            return nil
        }
    }

    /// The offsets that a group has committed; of `partitions`, or of all if nil.
    public func committedOffsets(
        of groupID: String, _ partitions: [TopicPartition]? = nil
    ) async throws -> [TopicPartition: OffsetAndMetadata] {
        try await client.committedOffsets(of: groupID, partitions, stable: false)
    }

    /// Sets the offsets of a group that has no members.
    public func alterOffsets(of groupID: String, _ offsets: [TopicPartition: OffsetAndMetadata]) async throws {
        try await client.commit(offsets, for: GroupMetadata(groupID: groupID))
    }

    /// Deletes offsets of a group. Throws if a member of the group reads one of the topics.
    public func deleteOffsets(of groupID: String, _ partitions: [TopicPartition]) async throws {
        let request = OffsetDeleteRequest(
            groupId: groupID,
            topics: partitions.byTopic().map { topic, numbers in
                OffsetDeleteRequest.OffsetDeleteRequestTopic(
                    name: topic,
                    partitions: numbers.map { OffsetDeleteRequest.OffsetDeleteRequestPartition(partitionIndex: $0) })
            })
        _ = try await client.send(request, to: .group(groupID), "delete offsets of group \(groupID)") { response in
            if response.errorCode != 0 { return response.errorCode }
            return response.topics.lazy.flatMap(\.partitions).map(\.errorCode).first { $0 != 0 } ?? 0
        }
    }

    /// Puts members out of a group, as if they had left: static ones too. Those that are alive join again by themselves.
    public func removeMembers(_ members: [GroupDescription.Member], of groupID: String) async throws {
        guard !members.isEmpty else { return }
        let request = LeaveGroupRequest(
            groupId: groupID,
            members: members.map {
                LeaveGroupRequest.MemberIdentity(memberId: $0.id, groupInstanceId: $0.instanceID)
            })
        _ = try await client.send(request, to: .group(groupID), "remove the members of group \(groupID)") { response in
            if response.errorCode != 0 { return response.errorCode }
            // One that is gone need not be removed.
            return response.members.map(\.errorCode).first {
                $0 != 0 && $0 != KafkaErrorCode.unknownMemberId.rawValue
            } ?? 0
        }
    }

    /// Deletes groups that have no members, with their offsets.
    public func deleteGroups(_ groupIDs: [String]) async throws {
        for id in groupIDs {
            _ = try await client.send(
                DeleteGroupsRequest(groupsNames: [id]), to: .group(id), "delete group \(id)"
            ) { $0.results.map(\.errorCode).first { $0 != 0 } ?? 0 }
        }
    }
}
