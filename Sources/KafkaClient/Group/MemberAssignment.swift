public import KafkaProtocol

/// What one member gets.
public struct MemberAssignment: Sendable, Hashable {
    /// The partitions.
    public var partitions: [TopicPartition]
    /// What the assignor adds for the member.
    public var userData: Bytes?

    /// What one member gets.
    public init(partitions: [TopicPartition], userData: Bytes? = nil) {
        self.partitions = partitions
        self.userData = userData
    }
}
