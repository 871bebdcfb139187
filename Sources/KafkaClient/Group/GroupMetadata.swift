public import KafkaProtocol

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
