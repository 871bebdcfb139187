public import KafkaProtocol

/// How a group shares out partitions among its members. The members of a group must all use the same; the leader's is
/// the one that is called.
public protocol PartitionAssignor: Sendable {
    /// The name that members of the group agree on.
    var name: String { get }

    /// Whether members keep what they own during a rebalance (KIP-429). `assign` must then leave out a partition for now that
    /// goes from one member to another: its owner gives it back, and the group rebalances once more.
    var isCooperative: Bool { get }

    /// What members of an earlier version use. It is offered besides, until the group has once agreed on this one: so
    /// members of both versions can be in a group while it is upgraded one by one, and share out partitions in the earlier way
    /// as long as they are. Nil, as by default, if there is none.
    var earlierForm: (any PartitionAssignor)? { get }

    /// What to tell the leader of this member when it joins, or nil. Called before each join; `generation` is the last that
    /// the member was in, or -1.
    func subscriptionUserData(topics: [String], generation: Int32) -> Bytes?

    /// Shares out the partitions of `partitionCounts` (by topic; topics that do not exist are missing). Members left out get
    /// nothing.
    func assign(members: [GroupMember], partitionCounts: [String: Int32]) throws -> [String: MemberAssignment]

    /// This member has been given `assignment`, in `generation`. Called before the consumer's `assigned` event.
    func onAssignment(_ assignment: MemberAssignment, generation: Int32)
}

extension PartitionAssignor {
    /// No: each rebalance takes all partitions from all members first.
    public var isCooperative: Bool { false }
    /// None.
    public var earlierForm: (any PartitionAssignor)? { nil }
    /// Nothing.
    public func subscriptionUserData(topics: [String], generation: Int32) -> Bytes? { nil }
    /// Does nothing.
    public func onAssignment(_ assignment: MemberAssignment, generation: Int32) {}
}

extension [String: Int32] {
    /// The counts in the order of the topics' names.
    var byName: [(topic: Name, count: Int32)] {
        map { (Name($0.key), $0.value) }.sorted { $0.topic < $1.topic }
    }
}
