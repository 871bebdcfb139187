import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

/// The broker's own records each number of which is, in turn, at the ends of its range: it starts, and does with them what it
/// does with others.
@Suite struct OwnRecordBoundaryTests {
    private let clock = ManualClock()

    /// Writes entries for groups "g0", "g1"... and transactional ids "x0", "x1"... into the broker's own logs, opens it again
    /// and uses each of them.
    private func use(
        _ groupEntries: [[InternalLog.Entry]] = [], _ transactionEntries: [InternalLog.Entry] = []
    ) async throws {
        let directory = try TemporaryDirectory(inMemory: true)
        let count = max(groupEntries.count, transactionEntries.count)
        try await withBroker(in: directory, clock: clock.clock, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t")
            try broker.groups.log.append(Array(groupEntries.joined()))
            try broker.transactions.log.append(transactionEntries)
        }
        for _ in 0..<2 {
            try await withBroker(in: directory, clock: clock.clock, endsBy: .abandoning) { broker, client async throws in
                #expect(try await client.commit("other", "t", 5) == KafkaErrorCode.none)
                for number in 0..<count {
                    if !groupEntries.isEmpty { try await useGroup("g\(number)", client) }
                    if !transactionEntries.isEmpty { try await useTransaction("x\(number)", client) }
                }
                broker.groups.expireOffsets()
                broker.transactions.expireIDs()
                clock.advance(by: 100_000_000)
                await Task.yield()
                #expect(try await client.committed("other", "t").committedOffset == 5)
            }
        }
    }

    private func useGroup(_ id: String, _ client: any KafkaTransport) async throws {
        _ = try await client.committed(id, "t")
        _ = try await client.send(HeartbeatRequest(groupId: id, generationId: 1, memberId: "m"))
        _ = try await client.send(DescribeGroupsRequest(groups: [id]))
        _ = try await client.commit(id, "t", 7, generation: 1, member: "m")
        _ = try await client.send(LeaveGroupRequest(groupId: id, members: [.init(memberId: "m")]))
        _ = try await client.send(DescribeGroupsRequest(groups: [id]))
    }

    private func useTransaction(_ id: String, _ client: any KafkaTransport) async throws {
        _ = try await client.send(DescribeTransactionsRequest(transactionalIds: [id]))
        _ = try await client.send(ListTransactionsRequest())
        let producer = try await client.send(InitProducerIdRequest(transactionalId: id, transactionTimeoutMs: 1000))
        for epoch in [producer.producerEpoch, .max, .min, -1] {
            for committed in [true, false] {
                _ = try await client.send(
                    EndTxnRequest(
                        transactionalId: id, producerId: producer.producerId, producerEpoch: epoch, committed: committed))
            }
        }
    }

    @Test func `committed offsets are taken as they are`() async throws {
        var random = SeededGenerator(seed: 1)
        let fields: [BoundaryField<CommittedOffset>] = [
            .init("offset", \.offset), .init("leaderEpoch", \.leaderEpoch), .init("timestamp", \.timestamp),
        ]
        let variants = boundaryVariants(of: CommittedOffset(offset: 5), fields, pairs: 50, using: &random)
        try await use(
            variants.enumerated().map { number, variant in
                let group = Name("g\(number)")
                let records: [GroupRecord] = [
                    .offset(group: group, TopicPartition("t", 0), variant.root),
                    .pendingOffset(producerID: 7, group: group, TopicPartition("t", 0), variant.root),
                    .offset(group: group, TopicPartition("t", Int32(truncatingIfNeeded: variant.root.offset)), variant.root),
                ]
                return try records.map { try $0.encoded() }
            })
    }

    /// A group of one member, as it is written down.
    private struct ForgedGroup {
        var version: Int16 = 3
        var generation: Int32 = 1
        var leaderLength: Int16 = 1
        var timestamp: Int64 = 1_000_000
        var memberCount: Int32 = 1
        var rebalanceTimeout: Int32 = 10_000
        var sessionTimeout: Int32 = 10_000
        var assignmentLength: Int32 = 0

        func entry(_ id: String) throws -> InternalLog.Entry {
            var key = ByteWriter()
            key.write(2 as Int16)
            try key.write(id, compact: false)
            var value = ByteWriter()
            value.write(version)
            try value.write("consumer", compact: false)
            value.write(generation)
            try value.write("range", compact: false)
            value.write(leaderLength)
            value.write(utf8: "m")
            value.write(timestamp)
            value.write(memberCount)
            try value.write("m", compact: false)
            value.write(-1 as Int16)
            try value.write("client", compact: false)
            try value.write("/host", compact: false)
            value.write(rebalanceTimeout)
            value.write(sessionTimeout)
            value.write(0 as Int32)
            value.write(assignmentLength)
            return (key.finish(), value.finish())
        }
    }

    @Test func `groups go on, or begin anew`() async throws {
        let good = try ForgedGroup().entry("g")
        #expect(try GroupRecord(key: good.key, value: good.value) != nil)
        var random = SeededGenerator(seed: 3)
        let fields: [BoundaryField<ForgedGroup>] = [
            .init("version", \.version), .init("generation", \.generation), .init("leaderLength", \.leaderLength),
            .init("timestamp", \.timestamp), .init("memberCount", \.memberCount),
            .init("rebalanceTimeout", \.rebalanceTimeout), .init("sessionTimeout", \.sessionTimeout),
            .init("assignmentLength", \.assignmentLength),
        ]
        let variants = boundaryVariants(of: ForgedGroup(), fields, pairs: 50, using: &random)
        try await use(variants.enumerated().map { [try $1.root.entry("g\($0)")] })
    }

    @Test func `transactions are ended or refused`() async throws {
        var random = SeededGenerator(seed: 2)
        let fields: [BoundaryField<Transaction>] = [
            .init("producerID", \.producerID), .init("producerEpoch", \.producerEpoch),
            .init("lastProducerEpoch", \.lastProducerEpoch), .init("previousProducerID", \.previousProducerID),
            .init("nextProducerID", \.nextProducerID), .init("timeout", \.timeout), .init("startTime", \.startTime),
            .init("lastUpdate", \.lastUpdate),
        ]
        for state in Transaction.State.allCases {
            var base = Transaction(id: Name("x"), producerID: 5)
            base.state = state
            base.producerEpoch = 3
            base.partitions = [TopicPartition("t", 0)]
            base.groups = [Name("g")]
            let variants = boundaryVariants(of: base, fields, pairs: 50, using: &random)
            try await use(
                [],
                variants.enumerated().map { number, variant in
                    var key = ByteWriter()
                    key.write(0 as Int16)
                    try key.write("x\(number)", compact: false)
                    return (key.finish(), try variant.root.encoded().value)
                })
        }
    }
}
