public import KafkaProtocol

/// A group with its members.
public struct GroupDescription: Sendable, Hashable {
    /// A member of a group.
    public struct Member: Sendable, Hashable {
        /// The member's id.
        @Name public var id: String
        /// The static id, if it has one.
        public var instanceID: String?
        /// The client's name.
        public var clientID: String
        /// Where it connects from.
        public var clientHost: String
        /// Its partitions.
        public var assignment: [TopicPartition]
        /// What the member has told its assignor, of groups of the classic protocol.
        public var subscriptionData: Bytes?
        /// What the assignor has told the member, of groups of the classic protocol.
        public var assignmentData: Bytes?
    }
    /// The group's id.
    @Name public var groupID: String
    /// The state, such as `Stable`, `Empty` or `Dead`.
    public var state: String
    /// The protocol of the members, `classic` or `consumer` (KIP-848).
    public var type: String
    /// The name of the assignor.
    public var assignor: String
    /// The members.
    public var members: [Member]
}
