import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct ConsumerGroupRecordTests {
    private let partitions: Set<TopicIDPartition> = [
        TopicIDPartition(KafkaUUID(high: 1, low: 2), 3), TopicIDPartition(KafkaUUID(high: 1, low: 2), .max),
        TopicIDPartition(KafkaUUID(high: .max, low: 0), 0),
    ]

    @Test func `records are read as they were written`() throws {
        let full = ConsumerMember.Subscription(
            instanceID: "i", rackID: "r", clientID: "c", clientHost: "h", rebalanceTimeout: .max, topics: ["a", "b"],
            pattern: "t.*", assignor: "range",
            classic: .init(sessionTimeout: 7, protocols: [.init(name: "p", metadata: [1, 2]), .init(name: "q", metadata: [])]))
        let current = CurrentAssignment(
            epoch: 9, previousEpoch: 8, state: .unrevoked, assigned: partitions, revoking: [partitions.first!])
        let records: [ConsumerGroupRecord] = [
            .epoch(5), .epoch(nil), .targetEpoch(6), .targetEpoch(nil), .member("m", full),
            .member("m", ConsumerMember.Subscription()), .member("m", nil), .target("m", partitions), .target("m", []),
            .target("m", nil), .current("m", current), .current("m", CurrentAssignment()), .current("m", nil),
        ]
        for record in records {
            let entry = try GroupRecord.consumer(group: "g", record).encoded()
            #expect(try GroupRecord(key: entry.key, value: entry.value) == .consumer(group: "g", record))
        }
    }

    @Test func `the bytes are Kafka's`() throws {
        // Key: kind, group, member; value: version, epochs, state, partitions by topic, tagged fields.
        let current = CurrentAssignment(
            epoch: 2, previousEpoch: 1, state: .unreleased, assigned: [TopicIDPartition(KafkaUUID(high: 1, low: 2), 3)])
        let entry = try GroupRecord.consumer(group: "g", .current("m", current)).encoded()
        #expect(entry.key.array == [0, 8, 0, 1, 103, 0, 1, 109])
        let topic: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
        #expect(
            try #require(entry.value).array
                == [0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 2, 2] + topic + [2, 0, 0, 0, 3, 0, 1, 0])
        let epoch = try GroupRecord.consumer(group: "g", .epoch(1)).encoded()
        #expect(epoch.key.array == [0, 3, 0, 1, 103])
        #expect(try #require(epoch.value).array == [0, 0, 0, 0, 0, 1, 0])
    }

    @Test func `what is cut off or of another version is no record`() throws {
        let entry = try GroupRecord.consumer(group: "g", .target("m", partitions)).encoded()
        let value = try #require(entry.value)
        for length in 0..<(value.count - 1) {
            #expect(throws: KafkaProtocolError.self) {
                try GroupRecord(key: entry.key, value: value[0..<length])
            }
        }
        #expect(throws: KafkaProtocolError.self) {
            try GroupRecord(key: entry.key, value: Bytes([0, 1] + value.array.dropFirst(2)))
        }
    }

    @Test func `a group is made of its records in whichever order`() throws {
        var machine = ConsumerMachine()
        let empty = machine.group
        _ = try machine.join("a", instance: "i")
        _ = try machine.join("b")
        _ = try machine.beat("a", 1, instance: "i")
        let before = machine.consumer
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var group = machine.group
            var replay = ConsumerGroupReplay()
            for record in group.takeRecords(since: empty, wall: 0).shuffled(using: &random) {
                guard case .consumer("g", let record) = record else { continue }
                replay.take(record)
            }
            let restored = try #require(replay.group(settings: before.settings, now: 1000))
            #expect(restored.epoch == before.epoch)
            #expect(restored.assignmentEpoch == before.assignmentEpoch)
            #expect(restored.members == before.members)
            #expect(restored.target == before.target)
            #expect(restored.owners == before.owners)
            #expect(restored.staticMembers == ["i": "a"])
            // Both have a session's time, the first only as long to give up what it should.
            #expect(restored.nextDeadline == 1030)
        }
    }

    @Test func `what was not changed is not written, what has gone is`() throws {
        var machine = ConsumerMachine()
        _ = try machine.join("a")
        let first = machine.group
        _ = machine.group.takeRecords(since: first, wall: 0)
        _ = try machine.beat("a", 1)
        #expect(machine.group.takeRecords(since: first, wall: 0).isEmpty)
        try machine.leave("a")
        #expect(
            machine.group.takeRecords(since: first, wall: 0) == [
                .consumer(group: "g", .epoch(2)), .consumer(group: "g", .member("a", nil)),
                .consumer(group: "g", .target("a", nil)), .consumer(group: "g", .current("a", nil)),
            ])
    }
}
