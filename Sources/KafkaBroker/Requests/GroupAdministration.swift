internal import KafkaProtocol

extension ListGroupsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ListGroupsResponse {
        let states = Set(statesFilter.map { $0.lowercased() })
        let types = Set(typesFilter.map { $0.lowercased() })
        return ListGroupsResponse(
            groups: broker.groups.all.filter { group in
                (states.isEmpty || states.contains(group.classic.state.rawValue.lowercased()))
                    && (types.isEmpty || types.contains("classic"))
            }.map {
                .init(
                    groupId: $0.id.string, protocolType: $0.classic.protocolType?.string ?? "", groupState: $0.classic.state.rawValue,
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
                    return .init(groupId: id, groupState: ClassicGroup.State.dead.rawValue)
                }
                let knowsAssignments = group.classic.state == .stable || group.classic.state == .completingRebalance
                return .init(
                    groupId: id, groupState: group.classic.state.rawValue, protocolType: group.classic.protocolType?.string ?? "",
                    protocolData: group.classic.state == .stable ? group.classic.protocolName?.string ?? "" : "",
                    members: group.classic.membersByOrdinal.map {
                        .init(
                            memberId: $0.id.string, groupInstanceId: $0.instanceID?.string, clientId: $0.clientID,
                            clientHost: $0.clientHost,
                            memberMetadata: knowsAssignments ? $0.metadata(of: group.classic.protocolName) : Bytes(),
                            memberAssignment: group.classic.state == .stable ? $0.assignment : Bytes())
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
