internal import KafkaProtocol

extension MetadataRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> MetadataResponse {
        var answers: [MetadataResponse.MetadataResponseTopic] = []
        if let topics, !(version == 0 && topics.isEmpty) {
            if allowAutoTopicCreation, broker.configuration.autoCreateTopics { createMissing(topics, broker) }
            for wanted in topics { answers.append(describe(wanted, broker)) }
        } else {
            answers = broker.topics.all.map { describe($0, broker) }
        }
        let endpoint = broker.endpoint(for: source)
        if includeTopicAuthorizedOperations {
            for place in answers.indices where answers[place].errorCode == 0 {
                answers[place].topicAuthorizedOperations = source.access.operations(on: .topic, answers[place].name ?? "")
            }
        }
        var response = MetadataResponse(
            brokers: [.init(nodeId: broker.identity.nodeID, host: endpoint.host, port: endpoint.port)],
            clusterId: broker.clusterID, controllerId: broker.identity.nodeID, topics: answers)
        if includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = source.access.operations(on: .cluster, ACLBinding.clusterName)
        }
        return response
    }

    private func createMissing(_ topics: [MetadataRequestTopic], _ broker: Broker) {
        let missing = topics.filter { $0.topicId == .zero }.compactMap(\.name).filter {
            broker.topics.topic(Name($0)) == nil && !TopicName.isInternal($0)
        }
        // Names that are no good are told about by `describe`.
        if !missing.isEmpty { _ = broker.topics.create(missing.map { NewTopic(name: Name($0)) }) }
    }

    private func describe(_ wanted: MetadataRequestTopic, _ broker: Broker) -> MetadataResponse.MetadataResponseTopic {
        // Java's clients give an empty name beside an id.
        if wanted.topicId == .zero, let name = wanted.name {
            if let topic = broker.topics.topic(Name(name)) { return describe(topic, broker) }
            let isLegal = (try? TopicName.validate(name)) != nil
            let error = isLegal ? KafkaErrorCode.unknownTopicOrPartition : .invalidTopicException
            return .init(errorCode: error.rawValue, name: name, isInternal: TopicName.isInternal(name))
        }
        if let topic = broker.topics.topic(wanted.topicId) { return describe(topic, broker) }
        return .init(errorCode: KafkaErrorCode.unknownTopicId.rawValue, topicId: wanted.topicId)
    }

    private func describe(_ topic: Topic, _ broker: Broker) -> MetadataResponse.MetadataResponseTopic {
        let node = broker.identity.nodeID
        return .init(
            name: topic.name.string, topicId: topic.id, isInternal: topic.isInternal,
            partitions: (0..<topic.partitionCount).map {
                .init(
                    partitionIndex: $0, leaderId: node, leaderEpoch: PartitionLog.leaderEpoch, replicaNodes: [node],
                    isrNodes: [node])
            })
    }
}
