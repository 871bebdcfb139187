import KafkaProtocol
import Testing

@testable import KafkaBroker

/// What a broker of one node answers about replicas, leaders, access and quotas.
@Suite struct PlacementTests {
    private func codes(_ errors: [Int16]) -> [KafkaErrorCode] { errors.map { KafkaErrorCode(rawValue: $0) } }

    @Test func `leaders need no election`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t", partitions: 2)
            for type: Int8 in [0, 1] {
                let some = try await client.send(
                    ElectLeadersRequest(
                        electionType: type,
                        topicPartitions: [
                            .init(topic: "t", partitions: [0, 1, 2, -1]), .init(topic: "missing", partitions: [0]),
                        ]))
                #expect(some.errorCode == 0 && some.replicaElectionResults.map(\.topic) == ["t", "missing"])
                #expect(
                    some.replicaElectionResults.map { codes($0.partitionResult.map(\.errorCode)) } == [
                        [.electionNotNeeded, .electionNotNeeded, .unknownTopicOrPartition, .unknownTopicOrPartition],
                        [.unknownTopicOrPartition],
                    ])
                let all = try await client.send(ElectLeadersRequest(electionType: type, topicPartitions: nil))
                #expect(all.errorCode == 0 && all.replicaElectionResults.isEmpty)
            }
            let odd = try await client.send(ElectLeadersRequest(electionType: 2))
            #expect(odd.errorCode == KafkaErrorCode.invalidRequest.rawValue)
        }
    }

    @Test func `partitions can be put where they are and nowhere else`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", partitions: 5)
            let answer = try await client.send(
                AlterPartitionReassignmentsRequest(topics: [
                    .init(
                        name: "t",
                        partitions: [[1], [2], [1, 1], [], nil].enumerated().map {
                            .init(partitionIndex: Int32($0.offset), replicas: $0.element)
                        } + [.init(partitionIndex: 9, replicas: [1])])
                ]))
            #expect(answer.errorCode == 0)
            #expect(
                answer.responses.map { codes($0.partitions.map(\.errorCode)) } == [
                    [
                        .none, .invalidReplicaAssignment, .invalidReplicaAssignment, .invalidReplicaAssignment,
                        .noReassignmentInProgress, .unknownTopicOrPartition,
                    ]
                ])
            let listed = try await client.send(ListPartitionReassignmentsRequest(topics: nil))
            #expect(listed.errorCode == 0 && listed.topics.isEmpty)

            let space = try await client.send(DescribeLogDirsRequest(topics: nil)).results
            let here = try #require(space.first?.logDir)
            #expect(here.hasPrefix("/") && space.count == 1)
            let moved = try await client.send(
                AlterReplicaLogDirsRequest(dirs: [
                    .init(path: here, topics: [.init(name: "t", partitions: [0, 7]), .init(name: "x", partitions: [0])]),
                    .init(path: "/nowhere", topics: [.init(name: "t", partitions: [0])]),
                ]))
            #expect(
                moved.results.map { codes($0.partitions.map(\.errorCode)) } == [
                    [.none, .replicaNotAvailable], [.replicaNotAvailable], [.logDirNotFound],
                ])
        }
    }

    @Test func `new partitions can be assigned to this node, as many as there are`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { broker, client async throws in
            try await client.createTopic("t", partitions: 1)
            func grow(to count: Int32, _ assignments: [[Int32]]?, times: Int = 1) async throws -> [KafkaErrorCode] {
                let topic = CreatePartitionsRequest.CreatePartitionsTopic(
                    name: "t", count: count, assignments: assignments?.map { .init(brokerIds: $0) })
                let answer = try await client.send(
                    CreatePartitionsRequest(topics: Array(repeating: topic, count: times), timeoutMs: 1000))
                return codes(answer.results.map(\.errorCode))
            }
            #expect(try await grow(to: 3, [[1]]) == [.invalidReplicaAssignment])
            #expect(try await grow(to: 3, [[1], [1], [1]]) == [.invalidReplicaAssignment])
            #expect(try await grow(to: 3, [[1], [2]]) == [.invalidReplicaAssignment])
            #expect(try await grow(to: 3, [[1], []]) == [.invalidReplicaAssignment])
            #expect(try await grow(to: 3, nil, times: 2) == [.invalidRequest, .invalidRequest])
            #expect(try await grow(to: 1, []) == [.invalidPartitions])
            #expect(broker.topics.topic("t")?.partitionCount == 1)
            #expect(try await grow(to: 3, [[1], [1]]) == [.none])
            #expect(broker.topics.topic("t")?.partitionCount == 3)
        }
    }

    @Test func `without an authorizer access control is disabled, and said to be`() async throws {
        try await withServer { _, server in
            let client = try await WireClient(server.address)
            let described = try await client.send(DescribeAclsRequest(resourceTypeFilter: 1))
            #expect(described.errorCode == KafkaErrorCode.securityDisabled.rawValue && described.errorMessage != nil)
            let created = try await client.send(CreateAclsRequest(creations: [.init(), .init()]))
            #expect(codes(created.results.map(\.errorCode)) == [.securityDisabled, .securityDisabled])
            let deleted = try await client.send(DeleteAclsRequest(filters: [.init()]))
            #expect(codes(deleted.filterResults.map(\.errorCode)) == [.securityDisabled])
        }
    }

    @Test func `there are no quotas, and none can be set`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            let all = try await client.send(DescribeClientQuotasRequest())
            #expect(all.errorCode == 0 && all.entries == [])
            let user = DescribeClientQuotasRequest.ComponentData(entityType: "user", matchType: 0, match: "alice")
            #expect(try await client.send(DescribeClientQuotasRequest(components: [user])).entries == [])
            for wrong in [
                [.init(entityType: "planet", matchType: 2)], [user, user],
                [.init(entityType: "user", matchType: 3)], [.init(entityType: "user", matchType: 1, match: "x")],
            ] as [[DescribeClientQuotasRequest.ComponentData]] {
                let refused = try await client.send(DescribeClientQuotasRequest(components: wrong))
                #expect(refused.errorCode == KafkaErrorCode.invalidRequest.rawValue && refused.entries == nil)
            }
            let altered = try await client.send(
                AlterClientQuotasRequest(entries: [
                    .init(entity: [.init(entityType: "user", entityName: nil)], ops: [.init(key: "producer_byte_rate", value: 1)])
                ]))
            #expect(codes(altered.entries.map(\.errorCode)) == [.invalidRequest])
            #expect(altered.entries.first?.entity.map(\.entityType) == ["user"])
            #expect(altered.entries.first?.errorMessage != nil)
        }
    }
}
