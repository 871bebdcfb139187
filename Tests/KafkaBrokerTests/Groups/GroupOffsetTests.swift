import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct GroupOffsetTests {
    @Test func `an empty group takes commits of anyone`() {
        let machine = GroupMachine()
        #expect(machine.group.classic.commitError(memberID: "", instanceID: nil, generation: -1, transactional: false) == .none)
    }

    @Test func `a group with members takes commits of its generation only`() {
        let machine = GroupMachine.ofTwo()
        func error(_ member: Name, _ generation: Int32, _ transactional: Bool = false) -> KafkaErrorCode {
            machine.group.classic.commitError(
                memberID: member, instanceID: nil, generation: generation, transactional: transactional)
        }
        #expect(error("m1", 2) == .none)
        #expect(error("m1", 1) == .illegalGeneration)
        #expect(error("x", 2) == .unknownMemberId)
        #expect(error("", -1) == .unknownMemberId)
        #expect(error("", -1, true) == .none)
        #expect(error("m1", 1, true) == .illegalGeneration)
        #expect(error("x", 2, true) == .unknownMemberId)
    }

    @Test func `members may commit what they have done before they join again, but not before they know their part`() {
        var machine = GroupMachine.ofOne()
        _ = machine.join()
        #expect(machine.group.classic.state == .preparingRebalance)
        #expect(
            machine.group.classic.commitError(memberID: "m1", instanceID: nil, generation: 1, transactional: false) == .none)
        _ = machine.join("m1")
        #expect(
            machine.group.classic.commitError(memberID: "m1", instanceID: nil, generation: 2, transactional: false)
                == .rebalanceInProgress)
    }

    @Test func `offsets of a transaction count when it commits`() {
        var machine = GroupMachine()
        let partition = TopicPartition("t", 0)
        machine.group.offsets[partition] = CommittedOffset(offset: 1)
        machine.group.pendingOffsets[7] = [partition: CommittedOffset(offset: 5)]
        #expect(machine.group.hasPendingOffset(partition))
        _ = machine.group.endTransaction(producerID: 7, commit: true)
        #expect(machine.group.offsets[partition]?.offset == 5)
        machine.group.pendingOffsets[8] = [partition: CommittedOffset(offset: 9)]
        _ = machine.group.endTransaction(producerID: 8, commit: false)
        #expect(machine.group.offsets[partition]?.offset == 5)
        #expect(!machine.group.hasPendingOffset(partition))
    }

    @Test func `records of groups are read as they were written`() throws {
        let partition = TopicPartition("topic", 3)
        let offset = CommittedOffset(offset: 42, leaderEpoch: 1, metadata: "méta", timestamp: 99)
        var machine = GroupMachine.ofTwo()
        machine.now = 5
        let records: [GroupRecord] = [
            .offset(group: "g", partition, offset), .offset(group: "g", partition, nil),
            .pendingOffset(producerID: 8, group: "g", partition, offset), .group("g", nil),
        ]
        for record in records {
            let entry = try record.encoded()
            #expect(try GroupRecord(key: entry.key, value: entry.value) == record)
        }
        let entry = try GroupRecord.group("g", GroupSnapshot(machine.group.classic, timestamp: 3)).encoded()
        guard case .group("g", let snapshot?) = try GroupRecord(key: entry.key, value: entry.value) else {
            Issue.record("not a group")
            return
        }
        var restored = Group(id: "g")
        restored.restore(snapshot, now: 100, wall: 7)
        #expect(restored.classic.state == .stable)
        #expect(restored.classic.generation == 2)
        #expect(restored.classic.leader == "m1")
        #expect(restored.classic.membersByOrdinal.map(\.assignment.string) == ["a", "b"])
        #expect(restored.nextDeadline == 110)
    }

    @Test func `members of the broker's process are not restored`() throws {
        var machine = GroupMachine.ofTwo()
        for id in machine.group.classic.members.keys { machine.group.classic.members[id]?.isInProcess = true }
        var restored = Group(id: "g")
        restored.restore(GroupSnapshot(machine.group.classic, timestamp: 0), now: 0, wall: 7)
        #expect(restored.classic.state == .empty)
        #expect(restored.classic.generation == 2)
        #expect(restored.emptySince == 7)
    }
}
