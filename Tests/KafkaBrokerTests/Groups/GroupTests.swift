import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct GroupTests {
    @Test func `a new member is given an id and joins with it`() throws {
        var machine = GroupMachine()
        let first = machine.join(needsID: true)
        #expect(machine.joins[first] == JoinResult(error: .memberIdRequired, memberID: "m1"))
        #expect(machine.group.classic.state == .empty)

        let second = machine.join("m1", needsID: true)
        let result = try #require(machine.joins[second])
        #expect(result.error == .none)
        #expect(result.generation == 1)
        #expect(result.leader == "m1")
        #expect(result.protocolName == "range")
        #expect(result.members.map(\.id) == ["m1"])
        #expect(machine.group.classic.state == .completingRebalance)
    }

    @Test func `an id that was given out and not used is forgotten`() {
        var machine = GroupMachine()
        _ = machine.join(needsID: true)
        #expect(machine.group.nextDeadline == 10)
        machine.advance(to: 10)
        #expect(machine.group.isDisposable)
        let late = machine.join("m1")
        #expect(machine.joins[late]?.error == .unknownMemberId)
    }

    @Test func `followers wait for the leader's assignment`() {
        var machine = GroupMachine.ofOne()
        let joining = machine.join()
        #expect(machine.joins[joining] == nil)
        #expect(machine.heartbeat("m1", generation: 1) == .rebalanceInProgress)
        let rejoining = machine.join("m1")
        #expect(machine.joins[rejoining]?.members.map(\.id) == ["m1", "m2"])
        #expect(machine.joins[joining]?.generation == 2)
        #expect(machine.joins[joining]?.members == [])
        #expect(machine.joins[joining]?.leader == "m1")

        let follower = machine.sync("m2", generation: 2)
        #expect(machine.syncs[follower] == nil)
        let leader = machine.sync("m1", generation: 2, ["m1": "a", "m2": "b"])
        #expect(machine.syncs[leader]?.assignment.string == "a")
        #expect(machine.syncs[follower]?.assignment.string == "b")
        #expect(machine.group.classic.state == .stable)
        #expect(machine.persisted == 2)
        #expect(machine.heartbeat("m2", generation: 2) == .none)
    }

    @Test func `a sync of a stable group is answered at once`() {
        var machine = GroupMachine.ofTwo()
        let again = machine.sync("m2", generation: 2)
        #expect(machine.syncs[again]?.assignment.string == "b")
    }

    @Test func `a follower's join without news does not disturb a stable group, a leader's does`() {
        var machine = GroupMachine.ofTwo()
        let follower = machine.join("m2")
        #expect(machine.joins[follower]?.generation == 2)
        #expect(machine.group.classic.state == .stable)
        _ = machine.join("m1")
        #expect(machine.group.classic.state == .preparingRebalance)
    }

    @Test func `changed metadata makes a rebalance`() {
        var machine = GroupMachine.ofTwo()
        _ = machine.join("m2", protocols: [("range", "other topics")])
        #expect(machine.group.classic.state == .preparingRebalance)
        let leader = machine.join("m1")
        #expect(machine.joins[leader]?.members.map(\.metadata.string) == ["", "other topics"])
    }

    @Test func `a member whose session ends is out`() {
        var machine = GroupMachine.ofTwo()
        machine.now = 8
        #expect(machine.heartbeat("m1", generation: 2) == .none)
        machine.advance(to: 10)
        #expect(machine.group.classic.members.keys.sorted() == ["m1"])
        #expect(machine.heartbeat("m2", generation: 2) == .unknownMemberId)
        #expect(machine.heartbeat("m1", generation: 2) == .rebalanceInProgress)
        let join = machine.join("m1")
        #expect(machine.joins[join]?.generation == 3)
    }

    @Test func `a member that waits is not out, however long it takes`() {
        var machine = GroupMachine.ofOne()
        let joining = machine.join()
        machine.now = 9
        _ = machine.heartbeat("m1", generation: 1)
        machine.now = 18
        _ = machine.heartbeat("m1", generation: 1)
        machine.advance(to: 27)
        #expect(machine.joins[joining] == nil)
        #expect(machine.group.classic.members.keys.sorted() == ["m1", "m2"])
    }

    @Test func `a rebalance goes on without those who do not join in time`() {
        var machine = GroupMachine.ofOne()
        let joining = machine.join()
        for time: Int64 in [9, 18, 27] {
            machine.now = time
            _ = machine.heartbeat("m1", generation: 1)
        }
        machine.advance(to: 30)
        #expect(machine.joins[joining]?.leader == "m2")
        #expect(machine.joins[joining]?.members.map(\.id) == ["m2"])
        #expect(machine.heartbeat("m1", generation: 1) == .unknownMemberId)
    }

    @Test func `members that do not ask for their assignment are out`() {
        var machine = GroupMachine.ofOne()
        _ = machine.join()
        _ = machine.join("m1")
        _ = machine.sync("m1", generation: 2, ["m1": "all"])
        for time: Int64 in [9, 18, 27] {
            machine.now = time
            #expect(machine.heartbeat("m2", generation: 2) == .none)
            #expect(machine.heartbeat("m1", generation: 2) == .none)
        }
        machine.advance(to: 30)
        #expect(machine.group.classic.members.keys.sorted() == ["m1"])
        #expect(machine.group.classic.state == .preparingRebalance)
    }

    @Test func `a sync that waits hears of a new rebalance`() {
        var machine = GroupMachine.ofOne()
        _ = machine.join()
        _ = machine.join("m1")
        let waiting = machine.sync("m2", generation: 2)
        _ = machine.join()
        #expect(machine.syncs[waiting]?.error == .rebalanceInProgress)
    }

    @Test func `the last to leave leaves an empty group`() {
        var machine = GroupMachine.ofTwo()
        #expect(machine.leave("m1") == .none)
        #expect(machine.group.classic.state == .preparingRebalance)
        #expect(machine.leave("m2") == .none)
        #expect(machine.group.classic.state == .empty)
        #expect(machine.group.classic.generation == 3)
        #expect(machine.leave("m2") == .unknownMemberId)
        #expect(machine.group.nextDeadline == nil)
    }

    @Test func `a leave completes a rebalance that waited for it`() {
        var machine = GroupMachine.ofOne()
        let joining = machine.join()
        #expect(machine.leave("m1") == .none)
        #expect(machine.joins[joining]?.leader == "m2")
    }

    @Test func `wrong generations and unknown members are refused`() {
        var machine = GroupMachine.ofOne()
        #expect(machine.heartbeat("m1", generation: 0) == .illegalGeneration)
        #expect(machine.heartbeat("x", generation: 1) == .unknownMemberId)
        let wrong = machine.sync("m1", generation: 7)
        #expect(machine.syncs[wrong]?.error == .illegalGeneration)
        let unknown = machine.join("x")
        #expect(machine.joins[unknown]?.error == .unknownMemberId)
    }

    @Test func `the protocol that most like best and all know is chosen`() {
        var machine = GroupMachine()
        _ = machine.join(protocols: [("a", ""), ("b", "1"), ("c", "")])
        _ = machine.join(protocols: [("b", "2"), ("c", "")])
        let last = machine.join("m1", protocols: [("a", ""), ("b", "1"), ("c", "")])
        #expect(machine.joins[last]?.protocolName == "b")
        #expect(machine.joins[last]?.members.map(\.metadata.string) == ["1", "2"])
        let stranger = machine.join(protocols: [("z", "")])
        #expect(machine.joins[stranger]?.error == .inconsistentGroupProtocol)
        let none = machine.join(protocols: [])
        #expect(machine.joins[none]?.error == .inconsistentGroupProtocol)
    }

    @Test func `a full group takes nobody more`() {
        var machine = GroupMachine(maximumSize: 1)
        _ = machine.join()
        let second = machine.join()
        #expect(machine.joins[second]?.error == .groupMaxSizeReached)
    }

    @Test func `the first join of an empty group waits for others`() {
        var machine = GroupMachine(initialRebalanceDelay: 5)
        let first = machine.join()
        machine.now = 3
        let second = machine.join()
        #expect(machine.joins.isEmpty)
        machine.advance(to: 5)
        #expect(machine.joins.isEmpty)
        machine.advance(to: 10)
        #expect(machine.joins[first]?.members.map(\.id) == ["m1", "m2"])
        #expect(machine.joins[second]?.generation == 1)
    }

    @Test func `a member whose wait was given up lives on for a session`() {
        var machine = GroupMachine.ofOne()
        let joining = machine.join()
        machine.group.classic.forgetWait(joining, now: 0)
        machine.now = 5
        _ = machine.heartbeat("m1", generation: 1)
        machine.advance(to: 10)
        #expect(machine.group.classic.members.keys.sorted() == ["m1"])
    }
}
