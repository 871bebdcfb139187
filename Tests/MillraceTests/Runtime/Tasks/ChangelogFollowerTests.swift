import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct ChangelogFollowerTests {
    static func log(_ name: String, at position: Int64, isSource: Bool = false, limit: Int64 = 0)
        -> ChangelogFollower.Log
    {
        .init(
            store: name, isSource: isSource, topicID: .zero, partition: TopicPartition(name, 0), position: position,
            limit: limit)
    }

    @Test func `changelogs are followed as far as they go`() {
        var follower = ChangelogFollower([Self.log("a", at: 5), Self.log("b", at: 10)])
        #expect(follower.progress == 15 && !follower.hasSources && !follower.logs[0].isAtLimit)
        follower.advance(0, to: 100)
        follower.advance(1, to: 7)
        follower.advance(2, to: 7)
        #expect(follower.progress == 110)
        #expect(follower.positions.mapValues(\.offset) == [TopicPartition("a", 0): 100, TopicPartition("b", 0): 10])
    }

    @Test func `of a source topic only what is processed is followed`() {
        var follower = ChangelogFollower([Self.log("s", at: 5, isSource: true, limit: 20)])
        follower.advance(0, to: 100)
        #expect(follower.logs[0].position == 20 && follower.logs[0].isAtLimit && follower.hasSources)
        follower.raiseLimits([TopicPartition("s", 0): 30, TopicPartition("other", 0): 50])
        #expect(!follower.logs[0].isAtLimit)
        follower.raiseLimits([TopicPartition("s", 0): 25])
        follower.advance(0, to: 100)
        #expect(follower.logs[0].position == 30)
    }

    @Test func `numbers at their bounds do not trap`() {
        let follower = ChangelogFollower([Self.log("a", at: .max), Self.log("b", at: .max)])
        #expect(follower.progress == .max)
    }
}

@Suite struct TaskBoardTests {
    static let task = TaskID(subTopology: 0, partition: 1)

    @Test func `a rebalance is asked for when a task that is to move has been caught up with, and not again at once`() {
        let board = TaskBoard(process: "p", topology: 1, standbys: 0, rackTags: [:], mostWarmUps: 2)
        #expect(!board.isReady(Self.task, now: 0))
        board.assigned(TaskAssignment(standbys: [Self.task], warmUps: [Self.task]))
        let before = board.subscription
        #expect(board.isReady(Self.task, now: 0))
        #expect(board.subscription.serial != before.serial)
        #expect(!board.isReady(Self.task, now: 9999) && board.isReady(Self.task, now: 10_000))
        board.assigned(TaskAssignment(standbys: [Self.task]))
        #expect(!board.isReady(Self.task, now: 50_000))
    }

    @Test func `what is known of tasks goes along with the subscription`() {
        let board = TaskBoard(process: "p", topology: 1, standbys: 2, rackTags: ["zone": "a"], mostWarmUps: 2)
        board.note(Self.task, progress: 7)
        #expect(board.subscription.progress == [Self.task: 7] && board.subscription.standbys == 2)
        #expect(board.subscription.rackTags == ["zone": "a"])
        board.note(Self.task, progress: nil)
        #expect(board.subscription.progress.isEmpty)
    }
}
