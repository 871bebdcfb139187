public import KafkaProtocol

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

/// A member of a consumer group at some generation, by which coordinators tell the present owner of partitions from a
/// former one (KIP-447).
public struct GroupMetadata: Sendable, Hashable {
    /// The group.
    @Name public var groupID: String
    /// The generation; -1 outside of the group.
    public var generation: Int32
    /// The member's id; empty outside of the group.
    @Name public var memberID: String
    /// The member's static id (KIP-345), if it has one.
    public var instanceID: String?

    /// A member of a group, or by default someone outside of it.
    public init(groupID: String, generation: Int32 = -1, memberID: String = "", instanceID: String? = nil) {
        self.groupID = groupID
        self.generation = generation
        self.memberID = memberID
        self.instanceID = instanceID
    }
}
