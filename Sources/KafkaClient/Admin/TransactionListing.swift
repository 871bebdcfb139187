public import KafkaProtocol

/// A transactional id, as its coordinator lists it.
public struct TransactionListing: Sendable, Hashable {
    /// The transactional id.
    @Name public internal(set) var id: String
    /// The producer that has it.
    public let producerID: Int64
    /// The state, such as `Ongoing`, `CompleteCommit` or `Empty`.
    public let state: String
}
