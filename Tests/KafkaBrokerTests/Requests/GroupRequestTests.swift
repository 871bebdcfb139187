import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct GroupRequestTests {
    private func join(
        _ client: any KafkaTransport, _ member: String, session: Int32 = 1_800_000
    ) async throws -> JoinGroupResponse {
        try await client.send(
            JoinGroupRequest(
                groupId: "g", sessionTimeoutMs: session, rebalanceTimeoutMs: 1_800_000, memberId: member,
                protocolType: "consumer", protocols: [.init(name: "range", metadata: Bytes(utf8: "meta"))]))
    }

    /// Joins as Kafka's clients do: once for the id, then with it.
    private func joinAnew(_ client: any KafkaTransport, session: Int32 = 1_800_000) async throws -> JoinGroupResponse {
        let first = try await join(client, "", session: session)
        #expect(first.errorCode == KafkaErrorCode.memberIdRequired.rawValue)
        return try await join(client, first.memberId, session: session)
    }

    private func sync(
        _ client: any KafkaTransport, _ member: String, _ generation: Int32, _ assignments: [String: String] = [:]
    ) async throws -> SyncGroupResponse {
        try await client.send(
            SyncGroupRequest(
                groupId: "g", generationId: generation, memberId: member,
                assignments: assignments.map { .init(memberId: $0.key, assignment: Bytes(utf8: $0.value)) }))
    }

    private func heartbeat(_ client: any KafkaTransport, _ member: String, _ generation: Int32) async throws
        -> KafkaErrorCode
    {
        let response = try await client.send(HeartbeatRequest(groupId: "g", generationId: generation, memberId: member))
        return KafkaErrorCode(rawValue: response.errorCode)
    }

    @Test func `two members share, and the one that stays gets all`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            let first = try await joinAnew(client)
            #expect(first.leader == first.memberId)
            _ = try await sync(client, first.memberId, 1, [first.memberId: "all"])

            async let second = joinAnew(client)
            while try await heartbeat(client, first.memberId, 1) == .none { await Task.yield() }
            let leader = try await join(client, first.memberId)
            let follower = try await second
            #expect(leader.generationId == 2)
            #expect(leader.members.count == 2)
            #expect(follower.members.isEmpty)
            async let waiting = sync(client, follower.memberId, 2)
            _ = try await sync(client, leader.memberId, 2, [leader.memberId: "a", follower.memberId: "b"])
            #expect(try await waiting.assignment.string == "b")

            let described = try await client.send(DescribeGroupsRequest(groups: ["g", "none"]))
            #expect(described.groups.map(\.groupState) == ["Stable", "Dead"])
            #expect(described.groups[0].members.map(\.memberAssignment.string) == ["a", "b"])
            let left = try await client.send(
                LeaveGroupRequest(groupId: "g", members: [.init(memberId: leader.memberId)]))
            #expect(left.members.map(\.errorCode) == [0])
            #expect(try await heartbeat(client, follower.memberId, 2) == .rebalanceInProgress)
            let alone = try await join(client, follower.memberId)
            #expect(alone.leader == follower.memberId)
            #expect(alone.generationId == 3)
        }
    }

    @Test func `a member that is silent for its session is replaced`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { _, client async throws in
            let silent = try await joinAnew(client, session: 1000)
            _ = try await sync(client, silent.memberId, 1, [silent.memberId: "all"])
            let id = try await join(client, "").memberId
            async let next = join(client, id)
            while try await heartbeat(client, silent.memberId, 1) == .none { await Task.yield() }
            clock.advance(by: 1000)
            let joined = try await next
            #expect(joined.leader == id)
            #expect(joined.members.map(\.memberId) == [id])
            #expect(try await heartbeat(client, silent.memberId, 1) == .unknownMemberId)
        }
    }

    @Test func `a join that is cancelled leaves nobody waiting`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            let member = try await joinAnew(client)
            _ = try await sync(client, member.memberId, 1, [member.memberId: "all"])
            let id = try await join(client, "").memberId
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do {
                        _ = try await join(client, id)
                        return false
                    } catch { return error is CancellationError }
                }
                while (try? await heartbeat(client, member.memberId, 1)) == KafkaErrorCode.none { await Task.yield() }
                group.cancelAll()
                #expect(await group.next() == true)
            }
            #expect(broker.groups.group("g")?.classic.members[Name(id)]?.isWaiting == false)
        }
    }

    @Test func `requests that make no sense are refused`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            #expect(try await join(client, "", session: 1).errorCode == KafkaErrorCode.invalidSessionTimeout.rawValue)
            #expect(try await join(client, "x").errorCode == KafkaErrorCode.unknownMemberId.rawValue)
            let nameless = try await client.send(JoinGroupRequest(sessionTimeoutMs: 10_000))
            #expect(nameless.errorCode == KafkaErrorCode.invalidGroupId.rawValue)
            #expect(try await heartbeat(client, "x", 1) == .unknownMemberId)
        }
    }

    @Test func `offsets with their metadata survive a crash`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
            try await client.createTopic("t")
            for offset: Int64 in 1...20 {
                #expect(try await client.commit("g", "t", offset, metadata: "m\(offset)") == .none)
            }
            #expect(try await client.commit("g", "none", 1) == .unknownTopicOrPartition)
            #expect(
                try await client.commit("g", "t", 1, metadata: String(repeating: "x", count: 5000))
                    == .offsetMetadataTooLarge)
            #expect(try await client.commit("h", "t", 1, generation: 3, member: "m") == .groupIdNotFound)
        }
        try await withBroker(in: directory) { _, client async throws in
            let found = try await client.committed("g", "t")
            #expect(found.committedOffset == 20)
            #expect(found.metadata == "m20")
            let all = try await client.send(OffsetFetchRequest(groups: [.init(groupId: "g", topics: nil)]))
            #expect(all.groups.first?.topics.map(\.name) == ["t"])
            let listed = try await client.send(ListGroupsRequest())
            #expect(listed.groups.map(\.groupId) == ["g"])
            #expect(listed.groups.map(\.groupState) == ["Empty"])
        }
    }

    @Test func `a group comes back empty with its generation, as its members died with the process`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
            let member = try await joinAnew(client)
            _ = try await sync(client, member.memberId, 1, [member.memberId: "all"])
        }
        try await withBroker(in: directory) { broker, client async throws in
            #expect(broker.groups.group("g")?.classic.state == .empty)
            let member = try await joinAnew(client)
            #expect(member.generationId == 2)
        }
    }

    @Test func `groups and offsets can be deleted when nobody uses them`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            let member = try await joinAnew(client)
            _ = try await sync(client, member.memberId, 1, [member.memberId: "all"])
            #expect(try await client.commit("g", "t", 5, generation: 1, member: member.memberId) == .none)
            var deleted = try await client.send(DeleteGroupsRequest(groupsNames: ["g", "none"]))
            #expect(
                deleted.results.map(\.errorCode) == [KafkaErrorCode.nonEmptyGroup, .groupIdNotFound].map(\.rawValue))
            _ = try await client.send(LeaveGroupRequest(groupId: "g", members: [.init(memberId: member.memberId)]))
            let offsets = try await client.send(
                OffsetDeleteRequest(groupId: "g", topics: [.init(name: "t", partitions: [.init(partitionIndex: 0)])]))
            #expect(offsets.topics.first?.partitions.first?.errorCode == 0)
            #expect(try await client.committed("g", "t").committedOffset == -1)
            deleted = try await client.send(DeleteGroupsRequest(groupsNames: ["g"]))
            #expect(deleted.results.map(\.errorCode) == [0])
        }
        try await withBroker(in: directory) { broker, _ in #expect(broker.groups.all.isEmpty) }
    }
}
