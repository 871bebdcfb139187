public import KafkaProtocol

/// A transactional id with what its coordinator knows of it.
public struct TransactionDescription: Sendable, Hashable {
    /// The transactional id.
    @Name public internal(set) var id: String
    /// The state, such as `Ongoing`.
    public let state: String
    /// The producer that has it.
    public let producerID: Int64
    /// Raised each time that a producer takes the id over.
    public let producerEpoch: Int16
    /// After how many milliseconds a transaction that is left open is aborted.
    public let timeoutMilliseconds: Int32
    /// When the open transaction was begun, in milliseconds since 1970; nil if none is open.
    public let startTime: Int64?
    /// What the open transaction has written to.
    public let partitions: [TopicPartition]
}
