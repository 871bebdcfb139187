internal import KafkaProtocol

extension CreateTopicsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> CreateTopicsResponse {
        var counts: [Name: Int] = [:]
        for topic in topics { counts[Name(topic.name), default: 0] += 1 }
        var seen: Set<Name> = []
        var results: [CreateTopicsResponse.CreatableTopicResult] = []
        var wanted: [NewTopic] = []
        for topic in topics where seen.insert(Name(topic.name)).inserted {
            do {
                guard counts[Name(topic.name)] == 1 else {
                    throw RequestError(.invalidRequest, "Topic '\(topic.name)' is in the request more than once.")
                }
                wanted.append(try plan(topic, broker))
            } catch {
                let error = RequestError(error)
                results.append(.init(name: topic.name, errorCode: error.code.rawValue, errorMessage: error.message))
            }
        }
        for (new, outcome) in zip(wanted, broker.topics.create(wanted, validateOnly: validateOnly)) {
            switch outcome {
            case .success(let topic):
                let asked = new.partitions == -1 ? broker.configuration.defaultPartitions : new.partitions
                results.append(
                    .init(
                        name: topic.name.string, topicId: topic.id, numPartitions: asked, replicationFactor: 1,
                        configs: topic.configuration.described(broker: broker.configuration).map {
                            .init(name: $0.definition.name, value: $0.value, configSource: $0.source)
                        }))
            case .failure(let error):
                results.append(.init(name: new.name.string, errorCode: error.code.rawValue, errorMessage: error.message))
            }
        }
        return CreateTopicsResponse(topics: results)
    }

    private func plan(_ topic: CreatableTopic, _ broker: Broker) throws -> NewTopic {
        let settings = topic.configs.map { (name: $0.name, value: $0.value) }
        guard !topic.assignments.isEmpty else {
            return NewTopic(
                name: Name(topic.name), partitions: topic.numPartitions, replicationFactor: topic.replicationFactor,
                settings: settings)
        }
        guard topic.numPartitions == -1, topic.replicationFactor == -1 else {
            throw RequestError(
                .invalidRequest, "Both numPartitions or replicationFactor and replicasAssignments were set.")
        }
        let numbers = topic.assignments.map(\.partitionIndex).sorted()
        guard numbers == Array(0..<Int32(clamping: numbers.count)) else {
            throw RequestError(.invalidReplicaAssignment, "The partitions of an assignment must be 0, 1, 2 and so on.")
        }
        for assignment in topic.assignments {
            try broker.checkReplicas(assignment.brokerIds, of: "\(topic.name)-\(assignment.partitionIndex)")
        }
        return NewTopic(name: Name(topic.name), partitions: Int32(clamping: numbers.count), settings: settings)
    }
}

extension DeleteTopicsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DeleteTopicsResponse {
        let wanted = topics + topicNames.map { DeleteTopicState(name: $0) }
        return DeleteTopicsResponse(
            responses: wanted.map { state in
                let topic = state.name.map { broker.topics.topic(Name($0)) } ?? broker.topics.topic(state.topicId)
                do {
                    guard let topic else {
                        throw state.name == nil
                            ? RequestError(.unknownTopicId, "This server does not host this topic ID.")
                            : RequestError(.unknownTopicOrPartition, "This server does not host this topic.")
                    }
                    try broker.topics.delete(topic.name)
                    do { try broker.groups.forgetTopic(topic.name) } catch {
                        broker.report("groups' offsets of the deleted topic stay: \(error)", about: "topic \(topic.name)")
                    }
                    return .init(name: topic.name.string, topicId: topic.id)
                } catch {
                    let error = RequestError(error)
                    return .init(
                        name: state.name, topicId: state.topicId, errorCode: error.code.rawValue,
                        errorMessage: error.message)
                }
            })
    }
}

extension CreatePartitionsRequest: BrokerRequest {
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> CreatePartitionsResponse {
        var counts: [Name: Int] = [:]
        for topic in topics { counts[Name(topic.name), default: 0] += 1 }
        return CreatePartitionsResponse(
            results: topics.map { topic in
                do {
                    guard counts[Name(topic.name)] == 1 else {
                        throw RequestError(.invalidRequest, "Topic '\(topic.name)' is in the request more than once.")
                    }
                    try check(topic, broker)
                    try broker.topics.grow(Name(topic.name), to: topic.count, validateOnly: validateOnly)
                    return .init(name: topic.name)
                } catch {
                    let error = RequestError(error)
                    return .init(name: topic.name, errorCode: error.code.rawValue, errorMessage: error.message)
                }
            })
    }
}

extension CreatePartitionsRequest {
    /// Throws `RequestError` if replicas are assigned, and not as many as there are new partitions to this node. What else is wrong
    /// is found when the topic grows.
    private func check(_ topic: CreatePartitionsTopic, _ broker: Broker) throws {
        guard let assignments = topic.assignments, let present = broker.topics.topic(Name(topic.name))?.partitionCount,
            topic.count > present
        else { return }
        let added = Int(topic.count) - Int(present)
        guard assignments.count == added else {
            throw RequestError(
                .invalidReplicaAssignment,
                "Attempted to add \(added) additional partition(s), but only \(assignments.count) assignment(s) were specified.")
        }
        for assignment in assignments { try broker.checkReplicas(assignment.brokerIds, of: "Topic '\(topic.name)'") }
    }
}

extension DeleteRecordsRequest: BrokerRequest {
    /// Moves the start of partitions; -1 means up to the end.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DeleteRecordsResponse {
        DeleteRecordsResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { wanted in
                        do {
                            guard let log = broker.topics.log(TopicPartition(topic.name, wanted.partitionIndex)) else {
                                throw RequestError(.unknownTopicOrPartition, "\(topic.name)-\(wanted.partitionIndex)")
                            }
                            guard !TopicName.isInternal(topic.name) else {
                                throw RequestError(.invalidTopicException, "\(topic.name) belongs to the broker.")
                            }
                            let offset = wanted.offset == -1 ? log.highWatermark : wanted.offset
                            guard offset >= 0 else { throw RequestError(.offsetOutOfRange, "\(wanted.offset)") }
                            let start = try log.deleteRecords(before: offset)
                            return .init(partitionIndex: wanted.partitionIndex, lowWatermark: start)
                        } catch {
                            let error = RequestError(error)
                            broker.note(error, writing: TopicPartition(topic.name, wanted.partitionIndex))
                            return .init(
                                partitionIndex: wanted.partitionIndex, lowWatermark: -1, errorCode: error.code.rawValue)
                        }
                    })
            })
    }
}
