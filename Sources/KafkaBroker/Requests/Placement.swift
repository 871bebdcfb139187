internal import KafkaProtocol

// Where replicas and leaders are. There is one node: it has and leads everything, and nothing can be elsewhere.

extension ElectLeadersRequest: BrokerRequest {
    /// This node leads already. Asked for all partitions, those that need no election are left out, as in Kafka.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ElectLeadersResponse {
        guard (0...1).contains(electionType) else {
            return ElectLeadersResponse(errorCode: KafkaErrorCode.invalidRequest.rawValue)
        }
        return ElectLeadersResponse(
            replicaElectionResults: (topicPartitions ?? []).map { wanted in
                let name = Name(wanted.topic)
                return .init(
                    topic: wanted.topic,
                    partitionResult: wanted.partitions.map { number in
                        let partition = TopicPartition(name, number)
                        guard broker.topics.log(partition) != nil else {
                            return .init(
                                partitionId: number, errorCode: KafkaErrorCode.unknownTopicOrPartition.rawValue,
                                errorMessage: "This server does not host \(partition).")
                        }
                        return .init(
                            partitionId: number, errorCode: KafkaErrorCode.electionNotNeeded.rawValue,
                            errorMessage: "Leader election not needed for topic partition.")
                    })
            })
    }
}

extension AlterPartitionReassignmentsRequest: BrokerRequest {
    /// Partitions can be put where they are.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> AlterPartitionReassignmentsResponse {
        AlterPartitionReassignmentsResponse(
            allowReplicationFactorChange: allowReplicationFactorChange,
            responses: topics.map { topic in
                let name = Name(topic.name)
                return .init(
                    name: topic.name,
                    partitions: topic.partitions.map { wanted in
                        do {
                            try check(wanted, TopicPartition(name, wanted.partitionIndex), broker)
                            return .init(partitionIndex: wanted.partitionIndex)
                        } catch {
                            let error = RequestError(error)
                            return .init(
                                partitionIndex: wanted.partitionIndex, errorCode: error.code.rawValue,
                                errorMessage: error.message)
                        }
                    })
            })
    }

    private func check(_ wanted: ReassignablePartition, _ partition: TopicPartition, _ broker: Broker) throws {
        guard broker.topics.log(partition) != nil else {
            throw RequestError(.unknownTopicOrPartition, "This server does not host \(partition).")
        }
        guard let replicas = wanted.replicas else {
            throw RequestError(.noReassignmentInProgress, "\(partition) is not being reassigned.")
        }
        try broker.checkReplicas(replicas, of: "\(partition)")
    }
}

extension Broker {
    /// Throws `RequestError` with `INVALID_REPLICA_ASSIGNMENT` unless the replicas are this node alone.
    func checkReplicas(_ replicas: [Int32], of what: String) throws {
        func refuse(_ why: String) -> RequestError { RequestError(.invalidReplicaAssignment, "\(what): \(why)") }
        guard !replicas.isEmpty else { throw refuse("the replica list is empty.") }
        if let other = replicas.first(where: { $0 != identity.nodeID }) {
            throw refuse("there is no broker \(other); the only one is \(identity.nodeID).")
        }
        guard replicas.count == 1 else { throw refuse("broker \(identity.nodeID) is named more than once.") }
    }
}

extension ListPartitionReassignmentsRequest: BrokerRequest {
    /// None is under way.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ListPartitionReassignmentsResponse {
        ListPartitionReassignmentsResponse()
    }
}

extension AlterReplicaLogDirsRequest: BrokerRequest {
    /// Partitions can be moved to the directory that they are in.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> AlterReplicaLogDirsResponse {
        var results: [AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult] = []
        for directory in dirs {
            let isOurs = broker.directory.isSame(as: directory.path)
            for topic in directory.topics {
                let name = Name(topic.name)
                results.append(
                    .init(
                        topicName: topic.name,
                        partitions: topic.partitions.map { number in
                            let isHere = broker.topics.log(TopicPartition(name, number)) != nil
                            let error: KafkaErrorCode =
                                !isOurs ? .logDirNotFound : isHere ? .none : .replicaNotAvailable
                            return .init(partitionIndex: number, errorCode: error.rawValue)
                        }))
            }
        }
        return AlterReplicaLogDirsResponse(results: results)
    }
}
