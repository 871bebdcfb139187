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
                    groupId: $0.id.string, protocolType: $0.protocolType?.string ?? "", groupState: $0.state.rawValue,
                    groupType: "classic")
            })
    }
}

extension DescribeGroupsRequest: BrokerRequest {
    /// A group that is not known is dead, and no error.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeGroupsResponse {
        DescribeGroupsResponse(
            groups: groups.map { id in
                guard let group = broker.groups.group(Name(id)) else {
                    return .init(groupId: id, groupState: Group.State.dead.rawValue)
                }
                let knowsAssignments = group.state == .stable || group.state == .completingRebalance
                return .init(
                    groupId: id, groupState: group.state.rawValue, protocolType: group.protocolType?.string ?? "",
                    protocolData: group.state == .stable ? group.protocolName?.string ?? "" : "",
                    members: group.membersByOrdinal.map {
                        .init(
                            memberId: $0.id.string, groupInstanceId: $0.instanceID?.string, clientId: $0.clientID,
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
            results: groupsNames.map { .init(groupId: $0, errorCode: broker.groups.delete(Name($0)).rawValue) })
    }
}
