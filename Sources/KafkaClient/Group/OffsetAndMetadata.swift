/// A position to commit: the next offset to read, and what to remember with it.
public struct OffsetAndMetadata: Sendable, Hashable {
    /// The offset of the next record to read.
    public var offset: Int64
    /// The leader epoch of the last record read; -1 if unknown.
    public var leaderEpoch: Int32
    /// Text kept with the offset.
    public var metadata: String

    /// A position to commit.
    public init(offset: Int64, leaderEpoch: Int32 = -1, metadata: String = "") {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
    }
}
