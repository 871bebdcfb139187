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
            memberID: Name(memberId), instanceID: groupInstanceId.map { Name($0) }, clientID: source.clientID, clientHost: source.host,
            isInProcess: source.isInProcess, sessionTimeout: Int64(sessionTimeoutMs),
            rebalanceTimeout: Int64(rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs),
            protocolType: Name(protocolType),
            // Metadata outlives the request; it must not keep its whole frame alive.
            protocols: protocols.map { .init(name: Name($0.name), metadata: $0.metadata.detached()) },
            requiresKnownMemberID: version >= 4, canSkipAssignment: version >= 9,
            freshMemberID: Name("\(groupInstanceId ?? source.clientID)-\(unique)"))
        let result = await broker.groups.join(Name(groupId), event, on: source.connection)
        return JoinGroupResponse(
            errorCode: result.error.rawValue, generationId: result.generation, protocolType: result.protocolType?.string,
            protocolName: result.protocolName?.string ?? (version >= 7 ? nil : ""), leader: result.leader.string,
            skipAssignment: result.skipAssignment, memberId: result.memberID.string,
            members: result.members.map {
                .init(memberId: $0.id.string, groupInstanceId: $0.instanceID?.string, metadata: $0.metadata)
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
            assignments.map { (Name($0.memberId), $0.assignment.detached()) }, uniquingKeysWith: { _, last in last })
        let result = await broker.groups.sync(
            Name(groupId), memberID: Name(memberId), instanceID: groupInstanceId.map { Name($0) },
            generation: generationId, protocolType: protocolType.map { Name($0) },
            protocolName: protocolName.map { Name($0) }, assignments: assigned, on: source.connection)
        return SyncGroupResponse(
            errorCode: result.error.rawValue, protocolType: result.protocolType?.string,
            protocolName: result.protocolName?.string,
            assignment: result.assignment)
    }
}

extension HeartbeatRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> HeartbeatResponse {
        guard !groupId.isEmpty else { return HeartbeatResponse(errorCode: KafkaErrorCode.invalidGroupId.rawValue) }
        let error = broker.groups.heartbeat(
            Name(groupId), memberID: Name(memberId), instanceID: groupInstanceId.map { Name($0) },
            generation: generationId)
        return HeartbeatResponse(errorCode: error.rawValue)
    }
}

extension LeaveGroupRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> LeaveGroupResponse {
        guard !groupId.isEmpty else { return LeaveGroupResponse(errorCode: KafkaErrorCode.invalidGroupId.rawValue) }
        guard version >= 3, !members.isEmpty || memberId.isEmpty else {
            let error = broker.groups.leave(Name(groupId), memberID: Name(memberId), instanceID: nil)
            return LeaveGroupResponse(errorCode: error.rawValue)
        }
        return LeaveGroupResponse(
            members: members.map {
                let error = broker.groups.leave(
                    Name(groupId), memberID: Name($0.memberId), instanceID: $0.groupInstanceId.map { Name($0) })
                return .init(memberId: $0.memberId, groupInstanceId: $0.groupInstanceId, errorCode: error.rawValue)
            })
    }
}
