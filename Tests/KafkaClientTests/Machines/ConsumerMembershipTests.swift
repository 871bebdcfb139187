import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct ConsumerMembershipTests {
    static let topic = KafkaUUID(high: 1, low: 2)
    static func partitions(_ numbers: Int32...) -> [TopicPartition] { numbers.map { TopicPartition("t", $0) } }

    static func member(instanceID: String? = nil, leaves: Bool = false) -> ConsumerMembership {
        ConsumerMembership(
            ConsumerMembership.Configuration(
                groupID: "g", instanceID: instanceID, serverAssignor: "range", rebalanceTimeout: 5000,
                staticMemberLeaves: leaves, retryPolicy: RetryPolicy(initialBackoff: .milliseconds(10), jitter: 0)),
            memberID: "m")
    }

    static func answer(
        epoch: Int32 = 1, _ numbers: [Int32]? = nil, of topic: KafkaUUID = topic, code: KafkaErrorCode = .none
    ) -> Result<ConsumerGroupHeartbeatResponse, KafkaError> {
        .success(
            ConsumerGroupHeartbeatResponse(
                errorCode: code.rawValue, memberId: "m", memberEpoch: epoch, heartbeatIntervalMs: 100,
                assignment: numbers.map { .init(topicPartitions: [.init(topicId: topic, partitions: $0)]) }))
    }

    /// The heartbeat that is due.
    static func beat(_ member: inout ConsumerMembership, now: Int64) throws -> ConsumerGroupHeartbeatRequest {
        for case .consumerHeartbeat(let request) in member.poll(now: now).actions { return request }
        throw UnexpectedRequest()
    }

    /// A member that owns partitions 0 and 1 and has told so, at time 0; its next heartbeat is due at 100.
    static func stable(instanceID: String? = nil, leaves: Bool = false) throws -> ConsumerMembership {
        var member = member(instanceID: instanceID, leaves: leaves)
        member.subscribe(["t"], now: 0)
        _ = try beat(&member, now: 0)
        member.answered(answer([0, 1]), now: 0, random: 0)
        member.named([topic: Name("t")], now: 0, random: 0)
        let all = MemberAssignment(partitions: partitions(0, 1))
        let actions = member.poll(now: 0).actions
        #expect(actions.contains(.extended(all, new: all.partitions)))
        member.answered(answer(), now: 0, random: 0)
        #expect(member.isStable)
        return member
    }

    @Test func `a member joins with all that it wants, and tells what it has got`() throws {
        var member = Self.member()
        #expect(member.poll(now: 0).actions.isEmpty)
        member.subscribe(["t", "a"], now: 0)
        let join = try Self.beat(&member, now: 0)
        #expect(
            join
                == ConsumerGroupHeartbeatRequest(
                    groupId: "g", memberId: "m", memberEpoch: 0, rebalanceTimeoutMs: 5000, subscribedTopicNames: ["a", "t"],
                    serverAssignor: "range", topicPartitions: []))
        member.answered(Self.answer(epoch: 3, [1, 0]), now: 5, random: 0)
        // It reads nothing before it knows what the topic is called.
        #expect(member.poll(now: 5).actions == [.nameTopics([Self.topic])])
        member.named([Self.topic: Name("t")], now: 6, random: 0)
        let step = member.poll(now: 6)
        #expect(step.actions.first == .extended(MemberAssignment(partitions: Self.partitions(0, 1)), new: Self.partitions(0, 1)))
        guard case .consumerHeartbeat(let told)? = step.actions.last else { throw UnexpectedRequest() }
        #expect(
            told
                == ConsumerGroupHeartbeatRequest(
                    groupId: "g", memberId: "m", memberEpoch: 3,
                    topicPartitions: [.init(topicId: Self.topic, partitions: [0, 1])]))
        member.answered(Self.answer(epoch: 3), now: 10, random: 0)
        #expect(member.poll(now: 109).actions.isEmpty && member.poll(now: 109).deadline == 110)
        #expect(try Self.beat(&member, now: 110) == ConsumerGroupHeartbeatRequest(groupId: "g", memberId: "m", memberEpoch: 3))
    }

    @Test func `names that are not known yet are looked up again, after a pause`() throws {
        var member = Self.member()
        member.subscribe(["t"], now: 0)
        _ = try Self.beat(&member, now: 0)
        member.answered(Self.answer([0]), now: 0, random: 0)
        #expect(member.poll(now: 0).actions == [.nameTopics([Self.topic])])
        #expect(member.poll(now: 0).actions.isEmpty)
        member.named([:], now: 0, random: 0)
        let step = member.poll(now: 1)
        #expect(step.actions.isEmpty && (step.deadline ?? 0) > 1)
        #expect(member.poll(now: step.deadline ?? 0).actions == [.nameTopics([Self.topic])])
    }

    @Test func `who gets nothing is told so once`() throws {
        var member = Self.member()
        member.subscribe(["t"], now: 0)
        _ = try Self.beat(&member, now: 0)
        member.answered(Self.answer([]), now: 0, random: 0)
        member.named([Self.topic: Name("t")], now: 0, random: 0)
        #expect(member.poll(now: 0).actions.contains(.extended(MemberAssignment(partitions: []), new: [])))
        member.answered(Self.answer(epoch: 2, []), now: 0, random: 0)
        #expect(!member.poll(now: 0).actions.contains(.extended(MemberAssignment(partitions: []), new: [])))
    }

    @Test func `what is to go is given back before anything is told of it, and heartbeats go on`() throws {
        var member = try Self.stable()
        _ = try Self.beat(&member, now: 100)
        member.answered(Self.answer([1]), now: 100, random: 0)
        #expect(member.poll(now: 100).actions == [.revoked(Self.partitions(0))])
        #expect(member.owned == Self.partitions(0, 1) && member.kept == Self.partitions(1))
        #expect(try Self.beat(&member, now: 200).topicPartitions == nil)
        // Meanwhile the broker has more for it.
        member.answered(Self.answer(epoch: 2, [1, 2]), now: 200, random: 0)
        #expect(member.poll(now: 200).actions.isEmpty)
        member.revocationAcknowledged(now: 250)
        let step = member.poll(now: 250)
        #expect(step.actions.first == .extended(MemberAssignment(partitions: Self.partitions(1, 2)), new: Self.partitions(2)))
        guard case .consumerHeartbeat(let told)? = step.actions.last else { throw UnexpectedRequest() }
        #expect(told.memberEpoch == 2 && told.topicPartitions == [.init(topicId: Self.topic, partitions: [1, 2])])
    }

    @Test(arguments: [KafkaErrorCode.fencedMemberEpoch, .unknownMemberId])
    func `a member that the group has gone on without loses all and joins anew`(_ code: KafkaErrorCode) throws {
        var member = try Self.stable()
        let before = try #require(member.lastIdentity)
        _ = try Self.beat(&member, now: 100)
        member.answered(Self.answer(code: code), now: 100, random: 0)
        let step = member.poll(now: 100)
        #expect(step.actions.first == .lost(Self.partitions(0, 1)))
        guard case .consumerHeartbeat(let join)? = step.actions.last else { throw UnexpectedRequest() }
        #expect(join.memberEpoch == 0 && join.topicPartitions == [] && join.subscribedTopicNames == ["t"])
        // What it owned is refused under its former epoch.
        #expect(member.tenure == 1 && member.lastIdentity?.generation == before.generation)
    }

    @Test func `after a lost answer everything is told again`() throws {
        var member = try Self.stable()
        _ = try Self.beat(&member, now: 100)
        member.answered(.failure(KafkaError(.connection, "gone", isRetriable: true)), now: 100, random: 0)
        #expect(member.poll(now: 105).actions.isEmpty)
        let again = try Self.beat(&member, now: 110)
        #expect(again.memberEpoch == 1 && again.subscribedTopicNames == ["t"] && again.rebalanceTimeoutMs == 5000)
        #expect(again.topicPartitions == [.init(topicId: Self.topic, partitions: [0, 1])])
    }

    @Test func `another subscription is told at once, also if it comes while a heartbeat is under way`() throws {
        var member = try Self.stable()
        _ = try Self.beat(&member, now: 100)
        member.subscribe(["u"], now: 101)
        #expect(member.poll(now: 101).actions.isEmpty)
        member.answered(Self.answer(), now: 102, random: 0)
        #expect(try Self.beat(&member, now: 102).subscribedTopicNames == ["u"])
    }

    @Test func `a topic that is made again is another one`() throws {
        var member = try Self.stable()
        let new = KafkaUUID(high: 9, low: 9)
        _ = try Self.beat(&member, now: 100)
        member.answered(Self.answer([0, 1], of: new), now: 100, random: 0)
        #expect(member.poll(now: 100).actions == [.nameTopics([new]), .revoked(Self.partitions(0, 1))].reversed())
        member.named([new: Name("t")], now: 100, random: 0)
        member.revocationAcknowledged(now: 100)
        let step = member.poll(now: 100)
        #expect(step.actions.first == .extended(MemberAssignment(partitions: Self.partitions(0, 1)), new: Self.partitions(0, 1)))
        guard case .consumerHeartbeat(let told)? = step.actions.last else { throw UnexpectedRequest() }
        #expect(told.topicPartitions == [.init(topicId: new, partitions: [0, 1])])
    }

    @Test(arguments: [(nil, false, -1), ("i", true, -1), ("i", false, -2)] as [(String?, Bool, Int32)])
    func `leaving says whether the member comes back`(_ instanceID: String?, _ leaves: Bool, _ epoch: Int32) throws {
        var member = try Self.stable(instanceID: instanceID, leaves: leaves)
        member.leave()
        let request = try Self.beat(&member, now: 10)
        #expect(request.memberEpoch == epoch && request.instanceId == instanceID)
        member.left()
        #expect(member.state == .outside && member.owned.isEmpty && member.poll(now: 1000).actions.isEmpty)
        member.subscribe(["t"], now: 1000)
        #expect(try Self.beat(&member, now: 1000).memberEpoch == 0)
    }

    @Test func `who has not joined leaves without a word`() {
        var member = Self.member()
        member.subscribe(["t"], now: 0)
        member.leave()
        #expect(member.state == .outside && member.poll(now: 0).actions.isEmpty)
    }

    @Test func `a static name that is in use is waited for, other refusals end the membership`() throws {
        var member = Self.member(instanceID: "i")
        member.subscribe(["t"], now: 0)
        _ = try Self.beat(&member, now: 0)
        member.answered(Self.answer(epoch: 0, code: .unreleasedInstanceId), now: 0, random: 0)
        #expect(try Self.beat(&member, now: 10).memberEpoch == 0)
        member.answered(Self.answer(epoch: 0, code: .groupMaxSizeReached), now: 10, random: 0)
        guard case .failed(let error)? = member.poll(now: 10).actions.first else { throw UnexpectedRequest() }
        #expect(error.isFatal && error.errorCode == .groupMaxSizeReached && member.state == .failed)
    }

    @Test func `numbers from the broker do no harm`() throws {
        var member = Self.member()
        member.subscribe(["t"], now: .max - 1)
        _ = try Self.beat(&member, now: .max - 1)
        var answer = ConsumerGroupHeartbeatResponse(memberEpoch: .min, heartbeatIntervalMs: .min)
        answer.assignment = .init(topicPartitions: [
            .init(topicId: Self.topic, partitions: [-1, .min, .max]), .init(topicId: Self.topic, partitions: [.max]),
        ])
        member.answered(.success(answer), now: .max - 1, random: .max)
        member.named([Self.topic: Name("t")], now: .max - 1, random: .max)
        #expect(member.owned == Self.partitions(.max))
        _ = member.poll(now: .max)
    }
}
