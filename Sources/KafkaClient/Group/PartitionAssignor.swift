public import KafkaProtocol

/// A member of a group, as the member that leads it sees it when partitions are shared out.
public struct GroupMember: Sendable, Hashable {
    /// The member's id.
    @Name public var id: String
    /// The member's static id (KIP-345), if it has one.
    public var instanceID: String?
    /// The topics it wants.
    public var topics: [String]
    /// The partitions that it held before; empty for one that is new or gave all back.
    public var ownedPartitions: [TopicPartition]
    /// The generation in which it held them; -1 if it was in none or does not say (KIP-792).
    public var generation: Int32
    /// What its assignor added.
    public var userData: Bytes?

    /// A member.
    public init(
        id: String, instanceID: String? = nil, topics: [String], ownedPartitions: [TopicPartition] = [],
        generation: Int32 = -1, userData: Bytes? = nil
    ) {
        self.id = id
        self.instanceID = instanceID
        self.topics = topics
        self.ownedPartitions = ownedPartitions
        self.generation = generation
        self.userData = userData
    }
}

/// What one member gets.
public struct MemberAssignment: Sendable, Hashable {
    /// The partitions.
    public var partitions: [TopicPartition]
    /// What the assignor adds for the member.
    public var userData: Bytes?

    /// What one member gets.
    public init(partitions: [TopicPartition], userData: Bytes? = nil) {
        self.partitions = partitions
        self.userData = userData
    }
}

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

/// Each topic on its own, in ranges: the first members get one partition more if they cannot be shared evenly. Topics with
/// the same number of partitions are shared out alike, so that joins find equal keys together.
public struct RangeAssignor: PartitionAssignor {
    /// An assignor.
    public init() {}

    /// `range`, as Kafka's clients call it.
    public var name: String { "range" }

    /// Shares out the partitions; every member is in the result.
    public func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
        var result = Dictionary(uniqueKeysWithValues: members.map { ($0.id, [TopicPartition]()) })
        let ordered = members.sorted { $0.sortKey < $1.sortKey }.map { ($0.id, Set($0.topics.map { Name($0) })) }
        for (topic, count) in partitionCounts.byName where count > 0 {
            let takers = ordered.filter { $0.1.contains(topic) }.map(\.0)
            guard !takers.isEmpty else { continue }
            let (share, extra) = Int(count).quotientAndRemainder(dividingBy: takers.count)
            var next: Int32 = 0
            for (index, id) in takers.enumerated() {
                let end = next + Int32(share + (index < extra ? 1 : 0))
                result[id, default: []] += (next..<end).map { TopicPartition(topic, $0) }
                next = end
            }
        }
        return result.mapValues { MemberAssignment(partitions: $0) }
    }
}

/// All partitions of all topics in turn to one member after the other.
public struct RoundRobinAssignor: PartitionAssignor {
    /// An assignor.
    public init() {}

    /// `roundrobin`, as Kafka's clients call it.
    public var name: String { "roundrobin" }

    /// Shares out the partitions; every member is in the result.
    public func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
        var result = Dictionary(uniqueKeysWithValues: members.map { ($0.id, [TopicPartition]()) })
        let takers = members.sorted { $0.sortKey < $1.sortKey }
        let topics = takers.map { Set($0.topics.map { Name($0) }) }
        var turn = 0
        for (topic, count) in partitionCounts.byName {
            guard topics.contains(where: { $0.contains(topic) }) else { continue }
            for partition in 0..<max(0, count) {
                while !topics[turn % takers.count].contains(topic) { turn += 1 }
                result[takers[turn % takers.count].id, default: []].append(TopicPartition(topic, partition))
                turn += 1
            }
        }
        return result.mapValues { MemberAssignment(partitions: $0) }
    }
}

extension GroupMember {
    /// Static members keep their place over restarts, as their ids do not change.
    var sortKey: Name { Name(instanceID ?? id) }
}

extension [String: Int32] {
    /// The counts in the order of the topics' names.
    var byName: [(topic: Name, count: Int32)] {
        map { (Name($0.key), $0.value) }.sorted { $0.topic < $1.topic }
    }
}
