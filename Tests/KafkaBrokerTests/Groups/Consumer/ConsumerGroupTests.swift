import KafkaProtocol
import MillraceTestSupport
import Testing

@testable import KafkaBroker

@Suite struct ConsumerGroupTests {
    @Test func `the first member gets everything at once`() throws {
        var machine = ConsumerMachine()
        let answer = try machine.join("a")
        #expect(answer == ConsumerHeartbeatAnswer(memberID: "a", epoch: 1, assignment: answer.assignment))
        #expect(answer.partitions == [0, 1, 2, 3])
        #expect(machine.consumer.state == .stable)
        // It knows what it has, so it is told nothing.
        #expect(try machine.beat("a", 1) == ConsumerHeartbeatAnswer(memberID: "a", epoch: 1, assignment: nil))
        // Unless it tells everything because it has not heard an answer.
        let full = try machine.send(
            ConsumerHeartbeat(memberID: "a", epoch: 1, rebalanceTimeout: 30, topics: ["t"], owned: []))
        #expect(full.partitions == [0, 1, 2, 3])
    }

    @Test func `a partition is given up before another member gets it`() throws {
        var machine = ConsumerMachine()
        _ = try machine.join("a")
        let second = try machine.join("b")
        #expect(second.epoch == 2)
        #expect(second.partitions == [])
        #expect(machine.consumer.state == .reconciling)
        // The first learns that it has to give some up; it stays in its epoch until it has.
        let revoke = try machine.beat("a", 1)
        #expect(revoke.epoch == 1)
        #expect(revoke.partitions == [0, 1])
        #expect(try machine.beat("a", 1, owned: [0, 1, 2, 3]).epoch == 1)
        #expect(try machine.beat("b", 2).assignment == nil)
        let revoked = try machine.beat("a", 1, owned: [0, 1])
        #expect(revoked.epoch == 2)
        #expect(machine.assigned("b") == [])
        let got = try machine.beat("b", 2)
        #expect(got.partitions == [2, 3])
        #expect(machine.consumer.state == .stable)
    }

    @Test func `partitions of a member that leaves or goes silent go to the others`() throws {
        var machine = ConsumerMachine()
        _ = try machine.join("a")
        try machine.leave("a")
        #expect(machine.consumer.state == .empty)
        #expect(machine.consumer.epoch == 2)
        #expect(try machine.join("b").partitions == [0, 1, 2, 3])
        machine.now = 60
        _ = try machine.join("c")
        _ = try machine.beat("b", 3)
        #expect(machine.consumer.nextDeadline == 90)
        // The one who does not give up what it should is out after its rebalance timeout,
        machine.advance(to: 90)
        #expect(machine.consumer.members.keys.sorted() == ["c"])
        #expect(try machine.beat("c", 4).partitions == [0, 1, 2, 3])
        #expect(refusal { try machine.beat("b", 3) } == .unknownMemberId)
        // and anyone after a session without a heartbeat.
        machine.advance(to: 189)
        #expect(machine.consumer.members.count == 1)
        machine.advance(to: 190)
        #expect(machine.group.hasNoMembers)
    }

    @Test func `a member is fenced unless its epoch is its own, or the last and it has no more than it should`() throws {
        var machine = ConsumerMachine()
        _ = try machine.join("a")
        #expect(refusal { try machine.beat("a", 2) } == .fencedMemberEpoch)
        #expect(refusal { try machine.beat("x", 1) } == .unknownMemberId)
        _ = try machine.join("b", ["u"])
        #expect(try machine.beat("a", 1, owned: [0, 1, 2, 3]).epoch == 2)
        // The answer was lost: the member comes with its last epoch, and is told all again.
        let again = try machine.beat("a", 1, owned: [0, 1, 2])
        #expect(again.epoch == 2)
        #expect(again.partitions == [0, 1, 2, 3])
        #expect(refusal { try machine.beat("a", 1) } == .fencedMemberEpoch)
        #expect(refusal { try machine.beat("a", 1, owned: [0, 7]) } == .fencedMemberEpoch)
        // Whoever joins anew may.
        #expect(try machine.join("a").epoch == 2)
    }

    @Test func `a group that is not there has nobody who could go on`() {
        var machine = ConsumerMachine()
        #expect(refusal { try machine.beat("a", 1) } == .groupIdNotFound)
        #expect(machine.group.consumer == nil)
    }

    @Test func `a member that leaves while another waits lets it have its partitions`() throws {
        var machine = ConsumerMachine()
        _ = try machine.join("a")
        _ = try machine.join("b")
        try machine.leave("a")
        #expect(try machine.beat("b", 2).partitions == [0, 1, 2, 3])
        #expect(refusal { try machine.leave("a") } == .unknownMemberId)
    }

