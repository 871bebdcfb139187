import KafkaProtocol

/// A request that older versions carry in another form. The client writes and reads the newest form everywhere else.
private protocol RequestWithForms: KafkaRequest {
    /// The request as `version` has it.
    func form(of version: Int16) -> Self
    /// A response in `version` in the newest form.
    func newestForm(of response: Response, version: Int16) -> Response
}

extension RequestWithForms {
    func newestForm(of response: Response, version: Int16) -> Response { response }
}

/// What versions of the protocol change in the meaning of messages, in one place.
enum RequestForms {
    /// The newest version that means what this client means by `request`.
    static func newestVersion<R: KafkaRequest>(for request: R) -> Int16 {
        switch request {
        // Newer ones are for brokers among themselves.
        case is AddPartitionsToTxnRequest: 3
        // From version 13 on topics have ids and no names; brokers may not have told the ids.
        case let request as FetchRequest where request.topics.contains { $0.topicId == .zero }: 12
        default: request.newestVersion
        }
    }

    /// `request` in the form that `version` has.
    static func form<R: KafkaRequest>(_ request: R, of version: Int16) -> R {
        guard let form = (request as? any RequestWithForms)?.form(of: version) as? R else { return request }
        return form
    }

    /// `response` to `request`, sent in `version`, in the newest form.
    static func newestForm<R: KafkaRequest>(_ response: R.Response, to request: R, version: Int16) -> R.Response {
        func open<F: RequestWithForms>(_ request: F) -> R.Response? {
            guard let response = response as? F.Response else { return nil }
            return request.newestForm(of: response, version: version) as? R.Response
        }
        guard let request = request as? any RequestWithForms else { return response }
        return open(request) ?? response
    }
}

extension FindCoordinatorRequest: RequestWithForms {
    func form(of version: Int16) -> Self {
        guard version < 4 else { return self }
        return FindCoordinatorRequest(key: coordinatorKeys.first ?? key, keyType: keyType)
    }

    func newestForm(of response: Response, version: Int16) -> Response {
        guard version < 4 else { return response }
        return Response(
            throttleTimeMs: response.throttleTimeMs,
            coordinators: [
                Response.Coordinator(
                    key: coordinatorKeys.first ?? key, nodeId: response.nodeId, host: response.host,
                    port: response.port, errorCode: response.errorCode, errorMessage: response.errorMessage)
            ])
    }
}

extension OffsetFetchRequest: RequestWithForms {
    func form(of version: Int16) -> Self {
        guard version < 8, let group = groups.first else { return self }
        // Brokers before version 7 do not know of offsets that may still change; there is nothing to wait for.
        return OffsetFetchRequest(
            groupId: group.groupId,
            topics: group.topics?.map {
                OffsetFetchRequestTopic(name: $0.name, partitionIndexes: $0.partitionIndexes)
            }, requireStable: version >= 7 && requireStable)
    }

    func newestForm(of response: Response, version: Int16) -> Response {
        guard version < 8 else { return response }
        return Response(
            throttleTimeMs: response.throttleTimeMs,
            groups: [
                Response.OffsetFetchResponseGroup(
                    groupId: groups.first?.groupId ?? groupId,
                    topics: response.topics.map { topic in
                        Response.OffsetFetchResponseTopics(
                            name: topic.name,
                            partitions: topic.partitions.map {
                                Response.OffsetFetchResponsePartitions(
                                    partitionIndex: $0.partitionIndex, committedOffset: $0.committedOffset,
                                    committedLeaderEpoch: $0.committedLeaderEpoch, metadata: $0.metadata,
                                    errorCode: $0.errorCode)
                            })
                    }, errorCode: response.errorCode)
            ])
    }
}

/// A request in which a static member says its name (KIP-345), which older versions have no place for.
private protocol NamedMemberRequest: RequestWithForms {
    var groupInstanceId: String? { get set }
    static var firstVersionWithNames: Int16 { get }
}

extension NamedMemberRequest {
    func form(of version: Int16) -> Self {
        var request = self
        if version < Self.firstVersionWithNames { request.groupInstanceId = nil }
        return request
    }
}

extension JoinGroupRequest: NamedMemberRequest { static var firstVersionWithNames: Int16 { 5 } }
extension SyncGroupRequest: NamedMemberRequest { static var firstVersionWithNames: Int16 { 3 } }
extension HeartbeatRequest: NamedMemberRequest { static var firstVersionWithNames: Int16 { 3 } }
extension OffsetCommitRequest: NamedMemberRequest { static var firstVersionWithNames: Int16 { 7 } }

extension LeaveGroupRequest: RequestWithForms {
    func form(of version: Int16) -> Self {
        guard version < 3 else { return self }
        return LeaveGroupRequest(groupId: groupId, memberId: members.first?.memberId ?? memberId)
    }
}

extension DeleteTopicsRequest: RequestWithForms {
    func form(of version: Int16) -> Self {
        guard version < 6 else { return self }
        return DeleteTopicsRequest(topicNames: topics.compactMap(\.name), timeoutMs: timeoutMs)
    }
}

extension CreateTopicsRequest: RequestWithForms {
    /// Brokers before version 4 have no defaults for partitions and replicas (KIP-464).
    func form(of version: Int16) -> Self {
        guard version < 4 else { return self }
        var request = self
        for index in request.topics.indices where request.topics[index].assignments.isEmpty {
            if request.topics[index].numPartitions < 0 { request.topics[index].numPartitions = 1 }
            if request.topics[index].replicationFactor < 0 { request.topics[index].replicationFactor = 1 }
        }
        return request
    }
}

extension FetchRequest: RequestWithForms {
    func form(of version: Int16) -> Self { self }

    /// Gives topics their names back, which newer versions leave out.
    func newestForm(of response: Response, version: Int16) -> Response {
        guard version >= 13 else { return response }
        var response = response
        for index in response.responses.indices where response.responses[index].topic.isEmpty {
            let id = response.responses[index].topicId
            response.responses[index].topic = topics.first { $0.topicId == id }?.topic ?? ""
        }
        return response
    }
}
