import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct ConsumerGroupRequestTests {
    private typealias Beat = ConsumerGroupHeartbeatRequest

    private func join(
        _ client: any KafkaTransport, _ member: String, group: String = "g", instance: String? = nil,
        topics: [String]? = ["t"], pattern: String? = nil
    ) async throws -> ConsumerGroupHeartbeatResponse {
        try await client.send(
            Beat(
                groupId: group, memberId: member, instanceId: instance, rebalanceTimeoutMs: 60_000,
                subscribedTopicNames: topics, subscribedTopicRegex: pattern, topicPartitions: []))
    }

    private func beat(
        _ client: any KafkaTransport, _ member: String, _ epoch: Int32, owned: [Int32]? = nil, topic: KafkaUUID = .zero
    ) async throws -> ConsumerGroupHeartbeatResponse {
        try await client.send(
            Beat(
                groupId: "g", memberId: member, memberEpoch: epoch,
                topicPartitions: owned.map { [.init(topicId: topic, partitions: $0)] }))
    }

    private func partitions(_ response: ConsumerGroupHeartbeatResponse) -> [Int32]? {
        response.assignment?.topicPartitions.flatMap(\.partitions)
    }

    @Test func `two members share, are described, and leave`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            let topic = try #require(broker.topics.topic("t")?.id)
            let first = try await join(client, "a")
            #expect(first.errorCode == 0)
            #expect(first.memberEpoch == 1)
            #expect(first.heartbeatIntervalMs == 5000)
            #expect(first.assignment?.topicPartitions.map(\.topicId) == [topic])
            #expect(partitions(first) == [0, 1])
            #expect(try await partitions(join(client, "b", instance: "i")) == [])
            #expect(try await partitions(beat(client, "a", 1)) == [0])

            let answer = try await client.send(ConsumerGroupDescribeRequest(groupIds: ["g", "none", ""]))
            #expect(answer.groups.map(\.errorCode) == [0, 69, 24])
            let described = answer.groups[0]
            #expect(described.groupState == "Reconciling")
            #expect(described.groupEpoch == 2)
            #expect(described.assignmentEpoch == 2)
            #expect(described.assignorName == "uniform")
            #expect(described.members.map(\.memberId) == ["a", "b"])
            #expect(described.members.map(\.instanceId) == [nil, "i"])
            #expect(described.members.map(\.memberEpoch) == [1, 2])
            #expect(described.members.map(\.memberType) == [1, 1])
            #expect(described.members[0].clientId == "test")
            #expect(
                described.members[0].assignment.topicPartitions == [
                    .init(topicId: topic, topicName: "t", partitions: [0])
                ])
            #expect(described.members[1].targetAssignment.topicPartitions.map(\.partitions) == [[1]])

            #expect(try await beat(client, "a", 1, owned: [0], topic: topic).memberEpoch == 2)
            #expect(try await partitions(beat(client, "b", 2)) == [1])
            #expect(try await beat(client, "b", -1).errorCode == 0)
            #expect(try await partitions(beat(client, "a", 2)) == [0, 1])
            #expect(try await beat(client, "b", 2).errorCode == KafkaErrorCode.unknownMemberId.rawValue)
        }
    }

    @Test func `groups are listed by type, and described as dead where the classic ones are asked for`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            _ = try await join(client, "a")
            #expect(try await client.commit("classic", "t", 1) == .none)
            func listed(_ types: [String], _ states: [String] = []) async throws -> [String] {
                try await client.send(ListGroupsRequest(statesFilter: states, typesFilter: types)).groups
                    .map { "\($0.groupId) \($0.protocolType) \($0.groupState) \($0.groupType)" }
            }
            #expect(try await listed([]) == ["classic  Empty classic", "g consumer Stable consumer"])
            #expect(try await listed(["Consumer"]) == ["g consumer Stable consumer"])
            #expect(try await listed(["classic"]) == ["classic  Empty classic"])
            #expect(try await listed(["share"]) == [])
            #expect(try await listed([], ["stable"]) == ["g consumer Stable consumer"])
            let described = try await client.send(DescribeGroupsRequest(groups: ["g", "none", "classic"])).groups
            #expect(described.map(\.groupState) == ["Dead", "Dead", "Empty"])
            #expect(described.map(\.errorCode) == [69, 69, 0])
            let classic = try await client.send(ConsumerGroupDescribeRequest(groupIds: ["classic"])).groups
            #expect(classic.map(\.errorCode) == [69])
        }
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            let answer = try await client.send(DescribeGroupsRequest(groups: ["none"]), version: 5)
            #expect(answer.groups.map(\.errorCode) == [0])
            #expect(answer.groups.map(\.groupState) == ["Dead"])
        }
    }

    @Test(arguments: [BrokerEnding.closing, .abandoning])
    func `members survive the broker's end and go on, those that do not come back are out`(
        _ ending: BrokerEnding
    ) async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        var before: ConsumerGroup?
        try await withBroker(in: directory, clock: clock.clock, endsBy: ending) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            _ = try await join(client, "a", instance: "i", topics: nil, pattern: "t.*")
            _ = try await join(client, "b")
            before = broker.groups.group("g")?.consumer
        }
        clock.advance(by: 100_000)
        try await withBroker(in: directory, clock: clock.clock) { broker, client async throws in
            let after = broker.groups.group("g")?.consumer
            #expect(after?.members == before?.members)
            #expect(after?.target == before?.target)
            #expect(after?.epoch == 2)
            let topic = try #require(broker.topics.topic("t")?.id)
            #expect(try await partitions(beat(client, "a", 1)) == [0])
            #expect(try await beat(client, "a", 1, owned: [0], topic: topic).memberEpoch == 2)
            clock.advance(by: 44_000)
            #expect(try await beat(client, "a", 2).errorCode == 0)
            clock.advance(by: 1000)
            while broker.groups.group("g")?.consumer?.members.count == 2 { await Task.yield() }
            #expect(try await partitions(beat(client, "a", 2)) == [0, 1])
        }
        try await withBroker(in: directory, clock: clock.clock) { broker, _ in
            #expect(broker.groups.group("g")?.consumer?.members.keys.sorted() == ["a"])
        }
    }

    @Test func `a member commits and fetches in its epoch`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            _ = try await join(client, "a")
            #expect(try await client.commit("g", "t", 5, generation: 1, member: "a") == .none)
            #expect(try await client.commit("g", "t", 6, generation: 0, member: "a") == .staleMemberEpoch)
            #expect(try await client.commit("g", "t", 6, generation: 2, member: "a") == .staleMemberEpoch)
            #expect(try await client.commit("g", "t", 6, generation: 1, member: "b") == .unknownMemberId)
            #expect(try await client.commit("g", "t", 6) == .unknownMemberId)
            func fetch(_ member: String?, _ epoch: Int32) async throws -> (KafkaErrorCode, Int64?) {
                let answer = try await client.send(
                    OffsetFetchRequest(groups: [
                        .init(
                            groupId: "g", memberId: member, memberEpoch: epoch,
                            topics: [.init(name: "t", partitionIndexes: [0])])
                    ]))
                let group = try #require(answer.groups.first)
                return (
                    KafkaErrorCode(rawValue: group.errorCode), group.topics.first?.partitions.first?.committedOffset
                )
            }
            #expect(try await fetch("a", 1) == (.none, 5))
            #expect(try await fetch(nil, -1) == (.none, 5))
            #expect(try await fetch("a", 2) == (.staleMemberEpoch, nil))
            #expect(try await fetch("b", 1) == (.unknownMemberId, nil))
            let offsets = OffsetDeleteRequest(
                groupId: "g", topics: [.init(name: "t", partitions: [.init(partitionIndex: 0)])])
            #expect(
                try await client.send(offsets).topics.first?.partitions.first?.errorCode
                    == KafkaErrorCode.groupSubscribedToTopic.rawValue)
            // An old request cannot tell the member that its epoch is stale.
            _ = try await beat(client, "a", -1)
            #expect(try await client.commit("g", "t", 7) == .none)
        }
        try await withServer { broker, server in
            let inside = broker.transport(clientID: "test")
            try await inside.createTopic("t")
            _ = try await join(inside, "a")
            let client = try await WireClient(server.address)
            let request = OffsetCommitRequest(
                groupId: "g", generationIdOrMemberEpoch: 1, memberId: "a",
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 1)])])
            for version: Int16 in [8, 9] {
                let answer = try await client.send(request, version: version)
                #expect(
                    answer.topics.first?.partitions.first?.errorCode
                        == (version < 9 ? KafkaErrorCode.unsupportedVersion.rawValue : 0))
            }
        }
    }

    @Test func `heartbeats that make no sense are refused`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            let good = Beat(
                groupId: "g", memberId: "a", rebalanceTimeoutMs: 1, subscribedTopicNames: ["t"], topicPartitions: [])
            let changes: [(inout Beat) -> Void] = [
                { $0.groupId = "" }, { $0.memberId = "" }, { $0.instanceId = "" }, { $0.rackId = "" },
                { $0.rebalanceTimeoutMs = -1 }, { $0.rebalanceTimeoutMs = -2 }, { $0.topicPartitions = nil },
                { $0.topicPartitions = [.init()] }, { $0.subscribedTopicNames = nil }, { $0.memberEpoch = -2 },
                { $0.memberEpoch = -3 }, { $0.memberEpoch = .min },
            ]
            for change in changes {
                var request = good
                change(&request)
                let answer = try await client.send(request)
                #expect(answer.errorCode == KafkaErrorCode.invalidRequest.rawValue)
                #expect(answer.errorMessage?.isEmpty == false)
            }
            var request = good
            request.serverAssignor = "sticky"
            #expect(try await client.send(request).errorCode == KafkaErrorCode.unsupportedAssignor.rawValue)
            #expect(
                try await join(client, "a", topics: nil, pattern: "(").errorCode
                    == KafkaErrorCode.invalidRegularExpression.rawValue)
            #expect(try await beat(client, "a", 1).errorCode == KafkaErrorCode.groupIdNotFound.rawValue)
            #expect(try await beat(client, "a", -1).errorCode == KafkaErrorCode.groupIdNotFound.rawValue)
            #expect(try await client.send(ListGroupsRequest()).groups.isEmpty)
        }
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            let nameless = Beat(groupId: "g", rebalanceTimeoutMs: 1, subscribedTopicNames: [], topicPartitions: [])
            let answer = try await client.send(nameless, version: 0)
            #expect(answer.errorCode == 0)
            #expect(KafkaUUID(answer.memberId ?? "") != nil)
        }
    }

    @Test func `an empty group can be deleted, or go on with the other protocol`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t")
            _ = try await join(client, "a")
            _ = try await join(client, "a", group: "h")
            #expect(try await client.commit("g", "t", 5, generation: 1, member: "a") == .none)
            var deleted = try await client.send(DeleteGroupsRequest(groupsNames: ["g", "h"]))
            #expect(deleted.results.map(\.errorCode) == [68, 68])
            for group in ["g", "h"] {
                _ = try await client.send(Beat(groupId: group, memberId: "a", memberEpoch: -1))
            }
            deleted = try await client.send(DeleteGroupsRequest(groupsNames: ["h"]))
            #expect(deleted.results.map(\.errorCode) == [0])
            let classic = try await client.send(
                JoinGroupRequest(
                    groupId: "g", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: "",
                    groupInstanceId: "i", protocolType: "consumer", protocols: [.init(name: "range")]))
            #expect(classic.errorCode == 0)
            #expect(classic.generationId == 1)
            #expect(broker.groups.group("g")?.typeName == "classic")
            _ = try await client.send(
                LeaveGroupRequest(groupId: "g", members: [.init(groupInstanceId: "i")]))
            #expect(try await join(client, "b").memberEpoch == 1)
            #expect(try await client.committed("g", "t").committedOffset == 5)
        }
        try await withBroker(in: directory) { broker, _ in
            #expect(broker.groups.all.map(\.typeName) == ["consumer"])
            #expect(broker.groups.group("g")?.consumer?.members.keys.sorted() == ["b"])
            #expect(broker.groups.group("g")?.classic.generation == 0)
        }
    }

    @Test func `classic members are taken over and given back through the broker`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", partitions: 2)
            let metadata = try ConsumerProtocolSubscription(topics: ["t"]).encoded()
            let joining = JoinGroupRequest(
                groupId: "g", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: "",
                groupInstanceId: "i", protocolType: "consumer", protocols: [.init(name: "range", metadata: metadata)])
            let member = try await client.send(joining)
            let assignment = ConsumerProtocolAssignment(assignedPartitions: [.init(topic: "t", partitions: [0, 1])])
            _ = try await client.send(
                SyncGroupRequest(
                    groupId: "g", generationId: 1, memberId: member.memberId, groupInstanceId: "i",
                    assignments: [.init(memberId: member.memberId, assignment: try assignment.encoded())]))
            #expect(try await partitions(join(client, "b")) == [])
            func heartbeat(_ generation: Int32) async throws -> KafkaErrorCode {
                let answer = try await client.send(
                    HeartbeatRequest(
                        groupId: "g", generationId: generation, memberId: member.memberId, groupInstanceId: "i"))
                return KafkaErrorCode(rawValue: answer.errorCode)
            }
            #expect(try await heartbeat(1) == .rebalanceInProgress)
            var again = joining
            again.memberId = member.memberId
            let joined = try await client.send(again)
            #expect(joined.generationId == 2)
            #expect(joined.protocolName == "range")
            let synced = try await client.send(
                SyncGroupRequest(groupId: "g", generationId: 2, memberId: member.memberId, groupInstanceId: "i"))
            #expect(synced.errorCode == 0)
            #expect(
                try ConsumerProtocolAssignment(decoding: synced.assignment).assignedPartitions
                    == [.init(topic: "t", partitions: [0])])
            #expect(try await heartbeat(2) == .none)
            #expect(try await client.commit("g", "t", 1, generation: 1, member: member.memberId) == .illegalGeneration)
            #expect(try await client.commit("g", "t", 1, generation: 2, member: member.memberId) == .none)
            let types = try await client.send(ConsumerGroupDescribeRequest(groupIds: ["g"])).groups[0].members
                .map(\.memberType)
            #expect(types.sorted() == [0, 1])
            #expect(try await beat(client, "b", -1).errorCode == 0)
            #expect(broker.groups.group("g")?.typeName == "classic")
            #expect(try await heartbeat(3) == .rebalanceInProgress)
        }
        try await withBroker(in: directory) { broker, _ in
            #expect(broker.groups.group("g")?.typeName == "classic")
            #expect(broker.groups.group("g")?.classic.generation == 3)
        }
    }

    @Test func `what cannot be written down has not happened`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { broker, client async throws in
            try await client.createTopic("t")
            _ = try await join(client, "a")
            let log = try #require(broker.topics.topic("__consumer_offsets")?.log(0))
            let size = log.configuration.maxMessageBytes
            log.configuration.maxMessageBytes = 1
            let refused = try await join(client, "b")
            #expect(refused.errorCode == KafkaErrorCode.coordinatorNotAvailable.rawValue)
            #expect(broker.groups.group("g")?.consumer?.members.count == 1)
            #expect(try await beat(client, "a", 1).errorCode == 0)
            #expect(try await beat(client, "a", -1).errorCode == KafkaErrorCode.coordinatorNotAvailable.rawValue)
            // Nor is anyone out; it is tried again later.
            clock.advance(by: 45_000)
            for _ in 0..<100 { await Task.yield() }
            #expect(broker.groups.group("g")?.consumer?.members.count == 1)
            log.configuration.maxMessageBytes = size
            while broker.groups.group("g")?.hasNoMembers == false {
                clock.advance(by: 1000)
                await Task.yield()
            }
        }
    }
}
