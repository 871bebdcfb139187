internal import KafkaProtocol

extension ListOffsetsRequest: BrokerRequest {
    private static let latest: Int64 = -1
    private static let earliest: Int64 = -2
    private static let maxTimestamp: Int64 = -3
    private static let earliestLocal: Int64 = -4
    private static let latestTiered: Int64 = -5

    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> ListOffsetsResponse {
        ListOffsetsResponse(
            topics: topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { partition in
                        do {
                            return try look(partition, topic.name, broker, version)
                        } catch {
                            let error = RequestError(error)
                            broker.note(error, reading: TopicPartition(topic.name, partition.partitionIndex))
                            return .init(
                                partitionIndex: partition.partitionIndex, errorCode: error.code.rawValue)
                        }
                    })
            })
    }

    private func look(
        _ wanted: ListOffsetsPartition, _ topic: String, _ broker: Broker, _ version: Int16
    ) throws -> ListOffsetsResponse.ListOffsetsPartitionResponse {
        guard let log = broker.topics.log(TopicPartition(topic, wanted.partitionIndex)) else {
            throw RequestError(.unknownTopicOrPartition, "\(topic)-\(wanted.partitionIndex)")
        }
        guard wanted.currentLeaderEpoch <= PartitionLog.leaderEpoch else {
            throw RequestError(.unknownLeaderEpoch, "\(log.topicPartition)")
        }
        let end = isolationLevel == 1 ? log.lastStableOffset : log.highWatermark
        var found: (offset: Int64, timestamp: Int64)?
        switch wanted.timestamp {
        case Self.earliest: found = (log.logStartOffset, -1)
        case Self.earliestLocal where version >= 8: found = (log.logStartOffset, -1)
        case Self.latest: found = (end, -1)
        case Self.latestTiered where version >= 9: found = nil
        case Self.maxTimestamp where version >= 7: found = try log.offsetOfLatestTimestamp().map { ($0.offset, $0.timestamp) }
        case 0...: found = try log.offset(forTimestamp: wanted.timestamp).map { ($0.offset, $0.timestamp) }
        default: throw RequestError(.unsupportedVersion, "timestamp \(wanted.timestamp)")
        }
        var answer = ListOffsetsResponse.ListOffsetsPartitionResponse(partitionIndex: wanted.partitionIndex)
        guard let found, found.offset < end || found.timestamp == -1 else { return answer }
        if version == 0 {
            answer.oldStyleOffsets = [found.offset]
        } else {
            answer.offset = found.offset
            answer.timestamp = found.timestamp
            if version >= 4 { answer.leaderEpoch = PartitionLog.leaderEpoch }
        }
        return answer
    }
}
