import KafkaProtocol
import Testing

@testable import KafkaClient

/// Members that keep partitions during rebalances, and others of an earlier version that give all back.
@Suite struct EarlierFormTests {
    struct Assignor: PartitionAssignor {
        var name: String { "new" }
        var isCooperative: Bool { true }
        var earlierForm: (any PartitionAssignor)? { RoundRobinAssignor() }
        func assign(members: [GroupMember], partitionCounts: [String: Int32]) -> [String: MemberAssignment] { [:] }
    }

    /// Joins, is told that the group has agreed on `name`, and gets partition 0. Returns the names that were offered.
    @discardableResult
    static func join(_ member: inout Membership, generation: Int32, agreeing name: String, now: Int64) throws
        -> [String]
    {
        guard case .join(let request)? = member.poll(now: now).actions.last else { throw UnexpectedRequest() }
        let answer = JoinGroupResponse(generationId: generation, protocolName: name, leader: "other", memberId: "m")
        member.joined(.success(answer), now: now, random: 0)
        guard case .sync(let sync)? = member.poll(now: now).actions.first else { throw UnexpectedRequest() }
        #expect(sync.protocolName == name)
        let assignment = ConsumerProtocolAssignment(assignedPartitions: [.init(topic: "t", partitions: [0])])
        member.synced(.success(SyncGroupResponse(assignment: try assignment.encoded())), now: now, random: 0)
        return request.protocols.map(\.name)
    }

    static func member() -> Membership {
        var member = MembershipTests.member(assignor: Assignor())
        member.subscribe(["t"], now: 0)
        return member
    }

    static let owned = [TopicPartition("t", 0)]

    @Test func `as long as others know the earlier form only, everything is given back first`() throws {
        var member = Self.member()
        #expect(try Self.join(&member, generation: 1, agreeing: "roundrobin", now: 0) == ["new", "roundrobin"])
        #expect(member.poll(now: 0).actions == [.assigned(MemberAssignment(partitions: Self.owned))])
        CooperativeMembershipTests.rebalance(&member, now: 100)
        #expect(member.poll(now: 100).actions == [.revoked(Self.owned)])
        member.revocationAcknowledged(now: 110)
        // The last of the others has left.
        #expect(try Self.join(&member, generation: 2, agreeing: "new", now: 110) == ["new", "roundrobin"])
        #expect(member.poll(now: 110).actions == [.extended(MemberAssignment(partitions: Self.owned), new: Self.owned)])
    }

    @Test func `what the group has agreed on is not gone back from while partitions are kept`() throws {
        var member = Self.member()
        try Self.join(&member, generation: 1, agreeing: "new", now: 0)
        _ = member.poll(now: 0)
        CooperativeMembershipTests.rebalance(&member, now: 100)
        #expect(try Self.join(&member, generation: 2, agreeing: "new", now: 100) == ["new"])
        _ = member.poll(now: 100)
        _ = member.poll(now: 200)
        member.heartbeatAnswered(MembershipTests.heartbeat(.unknownMemberId), generation: 2, now: 200)
        guard case .join(let request)? = member.poll(now: 200).actions.last else { throw UnexpectedRequest() }
        #expect(request.protocols.map(\.name) == ["new", "roundrobin"])
    }

    @Test func `a member that keeps partitions commits as of the new generation as soon as it has joined`() throws {
        var member = Self.member()
        try Self.join(&member, generation: 1, agreeing: "new", now: 0)
        _ = member.poll(now: 0)
        CooperativeMembershipTests.rebalance(&member, now: 100)
        _ = member.poll(now: 100)
        #expect(member.lastIdentity?.generation == 1)
        member.joined(
            .success(JoinGroupResponse(generationId: 2, protocolName: "new", leader: "other", memberId: "m")), now: 110,
            random: 0)
        #expect(member.lastIdentity?.generation == 2 && member.tenure == 0)
    }

    @Test func `a tenure ends when the group has gone on, whoever the member is afterwards`() throws {
        var member = Self.member()
        try Self.join(&member, generation: 1, agreeing: "new", now: 0)
        _ = member.poll(now: 100)
        member.heartbeatAnswered(MembershipTests.heartbeat(.illegalGeneration), generation: 1, now: 100)
        #expect(member.tenure == 1)
        try Self.join(&member, generation: 3, agreeing: "new", now: 110)
        #expect(member.tenure == 1 && member.lastIdentity?.generation == 3)
    }

    @Test func `a static member that leaves and returns begins without partitions`() throws {
        var member = MembershipTests.member(instanceID: "west-1", assignor: Assignor())
        member.subscribe(["t"], now: 0)
        try Self.join(&member, generation: 1, agreeing: "new", now: 0)
        _ = member.poll(now: 0)
        member.leave()
        member.subscribe(["t"], now: 10)
        #expect(try Self.join(&member, generation: 1, agreeing: "new", now: 10) == ["new", "roundrobin"])
        #expect(member.poll(now: 10).actions == [.extended(MemberAssignment(partitions: Self.owned), new: Self.owned)])
    }
}
