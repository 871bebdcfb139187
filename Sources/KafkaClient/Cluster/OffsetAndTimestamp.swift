/// An offset in a partition, with the timestamp of its record if one was looked for.
public struct OffsetAndTimestamp: Sendable, Hashable {
    /// The offset.
    public var offset: Int64
    /// The record's timestamp; -1 for the earliest and latest offset.
    public var timestamp: Int64
    /// The epoch of the record's leader; -1 if unknown.
    public var leaderEpoch: Int32
}
