import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct CooperativeMembershipTests {
    static func partitions(_ numbers: Int32...) -> [TopicPartition] { numbers.map { TopicPartition("t", $0) } }

    /// Goes on from a join that is due to the assignment of `numbers` in `generation`. Returns the subscription.
    @discardableResult
    static func rejoin(
        _ member: inout Membership, generation: Int32, getting numbers: [Int32], now: Int64
    ) throws -> ConsumerProtocolSubscription {
        guard case .join(let request)? = member.poll(now: now).actions.last else { throw UnexpectedRequest() }
        let answer = JoinGroupResponse(generationId: generation, leader: "other", memberId: "m")
        member.joined(.success(answer), now: now, random: 0)
        guard case .sync? = member.poll(now: now).actions.first else { throw UnexpectedRequest() }
        let assignment = ConsumerProtocolAssignment(assignedPartitions: [.init(topic: "t", partitions: numbers)])
        member.synced(.success(SyncGroupResponse(assignment: try assignment.encoded())), now: now, random: 0)
        #expect(request.protocols.map(\.name) == ["cooperative-sticky"])
        return try ConsumerProtocolSubscription(decoding: try #require(request.protocols.first?.metadata))
    }

    /// A member in generation 1 that owns partitions 0, 1 and 2, at time 0.
    static func stable() throws -> Membership {
        var member = MembershipTests.member(assignor: CooperativeStickyAssignor())
        member.subscribe(["t"], now: 0)
        let subscription = try rejoin(&member, generation: 1, getting: [0, 1, 2], now: 0)
        #expect(subscription.ownedPartitions.isEmpty && subscription.generationId == -1)
        let all = MemberAssignment(partitions: partitions(0, 1, 2))
        #expect(member.poll(now: 0).actions == [.extended(all, new: all.partitions)])
        return member
    }

    static func rebalance(_ member: inout Membership, now: Int64) {
        _ = member.poll(now: now)
        member.heartbeatAnswered(
            MembershipTests.heartbeat(.rebalanceInProgress), generation: member.generation, now: now)
    }

    @Test func `a topic that is found makes the member join again, one that is gone only if it has some of it`() throws {
        var member = try Self.stable()
        member.found(["t", "u"], now: 1)
        #expect(member.state == .unjoined(retryAt: 1) && member.topics == ["t", "u"])
        try Self.rejoin(&member, generation: 2, getting: [0, 1, 2], now: 1)
        _ = member.poll(now: 1)
        member.found(["t"], now: 1)
        #expect(member.isStable && member.topics == ["t"])
        member.found([], now: 1)
        #expect(member.poll(now: 1).actions == [.revoked(Self.partitions(0, 1, 2))])
    }

    @Test func `what a leader has found is wanted by those who look for topics as well`() throws {
        for findsTopics in [true, false] {
            var member = MembershipTests.member(assignor: CooperativeStickyAssignor())
            member.configuration.findsTopics = findsTopics
            member.subscribe(["a"], now: 0)
            try Self.rejoin(&member, generation: 1, getting: [0], now: 0)
            #expect(member.topics == (findsTopics ? ["a", "t"] : ["a"]))
        }
    }

    @Test func `a rebalance takes nothing away before the new assignment is known`() throws {
        var member = try Self.stable()
        Self.rebalance(&member, now: 100)
        let subscription = try Self.rejoin(&member, generation: 2, getting: [0, 1, 2, 3], now: 100)
        #expect(subscription.ownedPartitions == [.init(topic: "t", partitions: [0, 1, 2])])
        #expect(subscription.generationId == 1 && subscription.userData?.count == 4)
        let all = MemberAssignment(partitions: Self.partitions(0, 1, 2, 3))
        #expect(member.poll(now: 100).actions == [.extended(all, new: Self.partitions(3))])
        #expect(member.isStable)
    }

    @Test func `what the new assignment lacks is given back, and the member joins once more`() throws {
        var member = try Self.stable()
        Self.rebalance(&member, now: 100)
        try Self.rejoin(&member, generation: 2, getting: [0, 3], now: 100)
        #expect(member.poll(now: 100).actions == [.revoked(Self.partitions(1, 2))])
        #expect(member.owned == Self.partitions(0, 1, 2) && member.kept == Self.partitions(0))
        #expect(member.lastIdentity?.generation == 2)
        // Heartbeats go on, and say nothing new.
        guard case .heartbeat? = member.poll(now: 200).actions.first else { throw UnexpectedRequest() }
        member.heartbeatAnswered(MembershipTests.heartbeat(.rebalanceInProgress), generation: 2, now: 200)
        #expect(member.poll(now: 200).actions.isEmpty)

        member.revocationAcknowledged(now: 250)
        let now = MemberAssignment(partitions: Self.partitions(0, 3))
        #expect(member.owned == now.partitions)
        let actions = member.poll(now: 250).actions
        #expect(actions.first == .extended(now, new: Self.partitions(3)))
        guard case .join(let request)? = actions.last else { throw UnexpectedRequest() }
        let subscription = try ConsumerProtocolSubscription(decoding: try #require(request.protocols.first?.metadata))
        #expect(subscription.ownedPartitions == [.init(topic: "t", partitions: [0, 3])])
        #expect(subscription.generationId == 2)
    }

    @Test func `after a rebalance a member looks often for the next one, and then as before`() throws {
        var member = try Self.stable()
        for now in [3, 6, 9] as [Int64] {
            #expect(member.poll(now: now - 1).actions.isEmpty)
            guard case .heartbeat? = member.poll(now: now).actions.first else { throw UnexpectedRequest() }
            member.heartbeatAnswered(MembershipTests.heartbeat(), generation: 1, now: now)
        }
        _ = member.poll(now: 100)
        member.heartbeatAnswered(MembershipTests.heartbeat(), generation: 1, now: 100)
        #expect(member.poll(now: 100).deadline == 200)
    }

    @Test func `other topics take away what is not wanted any more, before the member joins`() throws {
        var member = try Self.stable()
        member.subscribe(["u"], now: 50)
        #expect(member.poll(now: 50).actions.first == .revoked(Self.partitions(0, 1, 2)))
        member.revocationAcknowledged(now: 60)
        let subscription = try Self.rejoin(&member, generation: 2, getting: [], now: 60)
        #expect(subscription.topics == ["u"] && subscription.ownedPartitions.isEmpty)
    }

    @Test(arguments: [KafkaErrorCode.unknownMemberId, .illegalGeneration])
    func `a group that has gone on takes everything, also during a revocation`(_ code: KafkaErrorCode) throws {
        var member = try Self.stable()
        Self.rebalance(&member, now: 100)
        try Self.rejoin(&member, generation: 2, getting: [0], now: 100)
        _ = member.poll(now: 100)
        _ = member.poll(now: 200)
        member.heartbeatAnswered(MembershipTests.heartbeat(code), generation: 2, now: 200)
        #expect(member.poll(now: 200).actions.first == .lost(Self.partitions(0, 1, 2)))
        member.revocationAcknowledged(now: 210)
        #expect(member.owned.isEmpty && member.kept.isEmpty)
    }

    @Test func `a static id that another member has is a fatal and clear error`() throws {
        var member = try MembershipTests.stable(instanceID: "west-1")
        _ = member.poll(now: 100)
        member.heartbeatAnswered(MembershipTests.heartbeat(.fencedInstanceId), generation: 1, now: 100)
        guard case .failed(let error)? = member.poll(now: 100).actions.last else { throw UnexpectedRequest() }
        #expect(error.isFatal && error.code == .fenced && error.message.contains("west-1"))
        member.leave()
        #expect(member.poll(now: 200).actions.isEmpty)
    }

    @Test func `a static member does not leave when it closes`() throws {
        var member = try MembershipTests.stable(instanceID: "west-1")
        member.leave()
        #expect(member.poll(now: 10).actions.isEmpty && member.state == .outside)
    }

    @Test func `a static member that is to leave says so under its name`() throws {
        var member = try MembershipTests.stable(instanceID: "west-1", leaves: true)
        member.leave()
        guard case .leave(let request)? = member.poll(now: 10).actions.first else { throw UnexpectedRequest() }
        #expect(request.members.map(\.groupInstanceId) == ["west-1"] && request.members.map(\.memberId) == [member.memberID])
        member.left()
        #expect(member.state == .outside)
    }
}

@Suite struct CooperativeStickyAssignorTests {
    static func members(_ owned: [String: [Int32]], generation: [String: Int32] = [:]) -> [GroupMember] {
        owned.sorted { $0.key < $1.key }.map { id, numbers in
            GroupMember(
                id: id, topics: ["t"], ownedPartitions: numbers.map { TopicPartition("t", $0) },
                generation: generation[id] ?? 1)
        }
    }

    static func share(_ members: [GroupMember], count: Int32) -> [String: [Int32]] {
        CooperativeStickyAssignor().assign(members: members, partitionCounts: ["t": count])
            .mapValues { $0.partitions.map(\.partition).sorted() }
    }

    @Test func `new members share evenly`() {
        #expect(Self.share(Self.members(["a": [], "b": []]), count: 5) == ["a": [0, 2, 4], "b": [1, 3]])
    }

    @Test func `what goes to another member is nobody's until it was given back`() {
        let first = Self.share(Self.members(["a": [0, 1, 2, 3], "b": []]), count: 4)
        #expect(first == ["a": [0, 1], "b": []])
        #expect(Self.share(Self.members(["a": [0, 1], "b": []]), count: 4) == ["a": [0, 1], "b": [2, 3]])
    }

    @Test func `of two who claim a partition the newer one has it, and of equals nobody`() {
        let newer = Self.members(["a": [0, 1], "b": [0]], generation: ["a": 2, "b": 3])
        #expect(CooperativeStickyAssignor.owners(newer, ["t": 2]) == [TopicPartition("t", 0): "b", TopicPartition("t", 1): "a"])
        let equal = Self.members(["a": [0, 1], "b": [0]])
        #expect(CooperativeStickyAssignor.owners(equal, ["t": 2]) == [TopicPartition("t", 1): "a"])
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `two rounds share all evenly, and nobody loses what the balance allows`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let count = Int32.random(in: 1...40, using: &random)
        let ids = (0..<Int.random(in: 1...7, using: &random)).map { "m\($0)" }
        var owned = Dictionary(uniqueKeysWithValues: ids.map { ($0, [Int32]()) })
        for partition in 0..<count where Bool.random(using: &random) {
            owned[ids[Int.random(in: 0..<ids.count, using: &random)], default: []].append(partition)
        }
        let first = Self.share(Self.members(owned), count: count)
        for (id, numbers) in first {
            let others = owned.filter { $0.key != id }.values.flatMap(\.self)
            #expect(Set(numbers).isDisjoint(with: others), "seed \(seed)")
            let least = min(owned[id]?.count ?? 0, Int(count) / ids.count)
            #expect(Set(numbers).intersection(owned[id] ?? []).count >= least, "seed \(seed)")
        }
        let second = Self.share(Self.members(first), count: count)
        #expect(second.values.flatMap(\.self).sorted() == Array(0..<count), "seed \(seed)")
        let sizes = second.values.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "seed \(seed)")
        #expect(Self.share(Self.members(second), count: count) == second, "seed \(seed)")
    }
}
