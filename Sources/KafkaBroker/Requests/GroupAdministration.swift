internal import KafkaProtocol

extension ListGroupsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ListGroupsResponse {
        let states = Set(statesFilter.map { $0.lowercased() })
        let types = Set(typesFilter.map { $0.lowercased() })
        return ListGroupsResponse(
            groups: broker.groups.all.filter { group in
                (states.isEmpty || states.contains(group.state.rawValue.lowercased()))
                    && (types.isEmpty || types.contains("classic"))
            }.map {
                .init(
                    groupId: $0.id, protocolType: $0.protocolType ?? "", groupState: $0.state.rawValue,
                    groupType: "classic")
            })
    }
}

extension DescribeGroupsRequest: BrokerRequest {
    /// A group that is not known is dead, and no error.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeGroupsResponse {
        DescribeGroupsResponse(
            groups: groups.map { id in
                guard let group = broker.groups.group(id) else {
                    return .init(groupId: id, groupState: Group.State.dead.rawValue)
                }
                let knowsAssignments = group.state == .stable || group.state == .completingRebalance
                return .init(
                    groupId: id, groupState: group.state.rawValue, protocolType: group.protocolType ?? "",
                    protocolData: group.state == .stable ? group.protocolName ?? "" : "",
                    members: group.membersByOrdinal.map {
                        .init(
                            memberId: $0.id, groupInstanceId: $0.instanceID, clientId: $0.clientID,
                            clientHost: $0.clientHost,
                            memberMetadata: knowsAssignments ? $0.metadata(of: group.protocolName) : Bytes(),
                            memberAssignment: group.state == .stable ? $0.assignment : Bytes())
                    })
            })
    }
}

extension DeleteGroupsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DeleteGroupsResponse {
        DeleteGroupsResponse(
            results: groupsNames.map { .init(groupId: $0, errorCode: broker.groups.delete($0).rawValue) })
    }
}
