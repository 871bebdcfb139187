internal import KafkaProtocol

// Rules of access control (KIP-11, KIP-290). Without an authorizer there are none for clients; who has the broker in its process
// can prepare them.

extension Broker {
    /// Throws `RequestError` as a Kafka broker without an authorizer does.
    fileprivate func checkAuthorizer(_ source: RequestSource) throws {
        guard configuration.authorizer != nil || source.isInProcess else {
            throw RequestError(.securityDisabled, "No Authorizer is configured.")
        }
    }
}

extension DescribeAclsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeAclsResponse {
        do {
            try broker.checkAuthorizer(source)
            let filter = try ACLFilter(
                resourceTypeFilter, patternTypeFilter, resourceNameFilter, principalFilter, hostFilter, operation,
                permissionType)
            var response = DescribeAclsResponse()
            for rule in broker.access.withRules({ $0.matching(filter) }) {
                let entry = Response.AclDescription(
                    principal: rule.principal, host: rule.host, operation: rule.operation.rawValue,
                    permissionType: rule.permission.rawValue)
                let resource = Response.DescribeAclsResource(
                    resourceType: rule.resourceType.rawValue, resourceName: rule.resourceName,
                    patternType: rule.patternType.rawValue)
                // In order, so that those of one pattern of one kind stand together.
                let place = response.resources.lastIndex {
                    $0.resourceType == resource.resourceType && $0.patternType == resource.patternType
                        && Name($0.resourceName) == Name(resource.resourceName)
                }
                if let place {
                    response.resources[place].acls.append(entry)
                } else {
                    response.resources.append(resource)
                    response.resources[response.resources.count - 1].acls = [entry]
                }
            }
            return response
        } catch {
            let error = RequestError(error)
            return DescribeAclsResponse(errorCode: error.code.rawValue, errorMessage: error.message)
        }
    }
}

extension CreateAclsRequest: BrokerRequest {
    /// Rules that make no sense are refused, each for itself.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> CreateAclsResponse {
        var errors: [Int: RequestError] = [:]
        var rules: [ACLBinding] = []
        for (place, creation) in creations.enumerated() {
            do {
                try broker.checkAuthorizer(source)
                rules.append(try ACLBinding(creation))
            } catch {
                errors[place] = RequestError(error)
            }
        }
        do {
            try broker.access.add(rules)
        } catch {
            for place in creations.indices where errors[place] == nil { errors[place] = RequestError(error) }
        }
        return CreateAclsResponse(
            results: creations.indices.map {
                .init(errorCode: errors[$0]?.code.rawValue ?? 0, errorMessage: errors[$0]?.message)
            })
    }
}

extension DeleteAclsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DeleteAclsResponse {
        do {
            try broker.checkAuthorizer(source)
            let meant = filters.map { filter in
                Result { () throws -> ACLFilter in
                    try ACLFilter(
                        filter.resourceTypeFilter, filter.patternTypeFilter, filter.resourceNameFilter,
                        filter.principalFilter, filter.hostFilter, filter.operation, filter.permissionType)
                }
            }
            var removed = try broker.access.remove(meant.compactMap { try? $0.get() })[...]
            return DeleteAclsResponse(
                filterResults: meant.map { filter in
                    if case .failure(let error) = filter { return Self.failure(error) }
                    return .init(matchingAcls: (removed.popFirst() ?? []).map(Self.entry))
                })
        } catch {
            return DeleteAclsResponse(filterResults: filters.map { _ in Self.failure(error) })
        }
    }

    private static func failure(_ error: any Error) -> DeleteAclsResponse.DeleteAclsFilterResult {
        let error = RequestError(error)
        return .init(errorCode: error.code.rawValue, errorMessage: error.message)
    }

    private static func entry(_ rule: ACLBinding) -> DeleteAclsResponse.DeleteAclsMatchingAcl {
        .init(
            resourceType: rule.resourceType.rawValue, resourceName: rule.resourceName,
            patternType: rule.patternType.rawValue, principal: rule.principal, host: rule.host,
            operation: rule.operation.rawValue, permissionType: rule.permission.rawValue)
    }
}

/// Throws `RequestError` for a number that stands for nothing.
private func word<Word: ACLWord>(_ number: Int8, _ what: String) throws -> Word {
    guard let word = Word(rawValue: number) else { throw RequestError(.invalidRequest, "Unknown \(what): \(number)") }
    return word
}

extension ACLBinding {
    /// Throws `RequestError` for what can be no rule.
    fileprivate init(_ creation: CreateAclsRequest.AclCreation) throws {
        self.init(
            try word(creation.permissionType, "permission type"), creation.principal, host: creation.host,
            try word(creation.operation, "operation"), on: try word(creation.resourceType, "resource type"),
            creation.resourceName, try word(creation.resourcePatternType, "pattern type"))
        if let fault { throw RequestError(.invalidRequest, "Invalid ACL creation: \(fault).") }
    }
}

extension ACLFilter {
    fileprivate init(
        _ type: Int8, _ pattern: Int8, _ name: String?, _ principal: String?, _ host: String?, _ operation: Int8,
        _ permission: Int8
    ) throws {
        self.init()
        resourceType = try word(type, "resource type")
        patternType = try word(pattern, "pattern type")
        resourceName = name
        self.principal = principal
        self.host = host
        self.operation = try word(operation, "operation")
        self.permission = try word(permission, "permission type")
    }
}
