internal import KafkaProtocol

extension ListGroupsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ListGroupsResponse {
        let states = Set(statesFilter.map { $0.lowercased() })
        let types = Set(typesFilter.map { $0.lowercased() })
        return ListGroupsResponse(
            groups: broker.groups.all.filter { group in
                (states.isEmpty || states.contains(group.stateName.lowercased()))
                    && (types.isEmpty || types.contains(group.typeName))
            }.map {
                .init(
                    groupId: $0.id.string, protocolType: $0.protocolType.string, groupState: $0.stateName,
                    groupType: $0.typeName)
            })
    }
}

extension DescribeGroupsRequest: BrokerRequest {
    /// A group that is not known, or of the consumer protocol, is dead, which is an error since version 6.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeGroupsResponse {
        let noOperations = Response.DescribedGroup().authorizedOperations
        return DescribeGroupsResponse(
            groups: groups.map { id in
                let group = broker.groups.group(Name(id))
                guard let group, group.consumer == nil else {
                    let message = group == nil ? "Group \(id) not found." : "Group \(id) is not a classic group."
                    return .init(
                        errorCode: version >= 6 ? KafkaErrorCode.groupIdNotFound.rawValue : 0,
                        errorMessage: version >= 6 ? message : nil, groupId: id, groupState: "Dead")
                }
                return .init(
                    groupId: id, groupState: group.stateName, protocolType: group.protocolType.string,
                    protocolData: group.classic.state == .stable ? group.classic.protocolName?.string ?? "" : "",
                    members: group.classic.describedMembers,
                    authorizedOperations: includeAuthorizedOperations ? source.access.operations(on: .group, id) : noOperations)
            })
    }
}

extension ClassicGroup {
    fileprivate var describedMembers: [DescribeGroupsResponse.DescribedGroupMember] {
        let knowsAssignments = state == .stable || state == .completingRebalance
        return membersByOrdinal.map {
            .init(
                memberId: $0.id.string, groupInstanceId: $0.instanceID?.string, clientId: $0.clientID,
                clientHost: $0.clientHost, memberMetadata: knowsAssignments ? $0.metadata(of: protocolName) : Bytes(),
                memberAssignment: state == .stable ? $0.assignment : Bytes())
        }
    }
}

extension DeleteGroupsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DeleteGroupsResponse {
        DeleteGroupsResponse(
            results: groupsNames.map { .init(groupId: $0, errorCode: broker.groups.delete(Name($0)).rawValue) })
    }
}
