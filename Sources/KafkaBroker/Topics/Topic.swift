internal import KafkaProtocol

/// A topic of the broker with the logs of its partitions.
struct Topic: Sendable {
    let name: Name
    let id: KafkaUUID
    var configuration: TopicConfiguration {
        didSet { deriveSettings() }
    }
    /// By number of the partition.
    var logs: [PartitionLog]
    /// Replicas that a write with acks=all needs, `min.insync.replicas`.
    private(set) var minInSyncReplicas: Int64 = 1
    /// After how many milliseconds records must be on the disk, `flush.ms`, if there is a limit.
    private(set) var flushMs: Int64?

    init(name: Name, id: KafkaUUID, configuration: TopicConfiguration, logs: [PartitionLog]) {
        self.name = name
        self.id = id
        self.configuration = configuration
        self.logs = logs
        deriveSettings()
    }

    private mutating func deriveSettings() {
        minInSyncReplicas = configuration.overrides["min.insync.replicas"].flatMap { Int64($0) } ?? 1
        flushMs = configuration.overrides["flush.ms"].flatMap { Int64($0) }.flatMap { $0 == .max ? nil : $0 }
    }

    var isInternal: Bool { TopicName.isInternal(name.string) }
    var partitionCount: Int32 { Int32(clamping: logs.count) }

    /// The log of a partition, nil if there is no such partition.
    func log(_ partition: Int32) -> PartitionLog? {
        partition >= 0 && Int(partition) < logs.count ? logs[Int(partition)] : nil
    }
}

/// A topic as it is asked for.
struct NewTopic: Sendable {
    var name: Name
    /// Negative for the broker's default.
    var partitions: Int32 = -1
    /// Negative for the broker's default, which is 1.
    var replicationFactor: Int16 = -1
    var settings: [(name: String, value: String?)] = []
}
