public import KafkaProtocol

/// Members keep what they have as far as the load stays even, and go on reading it during rebalances (KIP-429). Members of
/// other clients with their assignor `cooperative-sticky` can be in the same group.
public struct CooperativeStickyAssignor: PartitionAssignor {
    /// An assignor.
    public init() {}

    /// `cooperative-sticky`, as Kafka's clients call it.
    public var name: String { "cooperative-sticky" }

    /// Yes.
    public var isCooperative: Bool { true }

    /// The generation, for leaders that do not know the subscription's own (before KIP-792).
    public func subscriptionUserData(topics: [String], generation: Int32) -> Bytes? {
        var writer = ByteWriter(capacity: 4)
        writer.write(generation)
        return writer.finish()
    }

    /// Shares out the partitions; every member is in the result. Partitions that must change hands belong to nobody until
    /// the next rebalance.
    public func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] {
        let owners = Self.owners(members, partitionCounts)
        var shares = StickyShares(members, partitionCounts, owners: owners)
        shares.balance()
        return shares.result.mapValues { share in
            MemberAssignment(partitions: share.partitions.filter { owners[$0] == nil || owners[$0] == share.member })
        }
    }

    /// Who holds what. Of several who claim a partition the one of the newest generation does; of equals nobody.
    package static func owners(_ members: [GroupMember], _ partitionCounts: [String: Int32]) -> [TopicPartition: Name] {
        var claims: [TopicPartition: (generation: Int32, member: Name?)] = [:]
        for member in members {
            let generation = member.lastGeneration
            for partition in Set(member.ownedPartitions) {
                guard (0..<(partitionCounts[partition.topic] ?? 0)).contains(partition.partition) else { continue }
                if let other = claims[partition], other.generation >= generation {
                    if other.generation == generation { claims[partition] = (generation, nil) }
                } else {
                    claims[partition] = (generation, Name(member.id))
                }
            }
        }
        return claims.compactMapValues(\.member)
    }
}

/// Partitions as they are shared out among members.
private struct StickyShares {
    struct Share {
        let member: Name
        let topics: Set<Name>
        var partitions: [TopicPartition] = []
    }

    private var shares: [Share]

    /// What is owned stays where it is for the time being, the rest goes to whoever has least.
    init(_ members: [GroupMember], _ partitionCounts: [String: Int32], owners: [TopicPartition: Name]) {
        shares = members.sorted { $0.sortKey < $1.sortKey }.map {
            Share(member: Name($0.id), topics: Set($0.topics.map { Name($0) }))
        }
        let places = Dictionary(shares.indices.map { (shares[$0].member, $0) }, uniquingKeysWith: { first, _ in first })
        var free: [TopicPartition] = []
        for (topic, count) in partitionCounts.byName {
            for number in 0..<max(0, count) {
                let partition = TopicPartition(topic, number)
                if let place = owners[partition].flatMap({ places[$0] }), shares[place].topics.contains(topic) {
                    shares[place].partitions.append(partition)
                } else {
                    free.append(partition)
                }
            }
        }
        for partition in free {
            guard let place = leastLoaded(for: partition.topicName) else { continue }
            shares[place].partitions.append(partition)
        }
    }

    private func leastLoaded(for topic: Name) -> Int? {
        shares.indices.filter { shares[$0].topics.contains(topic) }
            .min { shares[$0].partitions.count < shares[$1].partitions.count }
    }

    /// Moves partitions one by one to members that have at least two fewer. Each move makes the shares more even, so it
    /// comes to an end.
    mutating func balance() {
        var hasMoved = true
        while hasMoved {
            hasMoved = false
            for place in shares.indices.sorted(by: { shares[$0].partitions.count > shares[$1].partitions.count }) {
                let topics = Set(shares[place].partitions.map(\.topicName))
                let taker = topics.compactMap { leastLoaded(for: $0) }
                    .min { (shares[$0].partitions.count, $0) < (shares[$1].partitions.count, $1) }
                guard let taker, shares[taker].partitions.count + 1 < shares[place].partitions.count,
                    let given = shares[place].partitions.lastIndex(where: { shares[taker].topics.contains($0.topicName) })
                else { continue }
                shares[taker].partitions.append(shares[place].partitions.remove(at: given))
                hasMoved = true
                break
            }
        }
    }

    var result: [String: Share] {
        Dictionary(shares.map { ($0.member.string, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension GroupMember {
    /// The generation of what it owns: the subscription's own, or else the one that Kafka's assignor adds.
    fileprivate var lastGeneration: Int32 {
        if generation >= 0 { return generation }
        guard let userData, userData.count == 4 else { return -1 }
        var reader = ByteReader(userData)
        return (try? reader.read()) ?? -1
    }
}
