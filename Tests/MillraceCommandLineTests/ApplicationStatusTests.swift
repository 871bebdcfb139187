import KafkaProtocol
import Testing

@testable import KafkaClient
@testable import Millrace
@testable import MillraceCommandLine

@Suite struct ApplicationStatusTests {
    private func member(_ id: String, _ partitions: [TopicPartition], _ told: TaskAssignment, stopped: Set<TaskID> = []) -> GroupDescription.Member {
        var said = TaskSubscription(process: Name("process of \(id)"), topology: 1)
        said.stopped = stopped
        return GroupDescription.Member(
            id: id, instanceID: nil, clientID: "client", clientHost: "/h", assignment: partitions,
            subscriptionData: said.encoded(), assignmentData: told.encoded())
    }

    /// The rows as JSON.
    private func rows(_ members: [GroupDescription.Member], _ lags: [GroupLag]) -> [String] {
        let group = GroupDescription(groupID: "app", state: "Stable", type: "classic", assignor: "x", members: members)
        let status = ApplicationStatus(group, lags) { partition in
            partition.topic == "in" ? TaskID(subTopology: 0, partition: partition.partition) : nil
        }
        let output = OutputWriter()
        status.listing(withGroup: false).write(to: output, asJSON: true)
        defer { output.buffer.removeAll() }
        return output.buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").map(String.init)
    }

    @Test func `tasks are shown by member, with standbys and warm-ups`() {
        let one = member(
            "a", [TopicPartition("in", 0)],
            TaskAssignment(
                standbys: [TaskID(subTopology: 0, partition: 1), TaskID(subTopology: 1, partition: 0)], warmUps: [TaskID(subTopology: 1, partition: 0)]))
        let idle = member("b", [], TaskAssignment())
        let refused = member("c", [], TaskAssignment(refusal: .topology))
        let found = rows(
            [one, idle, refused],
            [
                GroupLag(partition: TopicPartition("in", 0), current: 3, end: 10, member: one),
                GroupLag(partition: TopicPartition("in", 1), current: nil, end: 10, member: nil),
            ])
        func row(_ task: String, _ role: String, _ lag: String, _ id: String?, _ partitions: String = "") -> String {
            let member =
                id.map { #""member":"\#($0)","instance":null,"client":"client","host":"/h","process":"process of \#($0)""# }
                ?? #""member":null,"instance":null,"client":null,"host":null,"process":null"#
            return #"{"task":\#(task),"role":"\#(role)","lag":\#(lag),\#(member),"partitions":[\#(partitions)]}"#
        }
        #expect(
            found == [
                row(#""0_0""#, "active", "7", "a", #""in-0""#), row(#""0_1""#, "standby", "null", "a"),
                row(#""1_0""#, "warm-up", "null", "a"), row("null", "idle", "null", "b"),
                row("null", "it runs another topology than the group", "null", "c"),
                row(#""0_1""#, "unassigned", "null", nil, #""in-1""#),
            ])
    }

    @Test func `a task that has failed for good while others go on is shown as stopped`() {
        let one = member(
            "a", [TopicPartition("in", 0), TopicPartition("in", 1)], TaskAssignment(), stopped: [TaskID(subTopology: 0, partition: 1)])
        let found = rows([one], (0..<2).map { GroupLag(partition: TopicPartition("in", $0), current: 3, end: 10, member: one) })
        #expect(found.count == 2 && found[0].contains(#""task":"0_0","role":"active""#))
        #expect(found.last?.contains(#""task":"0_1","role":"stopped","lag":7"#) == true, "\(found)")
    }

    @Test func `of a program that is not Millrace's the partitions are shown`() {
        let other = GroupDescription.Member(
            id: "j", instanceID: "i", clientID: "java", clientHost: "/h", assignment: [TopicPartition("t", 2)],
            subscriptionData: [0, 9, 1, 2], assignmentData: nil)
        let found = rows([other], [GroupLag(partition: TopicPartition("t", 2), current: 1, end: 1, member: other)])
        #expect(
            found == [#"{"task":null,"role":"active","lag":0,"member":"j","instance":"i","client":"java","host":"/h","process":null,"partitions":["t-2"]}"#])
    }
}
