/// A partition of a topic, as the cluster describes it.
public struct PartitionMetadata: Sendable, Hashable {
    /// The partition's number, from 0.
    public var partition: Int32
    /// The broker that leads it; -1 while there is none.
    public var leader: Int32
    /// The leader's epoch; -1 if unknown.
    public var leaderEpoch: Int32
    /// The brokers that hold it.
    public var replicas: [Int32]
    /// Those of them that are in sync.
    public var inSyncReplicas: [Int32]
}
