internal import KafkaProtocol

extension OffsetForLeaderEpochRequest: BrokerRequest {
    /// There has been one leader only: its epoch ends where the log ends.
    func answer(by broker: Broker, version: Int16, from source: RequestSource) async -> OffsetForLeaderEpochResponse {
        OffsetForLeaderEpochResponse(
            topics: topics.map { topic in
                .init(
                    topic: topic.topic,
                    partitions: topic.partitions.map { wanted in
                        guard let log = broker.topics.log(TopicPartition(topic.topic, wanted.partition)) else {
                            return .init(
                                errorCode: KafkaErrorCode.unknownTopicOrPartition.rawValue, partition: wanted.partition)
                        }
                        guard wanted.currentLeaderEpoch <= PartitionLog.leaderEpoch else {
                            return .init(
                                errorCode: KafkaErrorCode.unknownLeaderEpoch.rawValue, partition: wanted.partition)
                        }
                        guard wanted.leaderEpoch == PartitionLog.leaderEpoch else {
                            return .init(partition: wanted.partition)
                        }
                        return .init(
                            partition: wanted.partition, leaderEpoch: PartitionLog.leaderEpoch,
                            endOffset: log.highWatermark)
                    })
            })
    }
}
