import KafkaNetwork
import KafkaProtocol
import Testing

@testable import KafkaBroker

/// Names that Swift holds for equal and Kafka does not are names of different things.
@Suite struct NameTests {
    private static let pairs = [("caf\u{e9}", "cafe\u{301}"), ("K", "\u{212a}")]

    @Test(arguments: pairs)
    func `groups of lookalike names have offsets of their own, after a restart too`(
        _ one: String, _ other: String
    ) async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("t")
            #expect(try await client.commit(one, "t", 3) == .none)
            #expect(try await client.commit(other, "t", 7) == .none)
        }
        try await withBroker(in: directory, endsBy: .abandoning) { _, client async throws in
            #expect(try await client.committed(one, "t").committedOffset == 3)
            #expect(try await client.committed(other, "t").committedOffset == 7)
            let listed = try await client.send(ListGroupsRequest()).groups.map { Name($0.groupId) }
            #expect(Set(listed) == [Name(one), Name(other)])
            let deleted = try await client.send(DeleteGroupsRequest(groupsNames: [one]))
            #expect(deleted.results.map(\.errorCode) == [0])
            #expect(try await client.committed(one, "t").committedOffset == -1)
            #expect(try await client.committed(other, "t").committedOffset == 7)
        }
    }

    @Test(arguments: pairs)
    func `lookalike transactional ids do not fence each other`(_ one: String, _ other: String) async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            func initialize(_ id: String) async throws -> InitProducerIdResponse {
                try await client.send(InitProducerIdRequest(transactionalId: id, transactionTimeoutMs: 1000))
            }
            let (first, second) = (try await initialize(one), try await initialize(other))
            #expect(first.producerId != second.producerId && first.producerEpoch == 0 && second.producerEpoch == 0)
            let again = try await initialize(one)
            #expect(again.producerId == first.producerId && again.producerEpoch == 1)
            let listed = try await client.send(ListTransactionsRequest()).transactionStates
            #expect(Set(listed.map { Name($0.transactionalId) }) == [Name(one), Name(other)])
        }
    }

    @Test(arguments: pairs)
    func `a lookalike of a member, an instance or a protocol is another one`(_ one: String, _ other: String) {
        var machine = GroupMachine()
        let first = machine.join(instance: Name(one), protocols: [(Name(one), "")])
        #expect(machine.joins[first]?.error == KafkaErrorCode.none)
        let refused = machine.join(protocols: [(Name(other), "")])
        #expect(machine.joins[refused]?.error == .inconsistentGroupProtocol)
        _ = machine.join(instance: Name(other), protocols: [(Name(one), "")])
        #expect(machine.group.classic.members.count == 2 && machine.group.classic.staticMembers.count == 2)
        let member = GroupMember(
            id: Name(one), clientID: "", clientHost: "", isInProcess: false, sessionTimeout: 1, rebalanceTimeout: 1,
            protocols: [])
        machine.group.classic.members = [Name(one): member]
        #expect(machine.heartbeat(Name(other), generation: 1) == .unknownMemberId)
    }

    @Test(arguments: pairs)
    func `users of lookalike names have passwords of their own`(_ one: String, _ other: String) throws {
        let directory = try TemporaryDirectory()
        let users = try UserRegistry(in: DataDirectory(preparing: directory.path))
        let credential = ScramCredential(salt: Bytes([1]), iterations: 4096, storedKey: Bytes([2]), serverKey: Bytes([3]))
        try users.apply([(Name(one), .sha256, credential)])
        #expect(users.credentials(of: Name(one)) != nil && users.credentials(of: Name(other)) == nil)
        try users.apply([(Name(other), .sha256, credential), (Name(one), .sha256, nil)])
        let reopened = try UserRegistry(in: DataDirectory(preparing: directory.path))
        #expect(Array(reopened.all.keys) == [Name(other)])
    }

    @Test func `a lookalike of a topic is not the topic`() async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory) { _, client async throws in
            try await client.createTopic("K")
            let sign = "\u{212a}"
            let written = try await client.produce(try recordBatch(["a"]), to: sign)
            #expect(written.errorCode == KafkaErrorCode.unknownTopicOrPartition.rawValue)
            #expect(try await client.fetch(sign).errorCode == KafkaErrorCode.unknownTopicOrPartition.rawValue)
            let deleted = try await client.send(DeleteTopicsRequest(topics: [.init(name: sign)]))
            #expect(deleted.responses.map(\.errorCode) == [KafkaErrorCode.unknownTopicOrPartition.rawValue])
            let created = try await client.send(
                CreateTopicsRequest(topics: [sign, "k"].map { .init(name: $0, numPartitions: 1, replicationFactor: 1) }))
            #expect(created.topics.map(\.errorCode) == [KafkaErrorCode.invalidTopicException.rawValue, 0])
            #expect(try await client.fetch("K").errorCode == 0)
        }
    }
}
