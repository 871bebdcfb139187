internal import KafkaProtocol

extension DescribeTopicPartitionsRequest: BrokerRequest {
    /// Pages through topics by name and their partitions (KIP-966).
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> DescribeTopicPartitionsResponse {
        var response = DescribeTopicPartitionsResponse()
        var room = max(1, min(Int(responsePartitionLimit), 2000))
        let names: [Name] =
            topics.isEmpty ? broker.topics.all.map { $0.name } : topics.map { Name($0.name) }.sorted()
        let node = broker.identity.nodeID
        for name in names {
            var first: Int32 = 0
            if let cursor {
                let start = Name(cursor.topicName)
                guard name >= start else { continue }
                if name == start { first = max(0, cursor.partitionIndex) }
            }
            guard room > 0 else {
                response.nextCursor = .init(topicName: name.string, partitionIndex: first)
                return response
            }
            guard let topic = broker.topics.topic(name) else {
                let isLegal = (try? TopicName.validate(name.string)) != nil
                let error = isLegal ? KafkaErrorCode.unknownTopicOrPartition : .invalidTopicException
                response.topics.append(.init(errorCode: error.rawValue, name: name.string))
                continue
            }
            let end = min(Int64(topic.partitionCount), Int64(first) + Int64(room))
            let shown = first..<max(first, Int32(end))
            room -= shown.count
            response.topics.append(
                .init(
                    name: name.string, topicId: topic.id, isInternal: topic.isInternal,
                    partitions: shown.map {
                        .init(
                            partitionIndex: $0, leaderId: node, leaderEpoch: PartitionLog.leaderEpoch,
                            replicaNodes: [node], isrNodes: [node], eligibleLeaderReplicas: [], lastKnownElr: [])
                    }, topicAuthorizedOperations: source.access.operations(on: .topic, name.string)))
            if shown.upperBound < topic.partitionCount {
                response.nextCursor = .init(topicName: name.string, partitionIndex: shown.upperBound)
                return response
            }
        }
        return response
    }
}
