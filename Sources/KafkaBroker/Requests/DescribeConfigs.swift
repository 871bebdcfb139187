internal import KafkaProtocol

/// Kafka's numbers of the things that have configurations.
enum ResourceType {
    static let topic: Int8 = 2
    static let broker: Int8 = 4
    static let brokerLogger: Int8 = 8
    static let clientMetrics: Int8 = 16
    static let group: Int8 = 32
}

/// Kafka's numbers of where a value comes from.
enum ConfigSource {
    static let topic: Int8 = 1
    static let broker: Int8 = 4
    static let standard: Int8 = 5
    static let brokerLogger: Int8 = 6
}

extension TopicConfiguration {
    /// All settings with the values in force and where they come from.
    func described(broker: BrokerConfiguration) -> [(definition: ConfigDefinition, value: String, source: Int8)] {
        ConfigDefinition.topic.map { definition in
            let isBrokers = definition.defaultValue(broker) != definition.defaultValue(BrokerConfiguration())
            let source =
                overrides[definition.name] != nil
                ? ConfigSource.topic : isBrokers ? ConfigSource.broker : ConfigSource.standard
            return (definition, value(of: definition, broker: broker), source)
        }
    }
}

extension DescribeConfigsRequest: BrokerRequest {
    private typealias Config = DescribeConfigsResponse.DescribeConfigsResourceResult

    /// Lists all settings, not only those that were set.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeConfigsResponse {
        DescribeConfigsResponse(
            results: resources.map { resource in
                do {
                    let configs = try describe(resource, broker, version)
                    let keys = resource.configurationKeys.map { Set($0.map { Name($0) }) }
                    return .init(
                        resourceType: resource.resourceType, resourceName: resource.resourceName,
                        configs: configs.filter { keys?.contains(Name($0.name)) ?? true })
                } catch {
                    let error = RequestError(error)
                    return .init(
                        errorCode: error.code.rawValue, errorMessage: error.message,
                        resourceType: resource.resourceType, resourceName: resource.resourceName)
                }
            })
    }

    private func describe(_ resource: DescribeConfigsResource, _ broker: Broker, _ version: Int16) throws -> [Config] {
        let name = resource.resourceName
        switch resource.resourceType {
        case ResourceType.topic: return try describeTopic(name, broker, version)
        case ResourceType.broker:
            // Without a name it is what holds for all brokers unless they say otherwise; nobody can set that here.
            guard !name.isEmpty else { return [] }
            try checkNode(name, broker)
            return broker.settings.map { describe($0, version) }
        case ResourceType.brokerLogger:
            try checkNode(name, broker)
            return [
                Config(name: "root", value: "INFO", readOnly: true, configSource: ConfigSource.brokerLogger, configType: 2)
            ]
        case ResourceType.group:
            guard !name.isEmpty else { throw RequestError(.invalidGroupId, "The group's id is empty.") }
            return broker.groupSettings.map { describe($0, version) }
        case ResourceType.clientMetrics: return []
        default: throw RequestError(.invalidRequest, "Unsupported resource type \(resource.resourceType)")
        }
    }

    private func describeTopic(_ name: String, _ broker: Broker, _ version: Int16) throws -> [Config] {
        try TopicName.validate(name)
        guard let topic = broker.topics.topic(Name(name)) else {
            throw RequestError(.unknownTopicOrPartition, "This server does not host topic '\(name)'.")
        }
        return topic.configuration.described(broker: broker.configuration).map { definition, value, source in
            var synonyms: [DescribeConfigsResponse.DescribeConfigsSynonym] = []
            if includeSynonyms {
                let standard = definition.defaultValue(broker.configuration)
                if source == ConfigSource.topic {
                    synonyms.append(.init(name: definition.name, value: value, source: source))
                }
                if let broker = definition.brokerName {
                    synonyms.append(.init(name: broker, value: standard, source: ConfigSource.broker))
                } else {
                    synonyms.append(.init(name: definition.name, value: standard, source: ConfigSource.standard))
                }
            }
            return .init(
                name: definition.name, value: value, isDefault: version == 0 && source != ConfigSource.topic,
                configSource: source,
                synonyms: synonyms, configType: definition.type.rawValue,
                documentation: includeDocumentation ? definition.documentation : nil)
        }
    }

    private func describe(_ setting: BrokerSetting, _ version: Int16) -> Config {
        let source = setting.isDefault ? ConfigSource.standard : ConfigSource.broker
        return Config(
            name: setting.name, value: setting.value, readOnly: true, isDefault: version == 0 && setting.isDefault,
            configSource: source,
            synonyms: includeSynonyms ? [.init(name: setting.name, value: setting.value, source: source)] : [],
            configType: setting.type.rawValue, documentation: includeDocumentation ? "" : nil)
    }

    private func checkNode(_ name: String, _ broker: Broker) throws {
        let node = broker.identity.nodeID
        guard Int32(name) == node else {
            throw RequestError(.invalidRequest, "Unexpected broker id, expected \(node), but received \(name)")
        }
    }
}
