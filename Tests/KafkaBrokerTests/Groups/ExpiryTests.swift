import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct ExpiryTests {
    private let partition = TopicPartition("t", 0)

    /// Joins with a subscription to `topics`.
    private func member(of topics: [String]) throws -> GroupMachine {
        let subscription = try ConsumerProtocolSubscription(topics: topics).encoded()
        var machine = GroupMachine.ofOne()
        machine.group.classic.protocolType = "consumer"
        machine.group.classic.members["m1"]?.protocols = [.init(name: "range", metadata: subscription)]
        return machine
    }

    @Test func `without members ever, offsets are kept for the retention after their commit`() {
        var group = Group(id: "g")
        group.offsets[partition] = CommittedOffset(offset: 1, timestamp: 100)
        group.offsets[TopicPartition("t", 1)] = CommittedOffset(offset: 1, timestamp: 101)
        group.noteEmptiness(wall: 150)
        #expect(group.emptySince == nil)
        #expect(group.expiredOffsets(now: 109, retention: 10) == [])
        #expect(group.expiredOffsets(now: 110, retention: 10) == [partition])
        #expect(group.expiredOffsets(now: 111, retention: 10) == [partition, TopicPartition("t", 1)])
    }

    @Test func `offsets of a group that lost its members are kept from then on`() throws {
        var machine = try member(of: ["t"])
        machine.group.offsets[partition] = CommittedOffset(offset: 1, timestamp: 0)
        machine.group.noteEmptiness(wall: 40)
        #expect(machine.group.emptySince == nil)
        #expect(machine.group.expiredOffsets(now: 1000, retention: 10) == [])
        #expect(machine.leave("m1") == .none)
        machine.group.noteEmptiness(wall: 50)
        machine.group.noteEmptiness(wall: 55)
        #expect(machine.group.emptySince == 50)
        #expect(machine.group.expiredOffsets(now: 59, retention: 10) == [])
        #expect(machine.group.expiredOffsets(now: 60, retention: 10) == [partition])
        // The time is what was written down.
        var restored = Group(id: "g")
        restored.restore(GroupSnapshot(machine.group.classic, timestamp: 50), now: 0, wall: 58)
        #expect(restored.emptySince == 50)
    }

    @Test func `while there are members, offsets of topics that nobody reads go`() throws {
        var machine = try member(of: ["t"])
        let other = TopicPartition("other", 0)
        machine.group.offsets = [
            partition: CommittedOffset(offset: 1, timestamp: 0), other: CommittedOffset(offset: 1, timestamp: 5),
        ]
        #expect(machine.group.expiredOffsets(now: 14, retention: 10) == [])
        #expect(machine.group.expiredOffsets(now: 15, retention: 10) == [other])
        // What cannot be read may be a subscription to anything.
        machine.group.classic.members["m1"]?.protocols = [.init(name: "range", metadata: Bytes(utf8: "?"))]
        #expect(machine.group.expiredOffsets(now: 15, retention: 10) == [])
        machine = try member(of: ["t"])
        machine.group.offsets = [other: CommittedOffset(offset: 1, timestamp: 5)]
        _ = machine.join()
        #expect(machine.group.classic.state == .preparingRebalance)
        #expect(machine.group.expiredOffsets(now: 15, retention: 10) == [])
    }

    @Test func `an offset that an open transaction may change stays`() {
        var group = Group(id: "g")
        group.offsets[partition] = CommittedOffset(offset: 1, timestamp: 0)
        group.pendingOffsets[7] = [partition: CommittedOffset(offset: 2)]
        #expect(group.expiredOffsets(now: 100, retention: 10) == [])
        #expect(!group.isAbandoned)
        _ = group.endTransaction(producerID: 7, commit: false)
        #expect(group.expiredOffsets(now: 100, retention: 10) == [partition])
    }

    @Test func `a broker forgets offsets, groups and transactional ids in time, for good`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        var configuration = BrokerConfiguration()
        configuration.offsetsRetention = 10_000
        configuration.transactionalIDExpiration = 20_000
        configuration.expiryInterval = 1000
        try await withBroker(in: directory, configuration: configuration, clock: clock.clock) { broker, client async throws in
            try await client.createTopic("t")
            #expect(try await client.commit("old", "t", 1) == .none)
            _ = try await Version2Producer("unused", broker)
            var producer = try await Version2Producer("open", broker, timeout: 900_000)
            #expect(try await producer.write(["a"], to: "t") == .none)
            clock.advance(by: 6000)
            #expect(try await client.commit("new", "t", 1) == .none)
            while broker.groups.group("old") != nil {
                clock.advance(by: 500)
                await Task.yield()
            }
            #expect(clock.now >= 1_010_000)
            while broker.transactions.transaction("unused") != nil {
                clock.advance(by: 500)
                await Task.yield()
            }
            #expect(clock.now >= 1_020_000)
            while broker.groups.group("new") != nil {
                clock.advance(by: 500)
                await Task.yield()
            }
            #expect(broker.transactions.transaction("open")?.state == .ongoing)
            #expect(try await producer.end(commit: true) == .none)
        }
        configuration.expiryInterval = .max
        try await withBroker(in: directory, configuration: configuration, clock: clock.clock) { broker, client async throws in
            #expect(broker.groups.all.isEmpty)
            #expect(broker.transactions.all.map(\.id) == ["open"])
            #expect(try await client.committed("old", "t").committedOffset == -1)
        }
    }

    @Test func `a broker that has just started leaves offsets alone for a while`() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        try await withBroker(in: directory, clock: clock.clock) { _, client async throws in
            try await client.createTopic("t")
            #expect(try await client.commit("g", "t", 1) == .none)
        }
        clock.advance(by: 30 * 24 * 3_600_000)
        try await withBroker(in: directory, clock: clock.clock) { broker, client async throws in
            clock.advance(by: 300_000)
            for _ in 0..<100 { await Task.yield() }
            #expect(try await client.committed("g", "t").committedOffset == 1)
        }
    }
}
