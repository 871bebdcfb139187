internal import KafkaProtocol

extension ProduceRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        if let transactionalId, !access.allows(.write, .transactionalID, transactionalId) {
            return .refused(
                ProduceResponse(responses: topicData.map { Self.refuse($0, .transactionalIdAuthorizationFailed) }))
        }
        var request = self
        let parts = access.part(topicData, .write, .topic) { $0.name }
        request.topicData = parts.allowed
        return .passed(request) { response in
            response.responses += parts.denied.map { Self.refuse($0, .topicAuthorizationFailed) }
        }
    }

    private static func refuse(_ topic: TopicProduceData, _ error: KafkaErrorCode) -> ProduceResponse.TopicProduceResponse {
        .init(
            name: topic.name,
            partitionResponses: topic.partitionData.map {
                .init(index: $0.index, errorCode: error.rawValue, baseOffset: -1)
            })
    }
}

extension FetchRequest {
    /// Each read asks anew, as sessions go on with what an earlier request has named.
    func screened(by access: Access, version: Int16) -> Screening<Self> { .passed(self) }
}

extension ListOffsetsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(topics, .describe, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { response in
            response.topics += parts.denied.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        .init(
                            partitionIndex: $0.partitionIndex,
                            errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue)
                    })
            }
        }
    }
}

extension OffsetForLeaderEpochRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(topics, .describe, .topic) { $0.topic }
        request.topics = parts.allowed
        return .passed(request) { response in
            response.topics += parts.denied.map { topic in
                .init(
                    topic: topic.topic,
                    partitions: topic.partitions.map {
                        .init(errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue, partition: $0.partition)
                    })
            }
        }
    }
}

extension DeleteRecordsRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(topics, .delete, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { response in
            response.topics += parts.denied.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        .init(
                            partitionIndex: $0.partitionIndex, lowWatermark: -1,
                            errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue)
                    })
            }
        }
    }
}

extension DescribeProducersRequest {
    func screened(by access: Access, version: Int16) -> Screening<Self> {
        var request = self
        let parts = access.part(topics, .read, .topic) { $0.name }
        request.topics = parts.allowed
        return .passed(request) { response in
            response.topics += parts.denied.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitionIndexes.map {
                        .init(partitionIndex: $0, errorCode: KafkaErrorCode.topicAuthorizationFailed.rawValue)
                    })
            }
        }
    }
}
