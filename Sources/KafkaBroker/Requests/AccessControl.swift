internal import KafkaProtocol

// Access control lists. Who may connect may do all: there is no authorizer, and requests are answered as by a Kafka broker
// without one.

private let noAuthorizer = RequestError(.securityDisabled, "No Authorizer is configured.")

extension DescribeAclsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeAclsResponse {
        DescribeAclsResponse(errorCode: noAuthorizer.code.rawValue, errorMessage: noAuthorizer.message)
    }
}

extension CreateAclsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> CreateAclsResponse {
        CreateAclsResponse(
            results: creations.map { _ in
                .init(errorCode: noAuthorizer.code.rawValue, errorMessage: noAuthorizer.message)
            })
    }
}

extension DeleteAclsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DeleteAclsResponse {
        DeleteAclsResponse(
            filterResults: filters.map { _ in
                .init(errorCode: noAuthorizer.code.rawValue, errorMessage: noAuthorizer.message)
            })
    }
}
