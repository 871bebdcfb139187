import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct VersionTests {
    /// Requests that do something on a broker with the topic `t`, and get answers with something in them.
    static func samples() throws -> [any KafkaRequest] {
        let records = try recordBatch(["a"])
        return [
            ApiVersionsRequest(), MetadataRequest(topics: [.init(name: "t")]), MetadataRequest(topics: nil),
            ProduceRequest(
                acks: 1, timeoutMs: 1000,
                topicData: [.init(name: "t", partitionData: [.init(index: 0, records: records), .init(index: 9)])]),
            FetchRequest(topics: [.init(topic: "t", partitions: [.init(partition: 0, partitionMaxBytes: 1 << 20)])]),
            FetchRequest(topics: [.init(topicId: KafkaUUID(high: 1, low: 1), partitions: [.init(partition: 0)])]),
            ListOffsetsRequest(
                topics: [
                    .init(name: "t", partitions: [.init(partitionIndex: 0, timestamp: -1), .init(partitionIndex: 9)])
                ]),
            OffsetForLeaderEpochRequest(topics: [.init(topic: "t", partitions: [.init(partition: 0, leaderEpoch: 0)])]),
            FindCoordinatorRequest(key: "g"), FindCoordinatorRequest(coordinatorKeys: ["g"]),
            JoinGroupRequest(
                groupId: "g", sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000, protocolType: "consumer",
                protocols: [.init(name: "range", metadata: [1])]),
            JoinGroupRequest(groupId: "g", sessionTimeoutMs: 0, protocolType: "consumer"),
            SyncGroupRequest(groupId: "g", memberId: "nobody"), HeartbeatRequest(groupId: "g", memberId: "nobody"),
            LeaveGroupRequest(groupId: "g", memberId: "nobody"),
            LeaveGroupRequest(groupId: "g", members: [.init(memberId: "nobody")]),
            OffsetCommitRequest(
                groupId: "h", topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 1)])]),
            OffsetFetchRequest(groupId: "h", topics: [.init(name: "t", partitionIndexes: [0, 1])]),
            OffsetFetchRequest(groups: [.init(groupId: "h", topics: [.init(name: "t", partitionIndexes: [0])])]),
            OffsetDeleteRequest(
                groupId: "h", topics: [.init(name: "t", partitions: [.init(partitionIndex: 0)])]),
            DescribeGroupsRequest(groups: ["g", "none"]), ListGroupsRequest(), DeleteGroupsRequest(groupsNames: ["x"]),
            CreateTopicsRequest(topics: [.init(name: "u", numPartitions: 1, replicationFactor: 1)], timeoutMs: 1000),
            CreatePartitionsRequest(topics: [.init(name: "t", count: 2)], timeoutMs: 1000, validateOnly: true),
            DeleteTopicsRequest(topicNames: ["none"], timeoutMs: 1000),
            DeleteTopicsRequest(topics: [.init(name: "none")], timeoutMs: 1000),
            DeleteRecordsRequest(
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, offset: 0)])], timeoutMs: 1000),
            DescribeConfigsRequest(resources: [
                .init(resourceType: 2, resourceName: "t", configurationKeys: nil),
                .init(resourceType: 4, resourceName: "1", configurationKeys: nil),
            ]),
            AlterConfigsRequest(resources: [
                .init(resourceType: 2, resourceName: "t", configs: [.init(name: "retention.ms", value: "-1")])
            ]),
            IncrementalAlterConfigsRequest(resources: [
                .init(resourceType: 2, resourceName: "t", configs: [.init(name: "retention.ms", value: "-1")])
            ]),
            DescribeLogDirsRequest(topics: nil), DescribeClusterRequest(),
            DescribeProducersRequest(topics: [
                .init(name: "t", partitionIndexes: [0, 9])
            ]),
            DescribeTopicPartitionsRequest(topics: [.init(name: "t")], responsePartitionLimit: 10),
            InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000),
            AddPartitionsToTxnRequest(
                v3AndBelowTransactionalId: "x", v3AndBelowProducerId: 99,
                v3AndBelowTopics: [.init(name: "t", partitions: [0])]),
            AddPartitionsToTxnRequest(transactions: [
                .init(transactionalId: "x", producerId: 99, topics: [.init(name: "t", partitions: [0])])
            ]),
            AddOffsetsToTxnRequest(transactionalId: "x", producerId: 99, groupId: "g"),
            TxnOffsetCommitRequest(
                transactionalId: "x", groupId: "g", producerId: 99,
                topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 1)])]),
            EndTxnRequest(transactionalId: "x", producerId: 99), ListTransactionsRequest(),
            WriteTxnMarkersRequest(markers: [
                .init(producerId: 99, topics: [.init(name: "t", partitionIndexes: [0, 9])])
            ]),
            DescribeUserScramCredentialsRequest(users: nil),
            AlterUserScramCredentialsRequest(deletions: [.init(name: "nobody", mechanism: 1)]),
            DescribeTransactionsRequest(transactionalIds: ["x", "none"]),
            DescribeAclsRequest(), CreateAclsRequest(creations: [.init()]), DeleteAclsRequest(filters: [.init()]),
            ElectLeadersRequest(topicPartitions: [.init(topic: "t", partitions: [0, 9])]),
            AlterPartitionReassignmentsRequest(topics: [
                .init(name: "t", partitions: [.init(partitionIndex: 0), .init(partitionIndex: 0, replicas: [1])])
            ]),
            ListPartitionReassignmentsRequest(topics: nil),
            AlterReplicaLogDirsRequest(dirs: [.init(path: "/", topics: [.init(name: "t", partitions: [0])])]),
            ConsumerGroupHeartbeatRequest(
                groupId: "c", memberId: "m", rebalanceTimeoutMs: 1000, subscribedTopicNames: ["t"], topicPartitions: []),
            ConsumerGroupDescribeRequest(groupIds: ["c", "none"]),
            DescribeClientQuotasRequest(),
            AlterClientQuotasRequest(entries: [.init(entity: [.init(entityType: "user")])]),
        ]
    }

    @Test func `every version that is offered of every API is answered`() async throws {
        try await withServer { broker, server in
            try await broker.transport(clientID: "test").createTopic("t")
            var answered: [APIKey: Set<Int16>] = [:]
            for sample in try Self.samples() {
                try await answer(sample, server, &answered)
            }
            for request in Broker.requests {
                #expect(
                    answered[request.apiKey, default: []] == Set(request.offeredVersions),
                    "\(request.apiKey): not answered in all versions")
            }
        }
    }

    private func answer<R: KafkaRequest>(
        _ request: R, _ server: BrokerServer, _ answered: inout [APIKey: Set<Int16>]
    ) async throws {
        let type = try #require(R.self as? any BrokerRequest.Type)
        for version in type.offeredVersions {
            // Not all samples can be said in all versions.
            guard (try? WireClient.frame(request, version: version)) != nil else { continue }
            let client = try await WireClient(server.address)
            do {
                _ = try await client.send(request, version: version)
                answered[R.apiKey, default: []].insert(version)
            } catch {
                Issue.record("\(R.apiKey) in version \(version): \(error)")
            }
            client.connection.close()
        }
    }
}
