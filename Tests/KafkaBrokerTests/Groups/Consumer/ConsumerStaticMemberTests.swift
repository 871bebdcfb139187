import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct ConsumerStaticMemberTests {
    private func ofTwo() throws -> ConsumerMachine {
        var machine = ConsumerMachine()
        _ = try machine.join("a", instance: "i1")
        _ = try machine.join("b", instance: "i2")
        _ = try machine.beat("a", 1, instance: "i1")
        _ = try machine.beat("a", 1, owned: [0, 1], instance: "i1")
        _ = try machine.beat("b", 2, instance: "i2")
        return machine
    }

    @Test func `an instance that was away for a while gets back what it had`() throws {
        var machine = try ofTwo()
        try machine.leave("a", instance: "i1", epoch: -2)
        #expect(machine.consumer.epoch == 2)
        #expect(machine.assigned("a") == [0, 1])
        #expect(try machine.beat("b", 2, instance: "i2").assignment == nil)
        // It comes back under another id, in the same epoch.
        let back = try machine.join("c", instance: "i1")
        #expect(back.epoch == 2)
        #expect(back.partitions == [0, 1])
        #expect(machine.consumer.members.keys.sorted() == ["b", "c"])
        #expect(machine.consumer.state == .stable)
        #expect(machine.consumer.target["a"] == nil)
        // Or under its own.
        try machine.leave("c", instance: "i1", epoch: -2)
        #expect(try machine.join("c", instance: "i1").partitions == [0, 1])
    }

    @Test func `an instance that stays away is out when its session ends`() throws {
        var machine = try ofTwo()
        try machine.leave("a", instance: "i1", epoch: -2)
        machine.now = 50
        _ = try machine.beat("b", 2, instance: "i2")
        machine.advance(to: 100)
        #expect(machine.consumer.members.keys.sorted() == ["b"])
        #expect(try machine.beat("b", 2, instance: "i2").partitions == [0, 1, 2, 3])
    }

    @Test func `an instance that is here cannot be taken`() throws {
        var machine = try ofTwo()
        #expect(refusal { try machine.join("c", instance: "i1") } == .unreleasedInstanceId)
        #expect(refusal { try machine.beat("c", 2, instance: "i1") } == .fencedInstanceId)
        #expect(refusal { try machine.beat("c", 2, instance: "i3") } == .unknownMemberId)
        #expect(refusal { try machine.leave("c", instance: "i1") } == .fencedInstanceId)
        #expect(refusal { try machine.leave("c", instance: "i3") } == .unknownMemberId)
        #expect(try machine.join("a", instance: "i1").epoch == 2)
    }

    @Test func `an instance that leaves for good leaves its partitions`() throws {
        var machine = try ofTwo()
        try machine.leave("a", instance: "i1")
        #expect(machine.consumer.staticMembers == ["i2": "b"])
        #expect(try machine.beat("b", 2, instance: "i2").partitions == [0, 1, 2, 3])
    }

    @Test func `a member that is away has no epoch to go on in`() throws {
        var machine = try ofTwo()
        try machine.leave("a", instance: "i1", epoch: -2)
        #expect(refusal { try machine.beat("a", 2, instance: "i1") } == .fencedMemberEpoch)
    }
}
