internal import KafkaProtocol

extension Access {
    /// Whether it may do that to the settings of a thing; else what is said.
    private func refusal(_ operation: ACLOperation, ofConfigs type: Int8, _ name: String) -> KafkaErrorCode? {
        switch type {
        case ResourceType.topic: allows(operation, .topic, name) ? nil : .topicAuthorizationFailed
        case ResourceType.group: allows(operation, .group, name) ? nil : .groupAuthorizationFailed
        case ResourceType.broker, ResourceType.brokerLogger, ResourceType.clientMetrics:
            allows(operation) ? nil : .clusterAuthorizationFailed
        // The answer says that there is no such type.
        default: nil
        }
    }

    /// The resources whose settings it may do that to, and what is said of the others.
    fileprivate func part<Resource, Refusal>(
        _ resources: [Resource], _ operation: ACLOperation, typeAndName: (Resource) -> (type: Int8, name: String),
        refused: (_ error: Int16, _ type: Int8, _ name: String) -> Refusal
    ) -> (allowed: [Resource], denied: [Refusal]) {
        var parts: (allowed: [Resource], denied: [Refusal]) = ([], [])
        for resource in resources {
            let (type, name) = typeAndName(resource)
            if let error = refusal(operation, ofConfigs: type, name) {
                parts.denied.append(refused(error.rawValue, type, name))
            } else {
                parts.allowed.append(resource)
            }
        }
        return parts
    }
}

extension DescribeConfigsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(resources, .describeConfigs, typeAndName: { ($0.resourceType, $0.resourceName) }) {
            DescribeConfigsResponse.DescribeConfigsResult(errorCode: $0, resourceType: $1, resourceName: $2)
        }
        request.resources = parts.allowed
        return .passed(request) { $0.results += parts.denied }
    }
}

extension AlterConfigsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(resources, .alterConfigs, typeAndName: { ($0.resourceType, $0.resourceName) }) {
            AlterConfigsResponse.AlterConfigsResourceResponse(errorCode: $0, resourceType: $1, resourceName: $2)
        }
        request.resources = parts.allowed
        return .passed(request) { $0.responses += parts.denied }
    }
}

extension IncrementalAlterConfigsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(resources, .alterConfigs, typeAndName: { ($0.resourceType, $0.resourceName) }) {
            IncrementalAlterConfigsResponse.AlterConfigsResourceResponse(
                errorCode: $0, resourceType: $1, resourceName: $2)
        }
        request.resources = parts.allowed
        return .passed(request) { $0.responses += parts.denied }
    }
}
