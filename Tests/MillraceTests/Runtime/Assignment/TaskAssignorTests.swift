import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

/// Whole tasks, evenly, in both forms.
@Suite struct TaskAssignorTests {
    static func assignor(_ topics: [[String]], isEarlier: Bool = true) -> TaskAssignor {
        TaskAssignor(
            groups: topics.enumerated().map { .init(subTopology: $0, topics: $1, isStateful: true) },
            board: TaskBoard(process: "p", topology: 1, standbys: 0, rackTags: [:], mostWarmUps: 2),
            isEarlier: isEarlier)
    }

    let assignor = assignor([["a", "b"], ["c"]])
    let counts: [String: Int32] = ["a": 4, "b": 4, "c": 5]

    func members(_ owned: [String: [TopicPartition]]) -> [GroupMember] {
        owned.map { GroupMember(id: $0.key, topics: ["a", "b", "c"], ownedPartitions: $0.value) }
    }

    func tasks(of partitions: [TopicPartition]) -> Int {
        Set(partitions.map { "\($0.topic == "c" ? "c" : "ab")\($0.partition)" }).count
    }

    @Test func `everything goes to a single instance`() {
        let given = assignor.assign(members: members(["m": []]), partitionCounts: counts)
        #expect(given["m"]?.partitions.count == 13)
    }

    @Test func `topics that match a pattern are read with the others of their sub-topology`() throws {
        let board = TaskBoard(process: "p", topology: 1, standbys: 0, rackTags: [:], mostWarmUps: 2)
        let assignor = TaskAssignor(
            groups: [
                .init(subTopology: 0, topics: ["a"], patterns: [try TopicPattern("in-.*")], isStateful: true),
                .init(subTopology: 1, topics: ["c"], patterns: [try TopicPattern("c|d")], isStateful: true),
            ], board: board)
        let given = assignor.assign(
            members: [GroupMember(id: "m", topics: ["a"]), GroupMember(id: "n", topics: ["a", "in-x"])],
            partitionCounts: ["a": 1, "in-x": 2, "in-y": 1, "c": 1, "other": 1])
        let all = given.mapValues { Set($0.partitions.map(\.description)) }
        #expect(all.values.reduce([]) { $0.union($1) } == ["a-0", "in-x-0", "in-x-1", "in-y-0", "c-0"])
        #expect(all.values.contains { $0.isSuperset(of: ["a-0", "in-x-0", "in-y-0"]) })
    }

    @Test func `all instances learn of tasks that are stopped where they are`() {
        var said = TaskSubscription(process: "p", topology: 1)
        // The second one has gone to another instance since.
        said.stopped = [TaskID(subTopology: 0, partition: 1), TaskID(subTopology: 0, partition: 3)]
        let members = [
            GroupMember(id: "m", topics: ["a"], ownedPartitions: [TopicPartition("a", 1)], userData: said.encoded()),
            GroupMember(
                id: "n", topics: ["a"], ownedPartitions: [TopicPartition("a", 3)],
                userData: TaskSubscription(process: "q", topology: 1).encoded()),
        ]
        let given = Self.assignor([["a"]], isEarlier: false).assign(members: members, partitionCounts: ["a": 4])
        for member in ["m", "n"] {
            #expect(TaskAssignment(decoding: given[member]?.userData).stopped == [TaskID(subTopology: 0, partition: 1)])
        }
    }

    @Test func `without instances there is nothing to share out`() {
        #expect(assignor.assign(members: [], partitionCounts: counts).isEmpty)
    }

    @Test(arguments: 1...12, [true, false])
    func `tasks stay whole and are spread evenly over any number of instances`(_ count: Int, _ isEarlier: Bool) {
        let given = Self.assignor([["a", "b"], ["c"]], isEarlier: isEarlier).assign(
            members: members(Dictionary(uniqueKeysWithValues: (0..<count).map { ("m\($0)", []) })),
            partitionCounts: counts)
        #expect(given.count == count)
        let all = given.values.flatMap(\.partitions)
        #expect(all.count == 13 && Set(all).count == 13)
        for (_, assignment) in given {
            let own = Set(assignment.partitions)
            for partition in 0..<Int32(4) {
                #expect(own.contains(TopicPartition("a", partition)) == own.contains(TopicPartition("b", partition)))
            }
            #expect(tasks(of: assignment.partitions) >= 9 / count)
            #expect(tasks(of: assignment.partitions) <= (9 + count - 1) / count)
        }
    }

    @Test func `who had a task keeps it as far as that is even`() {
        let first = assignor.assign(members: members(["x": [], "y": []]), partitionCounts: counts)
        let again = assignor.assign(
            members: members(first.mapValues(\.partitions)), partitionCounts: counts)
        #expect(first.mapValues { Set($0.partitions) } == again.mapValues { Set($0.partitions) })
        var three = first.mapValues(\.partitions)
        three["z"] = []
        let shared = assignor.assign(members: members(three), partitionCounts: counts)
        for member in ["x", "y"] {
            let before = Set(first[member]?.partitions ?? [])
            let after = Set(shared[member]?.partitions ?? [])
            #expect(after.isSubset(of: before))
        }
        #expect(tasks(of: shared["z"]?.partitions ?? []) == 3)
        let alone = assignor.assign(members: members(["z": shared["z"]?.partitions ?? []]), partitionCounts: counts)
        #expect(alone["z"]?.partitions.count == 13)
    }

