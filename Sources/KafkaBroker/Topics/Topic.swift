internal import KafkaProtocol

/// A topic of the broker with the logs of its partitions.
struct Topic: Sendable {
    let name: String
    let id: KafkaUUID
    var configuration: TopicConfiguration
    /// By number of the partition.
    var logs: [PartitionLog]

    var isInternal: Bool { TopicName.isInternal(name) }
    var partitionCount: Int32 { Int32(clamping: logs.count) }

    /// The log of a partition, nil if there is no such partition.
    func log(_ partition: Int32) -> PartitionLog? {
        partition >= 0 && Int(partition) < logs.count ? logs[Int(partition)] : nil
    }
}

/// A topic as it is asked for.
struct NewTopic: Sendable {
    var name: String
    /// Negative for the broker's default.
    var partitions: Int32 = -1
    /// Negative for the broker's default, which is 1.
    var replicationFactor: Int16 = -1
    var settings: [(name: String, value: String?)] = []
}
