internal import KafkaProtocol

extension AlterConfigsRequest: BrokerRequest {
    /// Replaces all settings of topics: those left out go back to their defaults.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> AlterConfigsResponse {
        let alteration = ConfigAlteration(resources.map { ($0.resourceType, $0.resourceName) }, validateOnly, broker)
        return AlterConfigsResponse(
            responses: resources.map { resource in
                let names = resource.configs.map(\.name)
                let error = alteration.alter(resource.resourceType, resource.resourceName, names) { configuration in
                    configuration = try TopicConfiguration(resource.configs.map { ($0.name, $0.value) })
                }
                return .init(
                    errorCode: error?.code.rawValue ?? 0, errorMessage: error?.message,
                    resourceType: resource.resourceType, resourceName: resource.resourceName)
            })
    }
}

extension IncrementalAlterConfigsRequest: BrokerRequest {
    private enum Operation: Int8 { case set, delete, append, subtract }

    /// Changes single settings of topics (KIP-339).
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> IncrementalAlterConfigsResponse {
        let alteration = ConfigAlteration(resources.map { ($0.resourceType, $0.resourceName) }, validateOnly, broker)
        return IncrementalAlterConfigsResponse(
            responses: resources.map { resource in
                let names = resource.configs.map(\.name)
                let error = alteration.alter(resource.resourceType, resource.resourceName, names) { configuration in
                    for config in resource.configs { try change(&configuration, config, broker.configuration) }
                }
                return .init(
                    errorCode: error?.code.rawValue ?? 0, errorMessage: error?.message,
                    resourceType: resource.resourceType, resourceName: resource.resourceName)
            })
    }

    private func change(
        _ configuration: inout TopicConfiguration, _ config: AlterableConfig, _ broker: BrokerConfiguration
    ) throws {
        guard let operation = Operation(rawValue: config.configOperation) else {
            throw RequestError(.invalidRequest, "Unknown operation type \(config.configOperation) for \(config.name)")
        }
        switch (operation, config.value) {
        case (.delete, _): try configuration.set(config.name, to: nil)
        case (_, nil): throw RequestError(.invalidRequest, "Null value not supported for \(config.name)")
        case (.set, let value?): try configuration.set(config.name, to: value)
        case (.append, let value?), (.subtract, let value?):
            try configuration.change(list: config.name, by: value, adding: operation == .append, broker: broker)
        }
    }
}

/// A request to change configurations: each resource may be named once, each of its settings once.
private struct ConfigAlteration {
    private struct Resource: Hashable {
        var type: Int8
        var name: Name
    }

    private var counts: [Resource: Int] = [:]
    private let validateOnly: Bool
    private let broker: Broker

    init(_ resources: [(type: Int8, name: String)], _ validateOnly: Bool, _ broker: Broker) {
        self.validateOnly = validateOnly
        self.broker = broker
        for resource in resources { counts[Resource(type: resource.type, name: Name(resource.name)), default: 0] += 1 }
    }

    /// Makes `change` to the settings of a topic, all of it or nothing. Returns what was wrong.
    func alter(
        _ type: Int8, _ name: String, _ configs: [String], _ change: (inout TopicConfiguration) throws -> Void
    ) -> RequestError? {
        do {
            guard counts[Resource(type: type, name: Name(name))] == 1 else {
                throw RequestError(.invalidRequest, "Each resource must appear at most once: \(name)")
            }
            var seen: Set<Name> = []
            let duplicates = configs.filter { !seen.insert(Name($0)).inserted }.distinctNames()
            guard duplicates.isEmpty else {
                let list = duplicates.map(\.string).joined(separator: ", ")
                throw RequestError(.invalidRequest, "Error due to duplicate config keys: \(list)")
            }
            switch type {
            case ResourceType.topic: break
            case ResourceType.broker, ResourceType.brokerLogger, ResourceType.group, ResourceType.clientMetrics:
                throw RequestError(
                    .invalidRequest, "Only topics' configs can be changed here; a broker's are given at its start.")
            default: throw RequestError(.invalidRequest, "Unsupported resource type \(type)")
            }
            guard !TopicName.isInternal(name) else {
                throw RequestError(.policyViolation, "Topic '\(name)' belongs to the broker.")
            }
            try broker.topics.configure(Name(name), validateOnly: validateOnly, change)
            return nil
        } catch {
            return RequestError(error)
        }
    }
}
