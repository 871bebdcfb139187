/// How far a partition of a store is behind its changelog. Kafka Streams' `LagInfo` (KIP-535).
public struct StoreLag: Sendable, Hashable {
    /// The store's name.
    public let store: String
    /// The partition.
    public let partition: Int32
    /// What its task is doing.
    public let state: TaskMetadata.State
    /// By how many records it is behind: 0 for a task that processes; nil if that is not known yet.
    public let records: Int64?
}
