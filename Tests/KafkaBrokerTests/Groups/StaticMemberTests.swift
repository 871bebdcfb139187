import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct StaticMemberTests {
    /// A stable group of the instances "i1" (leader, "m1") and "i2" ("m2").
    private func ofTwo() -> GroupMachine {
        var machine = GroupMachine()
        _ = machine.join(instance: "i1")
        _ = machine.sync("m1", generation: 1, instance: "i1", ["m1": "all"])
        _ = machine.join(instance: "i2")
        _ = machine.join("m1", instance: "i1")
        _ = machine.sync("m2", generation: 2, instance: "i2")
        _ = machine.sync("m1", generation: 2, instance: "i1", ["m1": "a", "m2": "b"])
        return machine
    }

    @Test func `an instance that comes back keeps its assignment without a rebalance`() throws {
        var machine = ofTwo()
        let back = machine.join(instance: "i2")
        let result = try #require(machine.joins[back])
        #expect(result.error == .none)
        #expect(result.generation == 2)
        #expect(machine.group.classic.state == .stable)
        let sync = machine.sync(result.memberID, generation: 2, instance: "i2")
        #expect(machine.syncs[sync]?.assignment.string == "b")
    }

    @Test func `the earlier member of an instance is fenced`() {
        var machine = ofTwo()
        _ = machine.join(instance: "i2")
        #expect(machine.heartbeat("m2", generation: 2, instance: "i2") == .fencedInstanceId)
        let join = machine.join("m2", instance: "i2")
        #expect(machine.joins[join]?.error == .fencedInstanceId)
        #expect(
            machine.group.classic.commitError(memberID: "m2", instanceID: "i2", generation: 2, transactional: true)
                == .fencedInstanceId)
    }

    @Test func `a leader that comes back is told to skip the assignment`() {
        var machine = ofTwo()
        let back = machine.join(instance: "i1", canSkip: true)
        #expect(machine.joins[back]?.skipAssignment == true)
        #expect(machine.joins[back]?.members.count == 2)
        let old = machine.join(instance: "i1")
        #expect(machine.joins[old]?.members.isEmpty == true)
        #expect(machine.joins[old]?.leader != machine.joins[old]?.memberID)
    }

    @Test func `a static member that misses a rebalance keeps its place until its session ends`() {
        var machine = ofTwo()
        _ = machine.join("m1", instance: "i1", protocols: [("range", "new")])
        for time: Int64 in [9, 18, 27] {
            machine.now = time
            #expect(machine.heartbeat("m2", generation: 2, instance: "i2") == .rebalanceInProgress)
        }
        machine.advance(to: 30)
        #expect(machine.group.classic.generation == 3)
        #expect(machine.group.classic.members.count == 2)
    }

    @Test func `an instance can be made to leave by its name`() {
        var machine = ofTwo()
        #expect(machine.leave("", instance: "i2") == .none)
        #expect(machine.group.classic.staticMembers.keys.sorted() == ["i1"])
        #expect(machine.leave("", instance: "i2") == .unknownMemberId)
    }
}
