public import KafkaProtocol

/// A topic to create.
public struct NewTopic: Sendable, Hashable {
    /// The name.
    @Name public var name: String
    /// The number of partitions; -1 for the cluster's default.
    public var partitions: Int32
    /// How many brokers hold each partition; -1 for the cluster's default.
    public var replicationFactor: Int16
    /// Configs such as `cleanup.policy`.
    public var configs: [String: String]

    /// A topic to create.
    public init(_ name: String, partitions: Int32 = -1, replicationFactor: Int16 = -1, configs: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configs = configs
    }
}
