import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct MembershipTests {
    static func member(
        instanceID: String? = nil, leaves: Bool = false, assignor: any PartitionAssignor = RangeAssignor()
    ) -> Membership {
        Membership(
            Membership.Configuration(
                groupID: "g", instanceID: instanceID, sessionTimeout: 1000, heartbeatInterval: 100,
                rebalanceTimeout: 5000,
                assignor: assignor, staticMemberLeaves: leaves, retryPolicy: RetryPolicy(initialBackoff: .milliseconds(10), jitter: 0)))
    }

    /// A member in generation 1 that owns `t-0` and `t-1`, at time 0.
    static func stable(leader: String = "other", instanceID: String? = nil, leaves: Bool = false) throws -> Membership {
        var member = member(instanceID: instanceID, leaves: leaves)
        member.subscribe(["t"], now: 0)
        _ = member.poll(now: 0)
        member.joined(.success(JoinGroupResponse(generationId: 1, leader: leader, memberId: "m")), now: 0, random: 0)
        if leader == "m" {
            _ = member.poll(now: 0)
            member.assignmentComputed(.success([:]), now: 0, random: 0)
        }
        _ = member.poll(now: 0)
        let assignment = ConsumerProtocolAssignment(assignedPartitions: [.init(topic: "t", partitions: [1, 0])])
        member.synced(.success(SyncGroupResponse(assignment: try assignment.encoded())), now: 0, random: 0)
        #expect(member.poll(now: 0).actions == [.assigned(MemberAssignment(partitions: owned))])
        #expect(member.isStable)
        return member
    }

    static let owned = [TopicPartition("t", 0), TopicPartition("t", 1)]

    static func heartbeat(_ code: KafkaErrorCode = .none) -> Result<HeartbeatResponse, KafkaError> {
        .success(HeartbeatResponse(errorCode: code.rawValue))
    }

    @Test func `outside of a group there is nothing to do`() {
        var member = Self.member()
        let step = member.poll(now: 0)
        #expect(step.actions.isEmpty && step.deadline == nil)
    }

    @Test func `a member joins with its topics, takes its id, and joins again`() throws {
        var member = Self.member(instanceID: "static")
        member.subscribe(["u", "t", "t"], now: 0)
        guard case .join(let request)? = member.poll(now: 0).actions.first else { throw UnexpectedRequest() }
        #expect(request.groupId == "g" && request.memberId == "" && request.groupInstanceId == "static")
        #expect(request.sessionTimeoutMs == 1000 && request.rebalanceTimeoutMs == 5000)
        #expect(request.protocols.map(\.name) == ["range"])
        let subscription = try ConsumerProtocolSubscription(decoding: try #require(request.protocols.first?.metadata))
        #expect(subscription.topics == ["t", "u"])

        let answer = JoinGroupResponse(errorCode: KafkaErrorCode.memberIdRequired.rawValue, memberId: "m")
        member.joined(.success(answer), now: 0, random: 0)
        guard case .join(let second)? = member.poll(now: 0).actions.first else { throw UnexpectedRequest() }
        #expect(second.memberId == "m")
    }

    @Test func `the leader shares out the partitions and sends them along`() throws {
        var member = Self.member()
        member.subscribe(["t"], now: 0)
        _ = member.poll(now: 0)
        let metadata = try ConsumerProtocolSubscription(topics: ["t"], userData: Bytes(utf8: "x")).encoded()
        member.joined(
            .success(
                JoinGroupResponse(
                    generationId: 1, leader: "m", memberId: "m",
                    members: [.init(memberId: "m", metadata: metadata), .init(memberId: "n", metadata: metadata)])),
            now: 0,
            random: 0)
        #expect(
            member.poll(now: 0).actions == [
                .computeAssignment(["m", "n"].map { GroupMember(id: $0, topics: ["t"], userData: Bytes(utf8: "x")) })
            ])
        member.assignmentComputed(
            .success([
                "m": MemberAssignment(partitions: [TopicPartition("t", 0)]), "n": MemberAssignment(partitions: []),
            ]),
            now: 0, random: 0)
        guard case .sync(let request)? = member.poll(now: 0).actions.first else { throw UnexpectedRequest() }
        #expect(request.generationId == 1 && request.assignments.map(\.memberId) == ["m", "n"])
        let assignment = try ConsumerProtocolAssignment(decoding: request.assignments[0].assignment)
        #expect(assignment.assignedPartitions == [.init(topic: "t", partitions: [0])])
    }

    @Test func `heartbeats go out at their interval, one at a time`() throws {
        var member = try Self.stable()
        #expect(member.poll(now: 50).deadline == 100)
        guard case .heartbeat(let request)? = member.poll(now: 100).actions.first else { throw UnexpectedRequest() }
        #expect(request.generationId == 1 && request.memberId == "m")
        #expect(member.poll(now: 300).actions.isEmpty)
        member.heartbeatAnswered(Self.heartbeat(), generation: 1, now: 310)
        #expect(member.poll(now: 310).deadline == 410)
    }

    @Test func `a rebalance waits until what is owned has been given back, with heartbeats going on`() throws {
        var member = try Self.stable()
        _ = member.poll(now: 100)
        member.heartbeatAnswered(Self.heartbeat(.rebalanceInProgress), generation: 1, now: 100)
        #expect(member.poll(now: 100).actions == [.revoked(Self.owned)])
        guard case .heartbeat? = member.poll(now: 200).actions.first else { throw UnexpectedRequest() }
        member.heartbeatAnswered(Self.heartbeat(.rebalanceInProgress), generation: 1, now: 200)
        #expect(member.poll(now: 200).actions.isEmpty)
        member.revocationAcknowledged(now: 250)
        guard case .join(let request)? = member.poll(now: 250).actions.first else { throw UnexpectedRequest() }
        #expect(request.memberId == "m")
        #expect(member.owned.isEmpty)
        // So that an assignor can leave it where it was.
        #expect(try Self.claimed(request) == Self.owned)
    }

    @Test func `what the group has given to others is not claimed again`() throws {
        var member = try Self.stable()
        _ = member.poll(now: 100)
        member.heartbeatAnswered(Self.heartbeat(.rebalanceInProgress), generation: 1, now: 100)
        _ = member.poll(now: 100)
        member.revocationAcknowledged(now: 250)
        _ = member.poll(now: 250)
        member.joined(.success(JoinGroupResponse(errorCode: KafkaErrorCode.unknownMemberId.rawValue)), now: 260, random: 0)
        guard case .join(let request)? = member.poll(now: 300).actions.first else { throw UnexpectedRequest() }
        #expect(try Self.claimed(request) == [])
    }

    /// The partitions that a member says it has.
    private static func claimed(_ request: JoinGroupRequest) throws -> [TopicPartition] {
        let metadata = try #require(request.protocols.first?.metadata)
        return try ConsumerProtocolSubscription(decoding: metadata).ownedPartitions.flatMap { topic in
            topic.partitions.map { TopicPartition(topic.topic, $0) }
        }
    }

    @Test(arguments: [KafkaErrorCode.unknownMemberId, .illegalGeneration])
    func `a group that has gone on takes everything`(_ code: KafkaErrorCode) throws {
        var member = try Self.stable()
        _ = member.poll(now: 100)
        member.heartbeatAnswered(Self.heartbeat(code), generation: 1, now: 100)
        let actions = member.poll(now: 100).actions
        #expect(actions.first == .lost(Self.owned))
        guard case .join(let request)? = actions.last else { throw UnexpectedRequest() }
        #expect(request.memberId == (code == .unknownMemberId ? "" : "m"))
        // The owner may still be giving back; that counts for nothing now.
        member.revocationAcknowledged(now: 100)
        #expect(member.state == .joining)
    }

    @Test func `trouble with the coordinator is waited out, longer each time`() {
        var member = Self.member()
        member.subscribe(["t"], now: 0)
        var now: Int64 = 0
        for wait in [10, 20, 40] as [Int64] {
            #expect(member.poll(now: now).actions.count == 1)
            let answer = JoinGroupResponse(errorCode: KafkaErrorCode.notCoordinator.rawValue)
            member.joined(.success(answer), now: now, random: 0)
            #expect(member.poll(now: now).deadline == now + wait)
            now += wait
        }
        member.heartbeatAnswered(Self.heartbeat(), generation: 0, now: now)
        #expect(member.poll(now: now).actions.count == 1)
    }

    @Test func `a heartbeat that is not answered does not cost the assignment`() throws {
        var member = try Self.stable()
        _ = member.poll(now: 100)
        member.heartbeatAnswered(.failure(KafkaError(.connection, "gone", isRetriable: true)), generation: 1, now: 120)
        #expect(member.isStable && member.poll(now: 120).actions.isEmpty)
    }

    @Test func `an answer to an earlier generation's heartbeat is ignored`() throws {
        var member = try Self.stable()
        _ = member.poll(now: 100)
        member.heartbeatAnswered(Self.heartbeat(.illegalGeneration), generation: 0, now: 100)
        #expect(member.isStable)
        #expect(member.poll(now: 100).actions.count == 1)
    }

    @Test func `a static member that is fenced has failed`() throws {
        var member = try Self.stable(instanceID: "static")
        _ = member.poll(now: 100)
        member.heartbeatAnswered(Self.heartbeat(.fencedInstanceId), generation: 1, now: 100)
        let actions = member.poll(now: 100).actions
        #expect(actions.first == .lost(Self.owned))
        guard case .failed(let error)? = actions.last else { throw UnexpectedRequest() }
        #expect(error.isFatal && error.code == .fenced)
        #expect(member.poll(now: 10000).actions.isEmpty)
    }

    @Test func `other topics give back what is owned and join again`() throws {
        var member = try Self.stable()
        member.subscribe(["t", "u"], now: 10)
        #expect(member.poll(now: 10).actions == [.revoked(Self.owned)])
        member.revocationAcknowledged(now: 20)
        #expect(member.poll(now: 20).actions.count == 1)
    }

    @Test func `topics that change during a join are joined for afterwards`() throws {
        var member = Self.member()
        member.subscribe(["t"], now: 0)
        _ = member.poll(now: 0)
        member.subscribe(["u"], now: 0)
        member.joined(.success(JoinGroupResponse(generationId: 1, leader: "o", memberId: "m")), now: 0, random: 0)
        _ = member.poll(now: 0)
        member.synced(.success(SyncGroupResponse()), now: 0, random: 0)
        let actions = member.poll(now: 0).actions
        #expect(actions.first == .assigned(MemberAssignment(partitions: [])))
        guard case .join(let request)? = actions.last else { throw UnexpectedRequest() }
        let subscription = try ConsumerProtocolSubscription(decoding: try #require(request.protocols.first?.metadata))
        #expect(subscription.topics == ["u"])
    }

    @Test func `a member leaves with its id, a static one without a word`() throws {
        var member = try Self.stable()
        member.leave()
        guard case .leave(let request)? = member.poll(now: 0).actions.first else { throw UnexpectedRequest() }
        #expect(request.members.map(\.memberId) == ["m"])
        #expect(member.state == .leaving)
        member.left()
        #expect(member.state == .outside)

        var fixed = try Self.stable(instanceID: "static")
        fixed.leave()
        #expect(fixed.poll(now: 0).actions.isEmpty && fixed.state == .outside)
    }

    @Test func `an assignor that fails for good ends the membership`() throws {
        var member = Self.member()
        member.subscribe(["t"], now: 0)
        _ = member.poll(now: 0)
        member.joined(.success(JoinGroupResponse(generationId: 1, leader: "m", memberId: "m")), now: 0, random: 0)
        _ = member.poll(now: 0)
        member.assignmentComputed(.failure(KafkaError(.invalidState, "no")), now: 0, random: 0)
        guard case .failed? = member.poll(now: 0).actions.last else { throw UnexpectedRequest() }
    }
}
