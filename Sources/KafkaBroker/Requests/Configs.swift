internal import KafkaProtocol

/// Kafka's numbers of the things that have configurations.
private enum ResourceType {
    static let topic: Int8 = 2
    static let broker: Int8 = 4
}

/// Kafka's numbers of where a value comes from.
private enum ConfigSource {
    static let topic: Int8 = 1
    static let broker: Int8 = 4
    static let standard: Int8 = 5
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
    /// Lists all settings, not only those that were set.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeConfigsResponse {
        DescribeConfigsResponse(
            results: resources.map { resource in
                do {
                    let configs: [DescribeConfigsResponse.DescribeConfigsResourceResult]
                    switch resource.resourceType {
                    case ResourceType.topic: configs = try describeTopic(resource.resourceName, broker, version)
                    case ResourceType.broker: configs = try describeBroker(resource.resourceName, broker)
                    default: throw RequestError(.invalidRequest, "Unsupported resource type \(resource.resourceType)")
                    }
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

    private func describeTopic(
        _ name: String, _ broker: Broker, _ version: Int16
    ) throws -> [DescribeConfigsResponse.DescribeConfigsResourceResult] {
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

    private func describeBroker(
        _ name: String, _ broker: Broker
    ) throws -> [DescribeConfigsResponse.DescribeConfigsResourceResult] {
        guard name.isEmpty || name == "\(broker.identity.nodeID)" else {
            throw RequestError(.invalidRequest, "Unexpected broker id, expected \(broker.identity.nodeID), got \(name)")
        }
        return broker.configuration.described(nodeID: broker.identity.nodeID).map { name, type, value in
            .init(
                name: name, value: value, readOnly: true, configSource: ConfigSource.broker, configType: type.rawValue,
                documentation: includeDocumentation ? "" : nil)
        }
    }
}

extension BrokerConfiguration {
    /// The settings under Kafka's names.
    func described(nodeID: Int32) -> [(name: String, type: ConfigDefinition.ValueType, value: String)] {
        [
            ("auto.create.topics.enable", .boolean, "\(autoCreateTopics)"),
            ("broker.id", .int, "\(nodeID)"),
            ("compression.type", .string, "producer"),
            ("default.replication.factor", .int, "1"),
            ("delete.topic.enable", .boolean, "true"),
            ("fetch.max.bytes", .int, "\(fetchMaxBytes)"),
            ("group.initial.rebalance.delay.ms", .int, "\(groupInitialRebalanceDelay)"),
            ("group.max.session.timeout.ms", .int, "\(groupMaxSessionTimeout)"),
            ("group.max.size", .int, "\(groupMaxSize)"),
            ("group.min.session.timeout.ms", .int, "\(groupMinSessionTimeout)"),
            ("log.cleanup.policy", .list, "delete"),
            ("log.retention.bytes", .long, "\(retentionBytes)"),
            ("log.retention.check.interval.ms", .long, "\(maintenanceInterval)"),
            ("log.retention.ms", .long, "\(retentionMilliseconds)"),
            ("log.segment.bytes", .int, "\(segmentBytes)"),
            ("message.max.bytes", .int, "\(maxMessageBytes)"),
            ("min.insync.replicas", .int, "1"),
            ("node.id", .int, "\(nodeID)"),
            ("num.partitions", .int, "\(defaultPartitions)"),
            ("offset.metadata.max.bytes", .int, "\(offsetMetadataMaxBytes)"),
            ("offsets.topic.num.partitions", .int, "1"),
            ("offsets.topic.replication.factor", .int, "1"),
            ("transaction.max.timeout.ms", .int, "\(transactionMaxTimeout)"),
            ("transaction.state.log.num.partitions", .int, "1"),
            ("transaction.state.log.replication.factor", .int, "1"),
        ]
    }
}

extension AlterConfigsRequest: BrokerRequest {
    /// Replaces all settings of topics: those left out go back to their defaults.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> AlterConfigsResponse {
        AlterConfigsResponse(
            responses: resources.map { resource in
                let error = alter(broker, resource.resourceType, resource.resourceName, validateOnly) { configuration in
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
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> IncrementalAlterConfigsResponse
    {
        IncrementalAlterConfigsResponse(
            responses: resources.map { resource in
                let error = alter(broker, resource.resourceType, resource.resourceName, validateOnly) { configuration in
                    guard resource.configs.map(\.name).distinctNames().count == resource.configs.count else {
                        throw RequestError(.invalidRequest, "A config name appears more than once.")
                    }
                    for config in resource.configs {
                        let operation = Operation(rawValue: config.configOperation)
                        switch (operation, config.value) {
                        case (.set, let value?): try configuration.set(config.name, to: value)
                        case (.delete, _): try configuration.set(config.name, to: nil)
                        case (.append, let value?), (.subtract, let value?):
                            try configuration.change(
                                list: config.name, by: value, adding: operation == .append, broker: broker.configuration
                            )
                        default: throw RequestError(.invalidRequest, "\(config.name): an operation that makes no sense")
                        }
                    }
                }
                return .init(
                    errorCode: error?.code.rawValue ?? 0, errorMessage: error?.message,
                    resourceType: resource.resourceType, resourceName: resource.resourceName)
            })
    }
}

private func alter(
    _ broker: Broker, _ type: Int8, _ name: String, _ validateOnly: Bool,
    _ change: (inout TopicConfiguration) throws -> Void
) -> RequestError? {
    do {
        guard type == ResourceType.topic else {
            throw RequestError(.invalidRequest, "Only topics' configurations can be changed here.")
        }
        guard !TopicName.isInternal(name) else {
            throw RequestError(.policyViolation, "\(name) belongs to the broker.")
        }
        try broker.topics.configure(Name(name), validateOnly: validateOnly, change)
        return nil
    } catch {
        return RequestError(error)
    }
}