    @Test func `topics that come, grow, go and come anew are noticed with the next heartbeat`() throws {
        var machine = ConsumerMachine(["t": 1])
        _ = try machine.join("a", ["t", "u"])
        machine.setTopic("other", 3)
        #expect(try machine.beat("a", 1).epoch == 1)
        machine.setTopic("u", 2)
        #expect(try machine.beat("a", 1).epoch == 2)
        #expect(machine.assigned("a", "u") == [0, 1])
        machine.setTopic("u", 3)
        #expect(try machine.beat("a", 2).epoch == 3)
        #expect(machine.assigned("a", "u") == [0, 1, 2])
        machine.setTopic("u", nil)
        #expect(try machine.beat("a", 3).partitions == [0])
        #expect(try machine.beat("a", 3, owned: [0]).epoch == 4)
        // The same name is another topic.
        machine.setTopic("t", 1, incarnation: 2)
        _ = try machine.beat("a", 4)
        let answer = try machine.beat("a", 4, owned: [])
        #expect(answer.assignment == [TopicIDPartition(ConsumerMachine.id("t", 2), 0)])
    }

    @Test func `a change of the subscription is a change of the group, a repetition is none`() throws {
        var machine = ConsumerMachine(["t": 1, "u": 1])
        _ = try machine.join("a", ["t"])
        var beat = ConsumerHeartbeat(memberID: "a", epoch: 1, topics: ["t", "t"])
        #expect(try machine.send(beat).epoch == 1)
        beat.topics = ["u", "t"]
        #expect(try machine.send(beat).epoch == 2)
        #expect(machine.assigned("a", "u") == [0])
        beat.topics = []
        beat.epoch = 2
        #expect(try machine.send(beat).partitions == [])
    }

    @Test func `a pattern is a subscription to what matches, internal topics excepted`() throws {
        var machine = ConsumerMachine(["t1": 1, "t2": 1, "u": 1, "__consumer_offsets": 1])
        _ = try machine.join("a", nil, pattern: "t.*|_.*")
        #expect(machine.consumer.subscribedTopics == ["t1", "t2"])
        machine.setTopic("t3", 1)
        #expect(try machine.beat("a", 1).epoch == 2)
        #expect(machine.assigned("a", "t3") == [0])
        machine.setTopic("v", 1)
        #expect(try machine.beat("a", 2).epoch == 2)
        // With names both count; an empty one takes it back.
        _ = try machine.send(ConsumerHeartbeat(memberID: "a", epoch: 2, topics: ["v"]))
        #expect(machine.consumer.subscribedTopics == ["t1", "t2", "t3", "v"])
        _ = try machine.send(ConsumerHeartbeat(memberID: "a", epoch: 3, pattern: ""))
        #expect(machine.consumer.subscribedTopics == ["v"])
        #expect(machine.consumer.matches.isEmpty)
    }

    @Test func `what makes no sense as a pattern changes nothing`() throws {
        var machine = ConsumerMachine()
        #expect(refusal { try machine.join("a", nil, pattern: "(") } == .invalidRegularExpression)
        #expect(machine.group.isDisposable)
        _ = try machine.join("a")
        let bad = ConsumerHeartbeat(memberID: "a", epoch: 1, topics: ["u"], pattern: "[")
        #expect(refusal { try machine.send(bad) } == .invalidRegularExpression)
        #expect(machine.consumer.subscribedTopics == ["t"])
        #expect(machine.consumer.epoch == 1)
    }

    @Test func `a full group takes nobody more, but its members`() throws {
        var machine = ConsumerMachine(maximumSize: 1)
        _ = try machine.join("a")
        #expect(refusal { try machine.join("b") } == .groupMaxSizeReached)
        #expect(try machine.join("a").epoch == 1)
    }

    @Test func `the assignor that most ask for is used`() throws {
        var machine = ConsumerMachine()
        _ = try machine.join("a", assignor: "range")
        #expect(machine.consumer.assignor == .range)
        _ = try machine.join("b")
        _ = try machine.join("c", assignor: "uniform")
        #expect(machine.consumer.assignor == .range)
        _ = try machine.join("d", assignor: "uniform")
        #expect(machine.consumer.assignor == .uniform)
    }

    @Test func `numbers at the ends of their range do no harm`() throws {
        var machine = ConsumerMachine()
        machine.now = .max - 1
        for timeout in Int32.boundaryValues {
            _ = try machine.send(
                ConsumerHeartbeat(memberID: "a", rebalanceTimeout: timeout, topics: ["t"], owned: []))
            _ = try machine.join("b")
            _ = try machine.beat("a", machine.consumer.members["a"]?.current.epoch ?? 0)
            #expect(machine.consumer.nextDeadline ?? 0 > 0)
            machine.advance(to: .max - 1)
            try? machine.leave("a")
            try? machine.leave("b")
        }
        for epoch in Int32.boundaryValues where epoch != 0 {
            #expect(refusal { try machine.beat("a", epoch) } == .unknownMemberId)
        }
        _ = try machine.join("a")
        for partition in Int32.boundaryValues {
            _ = try machine.beat("a", machine.consumer.epoch, owned: [partition])
        }
        machine.group.consumer?.setEpoch(.max)
        try machine.leave("a")
        #expect(machine.consumer.epoch == .max)
    }
}
