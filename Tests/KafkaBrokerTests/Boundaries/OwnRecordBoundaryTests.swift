import KafkaProtocol
import TestSupport
import Testing

@testable import KafkaBroker

/// The broker's own records each number of which is, in turn, at the ends of its range: it starts, and does with them what it
/// does with others.
@Suite struct OwnRecordBoundaryTests {
    private let clock = ManualClock()

    /// Writes the entries into the broker's own logs, opens it again and uses it.
    private func use(
        _ groupEntries: [InternalLog.Entry] = [], _ transactionEntries: [InternalLog.Entry] = [], _ what: Comment
    ) async throws {
        let directory = try TemporaryDirectory()
        try await withBroker(in: directory, clock: clock.clock, endsBy: .abandoning) { broker, client async throws in
            try await client.createTopic("t")
            try broker.groups.log.append(groupEntries)
            try broker.transactions.log.append(transactionEntries)
        }
        for _ in 0..<2 {
            try await withBroker(in: directory, clock: clock.clock, endsBy: .abandoning) { broker, client async throws in
                _ = try await client.committed("g", "t")
                #expect(try await client.commit("other", "t", 5) == KafkaErrorCode.none, what)
                let member = JoinGroupRequest(
                    groupId: "g", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: "consumer",
                    protocols: [.init(name: "range")])
                _ = try await client.send(HeartbeatRequest(groupId: "g", generationId: 1, memberId: "m"))
                _ = try await client.send(DescribeGroupsRequest(groups: ["g"]))
                _ = try await client.send(LeaveGroupRequest(groupId: "g", members: [.init(memberId: "m")]))
                _ = try await client.send(member)
                _ = try await client.send(DescribeTransactionsRequest(transactionalIds: ["x"]))
                _ = try await client.send(ListTransactionsRequest())
                let producer = try await client.send(
                    InitProducerIdRequest(transactionalId: "x", transactionTimeoutMs: 1000))
                for epoch in [producer.producerEpoch, .max, .min, -1] {
                    for committed in [true, false] {
                        _ = try await client.send(
                            EndTxnRequest(
                                transactionalId: "x", producerId: producer.producerId, producerEpoch: epoch,
                                committed: committed))
                    }
                }
                broker.groups.expireOffsets()
                broker.transactions.expireIDs()
                clock.advance(by: 100_000_000)
                await Task.yield()
                #expect(try await client.committed("other", "t").committedOffset == 5, what)
            }
        }
    }

    @Test func `committed offsets are taken as they are`() async throws {
        var random = SeededGenerator(seed: 1)
        let fields: [BoundaryField<CommittedOffset>] = [
            .init("offset", \.offset), .init("leaderEpoch", \.leaderEpoch), .init("timestamp", \.timestamp),
        ]
        for (name, offset) in boundaryVariants(of: CommittedOffset(offset: 5), fields, pairs: 20, using: &random) {
            let records: [GroupRecord] = [
                .offset(group: Name("g"), TopicPartition("t", 0), offset),
                .pendingOffset(producerID: 7, group: Name("g"), TopicPartition("t", 0), offset),
                .offset(group: Name("g"), TopicPartition("t", Int32(truncatingIfNeeded: offset.offset)), offset),
            ]
            try await use(try records.map { try $0.encoded() }, [], "\(name)")
        }
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

        var entry: InternalLog.Entry {
            get throws {
                var key = ByteWriter()
                key.write(2 as Int16)
                try key.write("g", compact: false)
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
    }

    @Test func `groups go on, or begin anew`() async throws {
        #expect(try GroupRecord(key: ForgedGroup().entry.key, value: ForgedGroup().entry.value) != nil)
        var random = SeededGenerator(seed: 3)
        let fields: [BoundaryField<ForgedGroup>] = [
            .init("version", \.version), .init("generation", \.generation), .init("leaderLength", \.leaderLength),
            .init("timestamp", \.timestamp), .init("memberCount", \.memberCount),
            .init("rebalanceTimeout", \.rebalanceTimeout), .init("sessionTimeout", \.sessionTimeout),
            .init("assignmentLength", \.assignmentLength),
        ]
        for (name, group) in boundaryVariants(of: ForgedGroup(), fields, pairs: 20, using: &random) {
            try await use([try group.entry], [], "\(name)")
        }
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
            for (name, transaction) in boundaryVariants(of: base, fields, pairs: 15, using: &random) {
                try await use([], [try transaction.encoded()], "\(state), \(name)")
            }
        }
    }
}
