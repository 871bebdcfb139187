import KafkaProtocol
import Testing

@testable import KafkaClient
@testable import Millrace

@Suite struct HandOverWaitsTests {
    struct NoTransport: KafkaTransport {
        struct Absent: Error {}
        func send<R: KafkaRequest>(_ request: R, to node: Int32?) async throws -> R.Response { throw Absent() }
        func close() async {}
    }

    @Test func `tasks that change are waited for, each with its reason, until they have changed`() {
        let client = KafkaClient(transport: NoTransport(), clientID: "test")
        func told() -> [String] {
            client.waits.look(lateAt: 0, patience: 0).waits.map { "\($0.what): \($0.reason)" }.sorted()
        }
        let (one, other) = (TaskID(subTopology: 0, partition: 1), TaskID(subTopology: 2, partition: 0))
        var waits = HandOverWaits(client)
        waits.note([one: .ends, other: .leavesStores])
        #expect(
            told() == [
                "begin task 2_0: its standby is still busy with what it has read", "give back task 0_1: its last commit is not over",
            ])
        waits.note([one: .isDropped])
        #expect(told() == ["drop task 0_1: its partitions belong to others, and it is still busy"])
        waits.note([:])
        #expect(told() == [])
    }

    @Test func `a task that is to move waits for its changelogs, and then for the group`() {
        let bound = TaskPlacement.acceptableLag / 2
        #expect(WarmUp(lag: nil) == .behind(nil) && WarmUp(lag: bound + 1) == .behind(bound + 1))
        #expect(WarmUp(lag: bound) == .ready && WarmUp(lag: 0) == .ready)
        #expect("\(WarmUp.behind(7))".contains("7 records"))
    }
}
