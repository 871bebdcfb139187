public import KafkaProtocol

extension AdminClient {
    /// The rules of access control that are meant. Throws `KafkaError` if the brokers have no authorizer.
    public func describeACLs(_ filter: ACLFilter = ACLFilter()) async throws -> [ACLBinding] {
        let response = try await sendToController(
            DescribeAclsRequest(
                resourceTypeFilter: filter.resourceType.rawValue, resourceNameFilter: filter.resourceName,
                patternTypeFilter: filter.patternType.rawValue, principalFilter: filter.principal,
                hostFilter: filter.host, operation: filter.operation.rawValue,
                permissionType: filter.permission.rawValue), "describe the rules of access control"
        ) { [("", $0.errorCode, $0.errorMessage)] }
        return response.resources.flatMap { resource in
            resource.acls.compactMap { acl in
                // What a later broker knows and this does not is no rule here.
                guard let type = ACLResourceType(rawValue: resource.resourceType),
                    let pattern = ACLPatternType(rawValue: resource.patternType),
                    let operation = ACLOperation(rawValue: acl.operation),
                    let permission = ACLPermission(rawValue: acl.permissionType)
                else { return nil }
                return ACLBinding(
                    permission, acl.principal, host: acl.host, operation, on: type, resource.resourceName, pattern)
            }
        }
    }

    /// Adds rules; those that there are already stay as they are. Throws the first error; other rules may have been added.
    public func createACLs(_ rules: [ACLBinding]) async throws {
        guard !rules.isEmpty else { return }
        _ = try await sendToController(
            CreateAclsRequest(
                creations: rules.map {
                    .init(
                        resourceType: $0.resourceType.rawValue, resourceName: $0.resourceName,
                        resourcePatternType: $0.patternType.rawValue, principal: $0.principal, host: $0.host,
                        operation: $0.operation.rawValue, permissionType: $0.permission.rawValue)
                }), "add the rule of access control"
        ) { response in
            zip(rules, response.results).map { rule, result in
                ("for \(rule.principal)", result.errorCode, result.errorMessage)
            }
        }
    }

    /// Removes the rules that are meant; returns how many there were.
    public func deleteACLs(_ filters: [ACLFilter]) async throws -> Int {
        guard !filters.isEmpty else { return 0 }
        let response = try await sendToController(
            DeleteAclsRequest(
                filters: filters.map {
                    .init(
                        resourceTypeFilter: $0.resourceType.rawValue, resourceNameFilter: $0.resourceName,
                        patternTypeFilter: $0.patternType.rawValue, principalFilter: $0.principal, hostFilter: $0.host,
                        operation: $0.operation.rawValue, permissionType: $0.permission.rawValue)
                }), "remove rules of access control"
        ) { response in
            response.filterResults.flatMap { result in
                [("", result.errorCode, result.errorMessage)]
                    + result.matchingAcls.map { ("", $0.errorCode, $0.errorMessage) }
            }
        }
        return response.filterResults.reduce(0) { $0 + $1.matchingAcls.count }
    }
}
