import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct AuthorizerTests {
    private static let topic = KafkaErrorCode.topicAuthorizationFailed.rawValue
    private static let group = KafkaErrorCode.groupAuthorizationFailed.rawValue
    private static let cluster = KafkaErrorCode.clusterAuthorizationFailed.rawValue
    private static let transactionalID = KafkaErrorCode.transactionalIdAuthorizationFailed.rawValue

    /// Runs `body` with a client that is nobody, and a broker that allows what the rules do.
    private func withNobody<R>(
        allowed rules: [ACLBinding] = [], _ change: (inout AuthorizerConfiguration) -> Void = { _ in },
        _ body: (Broker, WireClient, BrokerServer) async throws -> R
    ) async throws -> R {
        var configuration = BrokerConfiguration()
        var authorizer = AuthorizerConfiguration()
        change(&authorizer)
        configuration.authorizer = authorizer
        return try await withServer(configuration) { broker, server in
            try broker.access.add(rules)
            try await broker.transport(clientID: "test").createTopic("t")
            return try await body(broker, try await WireClient(server.address), server)
        }
    }

    private func allow(_ operation: ACLOperation, _ type: ACLResourceType, _ name: String) -> ACLBinding {
        ACLBinding(.allow, "User:ANONYMOUS", operation, on: type, name)
    }

    /// The error codes in an answer, wherever they are, but those that say that nothing is wrong.
    private func errors(in value: Any) -> Set<Int16> {
        var found: Set<Int16> = []
        for child in Mirror(reflecting: value).children {
            if child.label?.lowercased().hasSuffix("errorcode") == true, let code = child.value as? Int16 {
                if code != 0 { found.insert(code) }
            } else {
                found.formUnion(errors(in: child.value))
            }
        }
        return found
    }

    private func send<R: KafkaRequest>(_ request: R, version: Int16, to server: BrokerServer) async throws -> Set<Int16>? {
        guard (try? WireClient.frame(request, version: version)) != nil else { return nil }
        let client = try await WireClient(server.address)
        defer { client.connection.close() }
        return errors(in: try await client.send(request, version: version))
    }

    @Test func `who may do nothing is refused by every API in every version, as not authorized`() async throws {
        // These tell nothing of what one may not see, or what everybody may know.
        let silent: Set<APIKey> = [.apiVersions, .describeCluster, .listGroups, .listTransactions]
        let codes: Set = [Self.topic, Self.group, Self.cluster, Self.transactionalID]
        try await withNobody { broker, _, server async throws in
            for sample in try VersionTests.samples() {
                let type = try #require(Swift.type(of: sample) as? any BrokerRequest.Type)
                let seesAll = (sample as? MetadataRequest).map { $0.topics == nil } ?? false
                let isUnknown = (sample as? FetchRequest)?.topics.first.map { $0.topicId != .zero } ?? false
                for version in type.offeredVersions {
                    // What this sample says has no place there.
                    if let deletion = sample as? DeleteTopicsRequest, !deletion.topicNames.isEmpty, version >= 6 { continue }
                    guard let errors = try await send(sample, version: version, to: server) else { continue }
                    if silent.contains(type.apiKey) || seesAll {
                        #expect(errors.isEmpty, "\(type) in version \(version): \(errors)")
                    } else if !isUnknown {
                        #expect(!errors.isEmpty && errors.isSubset(of: codes), "\(type) in version \(version): \(errors)")
                    }
                }
            }
            #expect(broker.topics.topic("u") == nil)
        }
    }

    @Test func `super users may do everything, and so may who has the broker in its process`() async throws {
        try await withNobody {
            $0.superUsers = ["User:ANONYMOUS"]
        } _: { broker, client, _ async throws in
            #expect(try await client.send(MetadataRequest(topics: nil)).topics.map(\.name).contains("t"))
            let made = try await client.send(
                CreateTopicsRequest(topics: [.init(name: "u", numPartitions: 1, replicationFactor: 1)], timeoutMs: 1000))
            #expect(errors(in: made).isEmpty)
        }
        try await withNobody { broker, _, _ async throws in
            let all = try await broker.transport(clientID: "own").send(MetadataRequest(topics: nil)).topics
            #expect(all.map(\.name).contains("t"))
        }
    }

    @Test func `topics that one may not see look alike, whether they are there or not`() async throws {
        try await withNobody(allowed: [allow(.describe, .topic, "seen")]) { broker, client, _ async throws in
            try await broker.transport(clientID: "own").createTopic("seen")
            let names = ["t", "none", "seen"].map { MetadataRequest.MetadataRequestTopic(name: $0) }
            let answer = try await client.send(MetadataRequest(topics: names, allowAutoTopicCreation: true))
            let codes = Dictionary(uniqueKeysWithValues: answer.topics.map { ($0.name, $0.errorCode) })
            #expect(codes == ["t": Self.topic, "none": Self.topic, "seen": 0])
            #expect(try await client.send(MetadataRequest(topics: nil)).topics.map(\.name) == ["seen"])
            let pages = try await client.send(DescribeTopicPartitionsRequest(responsePartitionLimit: 10))
            #expect(pages.topics.map(\.name) == ["seen"])
        }
    }

    @Test func `topics are made by asking only for who may make them`() async throws {
        try await withNobody(allowed: [allow(.describe, .topic, "*"), allow(.create, .topic, "mine")]) { broker, client, _ async throws in
            let answer = try await client.send(
                MetadataRequest(topics: [.init(name: "mine"), .init(name: "other")], allowAutoTopicCreation: true))
            let codes = Dictionary(uniqueKeysWithValues: answer.topics.map { ($0.name, $0.errorCode) })
            #expect(codes == ["mine": 0, "other": Self.topic])
            #expect(broker.topics.topic("mine") != nil && broker.topics.topic("other") == nil)
        }
    }

    @Test func `of several topics those that are allowed are served`() async throws {
        try await withNobody(allowed: [allow(.write, .topic, "t")]) { broker, client, _ async throws in
            try await broker.transport(clientID: "own").createTopic("other")
            let data = try ["t", "other"].map { name in
                ProduceRequest.TopicProduceData(
                    name: name, partitionData: [.init(index: 0, records: try recordBatch(["a"]))])
            }
            let answer = try await client.send(ProduceRequest(acks: 1, timeoutMs: 1000, topicData: data))
            let codes = answer.responses.map { ($0.name, $0.partitionResponses.map(\.errorCode)) }
            #expect(Dictionary(uniqueKeysWithValues: codes) == ["t": [0], "other": [Self.topic]])
            #expect(broker.topics.log(TopicPartition("other", 0))?.highWatermark == 0)
        }
    }

    @Test func `a fetch session asks at each fetch`() async throws {
        let rule = allow(.read, .topic, "t")
        try await withNobody(allowed: [rule]) { broker, client, _ async throws in
            let topic = FetchRequest.FetchTopic(topic: "t", partitions: [.init(partition: 0, partitionMaxBytes: 1 << 20)])
            let first = try await client.send(FetchRequest(maxWaitMs: 0, sessionEpoch: 0, topics: [topic]), version: 12)
            #expect(errors(in: first).isEmpty && first.sessionId != 0)
            #expect(try broker.access.remove([ACLFilter()]).map(\.count) == [1])
            for epoch in 1...2 as ClosedRange<Int32> {
                let next = FetchRequest(maxWaitMs: 0, sessionId: first.sessionId, sessionEpoch: epoch, topics: [])
                #expect(errors(in: try await client.send(next, version: 12)) == [Self.topic])
            }
        }
    }

    @Test func `committing needs the group and the topic`() async throws {
        let commit = OffsetCommitRequest(
            groupId: "g", topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, committedOffset: 0)])])
        try await withNobody(allowed: [allow(.read, .topic, "t")]) { _, client, _ async throws in
            #expect(errors(in: try await client.send(commit)) == [Self.group])
        }
        try await withNobody(allowed: [allow(.read, .group, "g")]) { _, client, _ async throws in
            #expect(errors(in: try await client.send(commit)) == [Self.topic])
        }
        try await withNobody(allowed: [allow(.read, .group, "g"), allow(.read, .topic, "t")]) { _, client, _ async throws in
            #expect(errors(in: try await client.send(commit)).isEmpty)
            let all = try await client.send(OffsetFetchRequest(groups: [.init(groupId: "g", topics: nil)]))
            #expect(all.groups.first?.topics.map(\.name) == ["t"])
        }
    }

    @Test func `producers without duplicates may write to a topic, or be allowed to`() async throws {
        let request = InitProducerIdRequest(transactionalId: nil, transactionTimeoutMs: 1000)
        try await withNobody { broker, client, _ async throws in
            #expect(try await client.send(request).errorCode == Self.cluster)
            try broker.access.add([allow(.write, .topic, "t")])
            #expect(try await client.send(request).errorCode == 0)
        }
        try await withNobody(allowed: [allow(.idempotentWrite, .cluster, ACLBinding.clusterName)]) { _, client, _ async throws in
            #expect(try await client.send(request).errorCode == 0)
            let transactional = InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000)
            #expect(try await client.send(transactional).errorCode == Self.transactionalID)
        }
    }

    @Test func `the operations that are allowed are told to who asks`() async throws {
        try await withNobody(allowed: [allow(.read, .topic, "t"), allow(.describe, .group, "g")]) { _, client, _ async throws in
            let described = try await client.send(
                MetadataRequest(topics: [.init(name: "t")], includeTopicAuthorizedOperations: true))
            #expect(described.topics.map(\.topicAuthorizedOperations) == [1 << 3 | 1 << 8])
            let groups = try await client.send(DescribeGroupsRequest(groups: ["g"], includeAuthorizedOperations: true), version: 5)
            #expect(groups.groups.map(\.authorizedOperations) == [.min])
        }
    }

    @Test func `rules are made, listed and removed by requests`() async throws {
        let administers = [ACLOperation.alter, .describe].map { allow($0, .cluster, ACLBinding.clusterName) }
        try await withNobody(allowed: administers) { _, client, _ async throws in
            func creation(_ principal: String, _ type: Int8 = 2, pattern: Int8 = 3) -> CreateAclsRequest.AclCreation {
                .init(
                    resourceType: type, resourceName: "orders", resourcePatternType: pattern, principal: principal, host: "*",
                    operation: 3, permissionType: 3)
            }
            let made = try await client.send(
                CreateAclsRequest(creations: [
                    creation("User:alice"), creation("alice"), creation("User:alice", 9), creation("User:alice", pattern: 4),
                ]))
            let invalid = KafkaErrorCode.invalidRequest.rawValue
            #expect(made.results.map(\.errorCode) == [0, invalid, invalid, 0])
            let filter = DescribeAclsRequest(
                resourceTypeFilter: 2, resourceNameFilter: nil, patternTypeFilter: 1, operation: 1, permissionType: 1)
            let listed = try await client.send(filter)
            #expect(listed.resources.map(\.patternType) == [3, 4])
            #expect(listed.resources.flatMap(\.acls).map(\.principal) == ["User:alice", "User:alice"])
            let removed = try await client.send(
                DeleteAclsRequest(filters: [
                    .init(resourceTypeFilter: 2, patternTypeFilter: 4, operation: 1, permissionType: 1),
                    .init(resourceTypeFilter: 77, patternTypeFilter: 1, operation: 1, permissionType: 1),
                ]))
            #expect(removed.filterResults.map(\.errorCode) == [0, invalid])
            #expect(removed.filterResults.map(\.matchingAcls.count) == [1, 0])
            #expect(try await client.send(filter).resources.map(\.patternType) == [3])
        }
    }
}