    @Test func `what goes to another instance is nobody's until it was given back`() {
        let assignor = Self.assignor([["in"]], isEarlier: false)
        func members(_ owned: [String: [TopicPartition]]) -> [GroupMember] {
            owned.map { GroupMember(id: $0.key, topics: ["in"], ownedPartitions: $0.value, generation: 1) }
        }
        let two: [String: [TopicPartition]] = [
            "a": [0, 1].map { TopicPartition("in", $0) }, "b": [2, 3].map { TopicPartition("in", $0) }, "c": [],
        ]
        let first = assignor.assign(members: members(two), partitionCounts: ["in": 4]).mapValues(\.partitions)
        #expect(first.values.map(\.count).sorted() == [0, 1, 2] && first["c"] == [])
        let second = assignor.assign(members: members(first), partitionCounts: ["in": 4]).mapValues(\.partitions)
        #expect(second.values.map(\.count).sorted() == [1, 1, 2] && second["c"]?.count == 1)
        for member in ["a", "b"] { #expect(first[member] == second[member]) }
        #expect(assignor.assign(members: members(second), partitionCounts: ["in": 4]).mapValues(\.partitions) == second)
    }

    @Test func `topics with other numbers of partitions, or none, give the tasks that there are`() {
        let given = assignor.assign(members: members(["m": []]), partitionCounts: ["a": 1, "b": 3])
        let expected: Set = [
            TopicPartition("a", 0), TopicPartition("b", 0), TopicPartition("b", 1), TopicPartition("b", 2),
        ]
        #expect(Set(given["m"]?.partitions ?? []) == expected)
    }

    // MARK: - Who takes part

    @Test func `an instance with another topology, or of an unknown format, gets nothing and is told why`() {
        let assignor = Self.assignor([["in"]], isEarlier: false)
        var writer = ByteWriter()
        writer.write(7 as Int16)
        let members = [
            GroupMember(id: "same", topics: ["in"], userData: TaskSubscription(process: "p", topology: 1).encoded()),
            GroupMember(id: "other", topics: ["in"], userData: TaskSubscription(process: "p", topology: 2).encoded()),
            GroupMember(id: "later", topics: ["in"], userData: writer.finish()),
            GroupMember(id: "broken", topics: ["in"], userData: Bytes([0, 1, 200])),
        ]
        let given = assignor.assign(members: members, partitionCounts: ["in": 3])
        #expect(given["same"]?.partitions.count == 3)
        #expect(given.values.reduce(0) { $0 + $1.partitions.count } == 3)
        let refusals = given.mapValues { TaskAssignment(decoding: $0.userData).refusal }
        #expect(refusals["same"] == .some(nil) && refusals["other"] == .topology)
        #expect(refusals["later"] == .format(known: 1) && refusals["broken"] == .format(known: 1))
    }

    @Test func `both forms are offered, and instances without user data take part in the earlier one`() {
        let assignor = Self.assignor([["in"]], isEarlier: false)
        #expect(assignor.name != assignor.earlierForm?.name && assignor.earlierForm?.name == "millrace")
        #expect(assignor.isCooperative && assignor.earlierForm?.isCooperative == false)
        let members = [
            GroupMember(id: "old", topics: ["in"]),
            GroupMember(id: "new", topics: ["in"], userData: TaskSubscription(process: "p", topology: 1).encoded()),
        ]
        let given = assignor.earlierForm.flatMap { try? $0.assign(members: members, partitionCounts: ["in": 4]) }
        #expect(given?["old"]?.partitions.count == 2 && given?["new"]?.partitions.count == 2)
    }

    // MARK: - What is written

    @Test func `what instances and leaders say is read as it was written`() throws {
        var subscription = TaskSubscription(process: "host:7", topology: .max)
        subscription.serial = -3
        subscription.standbys = 2
        subscription.rackTags = ["zone": "caf\u{e9}", "row": ""]
        subscription.progress = [TaskID(subTopology: 0, partition: 3): 17, TaskID(subTopology: 12, partition: 0): .max]
        #expect(try TaskSubscription(decoding: subscription.encoded()) == subscription)
        let assignment = TaskAssignment(
            standbys: [TaskID(subTopology: 1, partition: 2)], warmUps: [TaskID(subTopology: 1, partition: 2)])
        #expect(TaskAssignment(decoding: assignment.encoded()) == assignment)
        #expect(
            TaskAssignment(decoding: nil) == TaskAssignment() && TaskAssignment(decoding: Bytes()) == TaskAssignment())
    }

    @Test func `whatever bytes come, they are read or refused`() {
        var random = SeededRandom(seed: 5)
        var subscription = TaskSubscription(process: "host:7", topology: 5)
        subscription.rackTags = ["zone": "b"]
        subscription.progress = [TaskID(subTopology: 0, partition: 3): 17]
        for whole in [
            subscription.encoded().array,
            TaskAssignment(standbys: [TaskID(subTopology: 0, partition: 1)]).encoded().array,
        ] {
            for _ in 0..<2000 {
                var bytes = whole
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                let cut = Bytes(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
                _ = try? TaskSubscription(decoding: cut)
                _ = TaskAssignment(decoding: cut)
            }
        }
        for end in 1..<subscription.encoded().count {
            #expect(throws: TaskRefusal.self) { try TaskSubscription(decoding: subscription.encoded()[0..<end]) }
        }
    }
}
