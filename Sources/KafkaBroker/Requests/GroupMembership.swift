internal import KafkaProtocol

extension JoinGroupRequest: BrokerRequest {
    /// Waits until the group's next generation begins.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> JoinGroupResponse {
        let limits =
            broker.configuration
            .groupMinSessionTimeout...max(
                broker.configuration.groupMinSessionTimeout, broker.configuration.groupMaxSessionTimeout)
        guard !groupId.isEmpty else { return refuse(.invalidGroupId) }
        guard limits.contains(Int64(sessionTimeoutMs)) else { return refuse(.invalidSessionTimeout) }
        var generator = SystemRandomNumberGenerator()
        let unique = KafkaUUID.random(using: &generator)
        let event = JoinEvent(
            memberID: memberId, instanceID: groupInstanceId, clientID: source.clientID, clientHost: source.host,
            isInProcess: source.isInProcess, sessionTimeout: Int64(sessionTimeoutMs),
            rebalanceTimeout: Int64(rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs),
            protocolType: protocolType,
            // Metadata outlives the request; it must not keep its whole frame alive.
            protocols: protocols.map { .init(name: $0.name, metadata: $0.metadata.detached()) },
            requiresKnownMemberID: version >= 4, canSkipAssignment: version >= 9,
            freshMemberID: "\(groupInstanceId ?? source.clientID)-\(unique)")
        let result = await broker.groups.join(groupId, event, on: source.connection)
        return JoinGroupResponse(
            errorCode: result.error.rawValue, generationId: result.generation, protocolType: result.protocolType,
            protocolName: result.protocolName ?? (version >= 7 ? nil : ""), leader: result.leader,
            skipAssignment: result.skipAssignment, memberId: result.memberID,
            members: result.members.map {
                .init(memberId: $0.id, groupInstanceId: $0.instanceID, metadata: $0.metadata)
            })
    }

    private func refuse(_ error: KafkaErrorCode) -> JoinGroupResponse {
        JoinGroupResponse(errorCode: error.rawValue, protocolName: "", memberId: memberId)
    }
}

extension SyncGroupRequest: BrokerRequest {
    /// Waits until the leader has assigned.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> SyncGroupResponse {
        guard !groupId.isEmpty else { return SyncGroupResponse(errorCode: KafkaErrorCode.invalidGroupId.rawValue) }
        let assigned = Dictionary(
            assignments.map { ($0.memberId, $0.assignment.detached()) }, uniquingKeysWith: { _, last in last })
        let result = await broker.groups.sync(
            groupId, memberID: memberId, instanceID: groupInstanceId, generation: generationId,
            protocolType: protocolType, protocolName: protocolName, assignments: assigned, on: source.connection)
        return SyncGroupResponse(
            errorCode: result.error.rawValue, protocolType: result.protocolType, protocolName: result.protocolName,
            assignment: result.assignment)
    }
}

extension HeartbeatRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> HeartbeatResponse {
        guard !groupId.isEmpty else { return HeartbeatResponse(errorCode: KafkaErrorCode.invalidGroupId.rawValue) }
        let error = broker.groups.heartbeat(
            groupId, memberID: memberId, instanceID: groupInstanceId, generation: generationId)
        return HeartbeatResponse(errorCode: error.rawValue)
    }
}

extension LeaveGroupRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> LeaveGroupResponse {
        guard !groupId.isEmpty else { return LeaveGroupResponse(errorCode: KafkaErrorCode.invalidGroupId.rawValue) }
        guard version >= 3, !members.isEmpty || memberId.isEmpty else {
            let error = broker.groups.leave(groupId, memberID: memberId, instanceID: nil)
            return LeaveGroupResponse(errorCode: error.rawValue)
        }
        return LeaveGroupResponse(
            members: members.map {
                let error = broker.groups.leave(groupId, memberID: $0.memberId, instanceID: $0.groupInstanceId)
                return .init(memberId: $0.memberId, groupInstanceId: $0.groupInstanceId, errorCode: error.rawValue)
            })
    }
}
