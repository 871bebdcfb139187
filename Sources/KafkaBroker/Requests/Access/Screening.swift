internal import KafkaProtocol

// What a sender must be allowed for each API, as a Kafka broker asks it. It stands apart from the answers: a request is screened
// first, what its sender may not do is taken out of it, and the answer to the rest gets the refusals.

/// What becomes of a request once it is known what its sender may do.
enum Screening<Request: BrokerRequest> {
    /// Nothing of it is answered.
    case refused(Request.Response)
    /// This is answered, and `finish` gives the answer what is missing, or takes away what the sender may not see.
    case passed(Request, finish: ((inout Request.Response) -> Void)? = nil)
}

extension BrokerRequest {
    /// The answer to as much of the request as its sender may ask for.
    func answerIfAllowed(by broker: Broker, version: Int16, from source: RequestSource) async throws -> Response {
        guard let access = source.access else { return try await answer(by: broker, version: version, from: source) }
        switch screened(by: access, version: version) {
        case .refused(let response): return response
        case .passed(let request, let finish):
            var response = try await request.answer(by: broker, version: version, from: source)
            finish?(&response)
            return response
        }
    }

    /// Lets it pass if `isAllowed`, else nothing of it.
    func passed(if isAllowed: Bool, else error: KafkaErrorCode, version: Int16) -> Screening<Self> {
        isAllowed ? .passed(self) : .refused(Self.refusal(error, version: version))
    }

    /// Lets it pass if its sender may do that to the cluster.
    func passed(if access: Access, allows operation: ACLOperation, version: Int16) -> Screening<Self> {
        passed(if: access.allows(operation), else: .clusterAuthorizationFailed, version: version)
    }
}

extension Access {
    /// The things that it may do something to, and the others.
    func part<Thing>(
        _ things: [Thing], _ operation: ACLOperation, _ type: ACLResourceType, by name: (Thing) -> String
    ) -> (allowed: [Thing], denied: [Thing]) {
        var parts: (allowed: [Thing], denied: [Thing]) = ([], [])
        for thing in things {
            if allows(operation, type, name(thing)) { parts.allowed.append(thing) } else { parts.denied.append(thing) }
        }
        return parts
    }
}

extension KafkaErrorCode {
    /// What is said of a resource of the type that may not be touched.
    static func notAuthorized(_ type: ACLResourceType) -> KafkaErrorCode {
        switch type {
        case .topic: .topicAuthorizationFailed
        case .group: .groupAuthorizationFailed
        case .transactionalID: .transactionalIdAuthorizationFailed
        case .cluster, .delegationToken, .user, .any: .clusterAuthorizationFailed
        }
    }
}
