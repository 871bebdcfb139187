import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct TaskTableTests {
    static func partitions(_ topic: String, _ numbers: Int32...) -> [TopicPartition] {
        numbers.map { TopicPartition(topic, $0) }
    }

    static func task(_ partition: Int32) -> TaskID { TaskID(subTopology: 0, partition: partition) }

    static func start(_ partition: Int32) -> TaskTable.Step {
        .start(task(partition), .active([TopicPartition("in", partition)]))
    }

    static let table = TaskTable(topics: [0: ["in", "more"], 1: ["between"]])

    /// A table that has the tasks of the partitions 0 and 1 running.
    static func running() -> TaskTable {
        var table = table
        #expect(table.assigned(partitions("in", 0, 1)) == [start(0), start(1)])
        return table
    }

    @Test func `partitions with the same number of a sub-topology are one task`() {
        var table = Self.table
        let steps = table.assigned(
            Self.partitions("more", 2) + Self.partitions("in", 2) + Self.partitions("between", 2))
        #expect(
            steps == [
                .start(Self.task(2), .active(Self.partitions("in", 2) + Self.partitions("more", 2))),
                .start(TaskID(subTopology: 1, partition: 2), .active(Self.partitions("between", 2))),
            ])
        #expect(table.active.map(\.description) == ["0_2", "1_2"])
    }

    @Test func `tasks that stay are not touched by a rebalance`() {
        var table = Self.running()
        #expect(table.assigned([]) == [])
        #expect(table.assigned(Self.partitions("in", 2)) == [Self.start(2)])
        #expect(table.revoked(Self.partitions("in", 1)) == [.stop(Self.task(1), .committing)])
        #expect(table.active == [Self.task(0), Self.task(2)])
    }

    @Test func `what was told to end is known by what it waits for, until it has ended`() {
        var table = Self.running()
        #expect(table.changes == [:])
        _ = table.assigned([], standbys: [Self.task(2), Self.task(3)])
        _ = table.revoked(Self.partitions("in", 0))
        #expect(table.changes == [Self.task(0): .ends])
        _ = table.assigned(Self.partitions("in", 2))
        #expect(table.changes == [Self.task(0): .ends, Self.task(2): .leavesStores, Self.task(3): .standbyEnds])
        _ = table.lost()
        #expect(table.changes[Self.task(0)] == .isDropped && table.changes[Self.task(1)] == .isDropped)
        for id in 0..<4 as Range<Int32> { _ = table.ended(Self.task(id)) }
        #expect(table.changes == [:])
    }

    @Test func `partitions are given back when the last of their tasks has ended`() {
        var table = Self.running()
        #expect(
            table.revoked(Self.partitions("in", 0, 1)) == [
                .stop(Self.task(0), .committing), .stop(Self.task(1), .committing),
            ])
        #expect(table.ended(Self.task(0)) == [])
        #expect(table.ended(Self.task(1)) == [.acknowledgeRevocation])
        #expect(table.isEmpty)
        #expect(table.ended(Self.task(1)) == [])
    }

    @Test func `tasks that read a topic which is gone drop what they have, and go on with what is left`() {
        var table = Self.table
        let all = Self.partitions("in", 0) + Self.partitions("more", 0)
        #expect(table.assigned(all + Self.partitions("in", 1)) == [.start(Self.task(0), .active(all)), Self.start(1)])
        #expect(table.revoked(Self.partitions("more", 0), gone: ["more"]) == [.stop(Self.task(0), .lost)])
        #expect(table.ended(Self.task(0)) == [Self.start(0), .acknowledgeRevocation])
    }

    @Test func `topics that are found later belong to their sub-topology`() {
        var table = Self.running()
        #expect(table.assigned(Self.partitions("found", 0)) == [])
        table.setTopics([0: ["in", "more", "found"], 1: ["between"]])
        #expect(table.assigned([]) == [.stop(Self.task(0), .committing)])
        #expect(
            table.ended(Self.task(0)) == [
                .start(Self.task(0), .active(Self.partitions("found", 0) + Self.partitions("in", 0)))
            ])
    }

    @Test func `partitions without a task are given back at once`() {
        var table = Self.running()
        #expect(table.revoked([]) == [.acknowledgeRevocation])
        #expect(table.revoked(Self.partitions("elsewhere", 0)) == [.acknowledgeRevocation])
    }

    @Test func `what is lost ends without a commit, also where it was to commit`() {
        var table = Self.running()
        _ = table.revoked(Self.partitions("in", 1))
        #expect(table.lost() == [.stop(Self.task(0), .lost), .stop(Self.task(1), .lost)])
        #expect(table.lost() == [])
        #expect(table.ended(Self.task(0)) == [] && table.ended(Self.task(1)) == [])
        #expect(table.isEmpty)
    }

    @Test func `a task that comes back while it ends begins anew when it has ended`() {
        var table = Self.running()
        _ = table.lost()
        #expect(table.assigned(Self.partitions("in", 0, 2)) == [Self.start(2)])
        #expect(table.ended(Self.task(0)) == [Self.start(0)])
        #expect(table.ended(Self.task(1)) == [])
        #expect(table.active == [Self.task(0), Self.task(2)])
    }

    @Test func `a task that gets another partition begins anew with it`() {
        var table = Self.running()
        #expect(table.assigned(Self.partitions("more", 0)) == [.stop(Self.task(0), .committing)])
        #expect(
            table.ended(Self.task(0)) == [
                .start(Self.task(0), .active(Self.partitions("in", 0) + Self.partitions("more", 0)))
            ])
    }

    @Test func `a task that ends of its own accord waits for what the group says`() {
        var table = Self.running()
        #expect(table.ended(Self.task(0)) == [.rejoin])
        #expect(table.active == [Self.task(0), Self.task(1)])
        #expect(table.revoked(Self.partitions("in", 1)) == [.stop(Self.task(1), .committing)])
        #expect(table.ended(Self.task(1)) == [.acknowledgeRevocation])
        #expect(table.assigned([]) == [Self.start(0)])
        _ = table.ended(Self.task(0))
        #expect(table.lost() == [] && table.isEmpty)
    }

    @Test func `a standby is promoted by ending it first, and goes on when the group does`() {
        var table = Self.table
        #expect(table.assigned([], standbys: [Self.task(0)]) == [.start(Self.task(0), .standby)])
        #expect(table.followed == [Self.task(0)] && table.active.isEmpty)
        #expect(table.lost() == [])
        #expect(table.assigned(Self.partitions("in", 0)) == [.promote(Self.task(0))])
        #expect(table.ended(Self.task(0)) == [Self.start(0)])
    }

    @Test func `standbys that there cannot be are none`() {
        var table = Self.table
        let wrong = [(-1, 0), (2, 0), (Int.max, 0), (0, -1)].map { TaskID(subTopology: $0, partition: Int32($1)) }
        #expect(table.assigned([], standbys: Set(wrong)) == [] && table.isEmpty)
    }

    @Test func `a task that was given away is followed if it is to be, after it has been given back`() {
        var table = Self.running()
        #expect(table.assigned([], standbys: [Self.task(1)]) == [])
        #expect(table.revoked(Self.partitions("in", 1)) == [.stop(Self.task(1), .committing)])
        #expect(table.ended(Self.task(1)) == [.start(Self.task(1), .standby), .acknowledgeRevocation])
        #expect(table.assigned([]) == [.stop(Self.task(1), .committing)])
    }

    @Test func `the end of the instance ends everything, and nothing begins any more`() {
        var table = Self.running()
        _ = table.assigned([], standbys: [Self.task(5)])
        #expect(table.close() == [0, 1, 5].map { .stop(Self.task($0), .committing) })
        #expect(table.close() == [])
        #expect(table.assigned(Self.partitions("in", 3)) == [])
        // What the group takes meanwhile is not committed.
        #expect(table.lost() == [.stop(Self.task(0), .lost), .stop(Self.task(1), .lost)])
        for partition: Int32 in [0, 1, 5] { #expect(table.ended(Self.task(partition)) == []) }
        #expect(table.isEmpty)
    }
}
