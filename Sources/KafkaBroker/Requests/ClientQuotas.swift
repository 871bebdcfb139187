internal import KafkaProtocol

// Quotas (KIP-546). There are none, and none can be set.

extension DescribeClientQuotasRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeClientQuotasResponse {
        var seen: Set<Name> = []
        for component in components {
            guard ["user", "client-id", "ip"].contains(Name(component.entityType)) else {
                return refuse("Unexpected entity type: \(component.entityType)")
            }
            guard seen.insert(Name(component.entityType)).inserted else {
                return refuse("Duplicate filter component entity type: \(component.entityType)")
            }
            guard (0...2).contains(component.matchType), (component.matchType == 0) == (component.match != nil) else {
                return refuse("Unexpected match type: \(component.matchType)")
            }
        }
        return DescribeClientQuotasResponse(entries: [])
    }

    private func refuse(_ message: String) -> DescribeClientQuotasResponse {
        DescribeClientQuotasResponse(errorCode: KafkaErrorCode.invalidRequest.rawValue, errorMessage: message)
    }
}

extension AlterClientQuotasRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> AlterClientQuotasResponse {
        AlterClientQuotasResponse(
            entries: entries.map { entry in
                .init(
                    errorCode: KafkaErrorCode.invalidRequest.rawValue,
                    errorMessage: "This broker has no quotas, so that none can be set or removed.",
                    entity: entry.entity.map { .init(entityType: $0.entityType, entityName: $0.entityName) })
            })
    }
}
