internal import KafkaProtocol

extension Access {
    /// Whether it may do that to the settings of a thing; else what is said.
    fileprivate func refusal(_ operation: ACLOperation, ofConfigs type: Int8, _ name: String) -> KafkaErrorCode? {
        switch type {
        case ResourceType.topic: allows(operation, .topic, name) ? nil : .topicAuthorizationFailed
        case ResourceType.group: allows(operation, .group, name) ? nil : .groupAuthorizationFailed
        case ResourceType.broker, ResourceType.brokerLogger, ResourceType.clientMetrics:
            allows(operation) ? nil : .clusterAuthorizationFailed
        // The answer says that there is no such type.
        default: nil
        }
    }
}

extension DescribeConfigsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        var refused: [DescribeConfigsResponse.DescribeConfigsResult] = []
        request.resources = resources.filter {
            guard let error = access.refusal(.describeConfigs, ofConfigs: $0.resourceType, $0.resourceName) else {
                return true
            }
            refused.append(
                .init(errorCode: error.rawValue, resourceType: $0.resourceType, resourceName: $0.resourceName))
            return false
        }
        return .passed(request) { $0.results += refused }
    }
}

extension AlterConfigsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        var refused: [AlterConfigsResponse.AlterConfigsResourceResponse] = []
        request.resources = resources.filter {
            guard let error = access.refusal(.alterConfigs, ofConfigs: $0.resourceType, $0.resourceName) else {
                return true
            }
            refused.append(
                .init(errorCode: error.rawValue, resourceType: $0.resourceType, resourceName: $0.resourceName))
            return false
        }
        return .passed(request) { $0.responses += refused }
    }
}

extension IncrementalAlterConfigsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        var refused: [IncrementalAlterConfigsResponse.AlterConfigsResourceResponse] = []
        request.resources = resources.filter {
            guard let error = access.refusal(.alterConfigs, ofConfigs: $0.resourceType, $0.resourceName) else {
                return true
            }
            refused.append(
                .init(errorCode: error.rawValue, resourceType: $0.resourceType, resourceName: $0.resourceName))
            return false
        }
        return .passed(request) { $0.responses += refused }
    }
}
