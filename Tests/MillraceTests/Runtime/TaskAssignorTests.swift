import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct TaskAssignorTests {
    let assignor = TaskAssignor(groups: [["a", "b"], ["c"]])
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

    @Test func `without instances there is nothing to share out`() {
        #expect(assignor.assign(members: [], partitionCounts: counts).isEmpty)
    }

    @Test(arguments: 1...12)
    func `tasks stay whole and are spread evenly over any number of instances`(_ count: Int) {
        let given = assignor.assign(
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

    @Test func `a third instance takes its share from the two that have all`() {
        let assignor = TaskAssignor(groups: [["in"]])
        func members(_ owned: [String: [TopicPartition]]) -> [GroupMember] {
            owned.map { GroupMember(id: $0.key, topics: ["in"], ownedPartitions: $0.value) }
        }
        for tasks: Int32 in 1...12 {
            let two = assignor.assign(members: members(["a": [], "b": []]), partitionCounts: ["in": tasks]).mapValues(\.partitions)
            let three = assignor.assign(
                members: members(two.merging(["c": []]) { $1 }), partitionCounts: ["in": tasks]
            ).mapValues(\.partitions)
            let counts = three.values.map(\.count).sorted()
            #expect(counts.reduce(0, +) == tasks && (counts[2] - counts[0]) <= 1, "\(tasks): \(counts)")
            for member in ["a", "b"] { #expect(Set(three[member] ?? []).isSubset(of: two[member] ?? [])) }
        }
    }

    @Test func `of each sub-topology a second instance gets its share`() {
        let assignor = TaskAssignor(groups: [["in"], ["between"]])
        let counts: [String: Int32] = ["in": 4, "between": 4]
        func members(_ owned: [String: [TopicPartition]]) -> [GroupMember] {
            owned.map { GroupMember(id: $0.key, topics: ["in", "between"], ownedPartitions: $0.value) }
        }
        let one = assignor.assign(members: members(["a": []]), partitionCounts: counts).mapValues(\.partitions)
        let two = assignor.assign(members: members(one.merging(["b": []]) { $1 }), partitionCounts: counts)
        for assignment in two.values {
            #expect(assignment.partitions.count { $0.topic == "in" } == 2 && assignment.partitions.count == 4)
        }
    }

    @Test func `topics with other numbers of partitions, or none, give the tasks that there are`() {
        let given = assignor.assign(members: members(["m": []]), partitionCounts: ["a": 1, "b": 3])
        let expected: Set = [
            TopicPartition("a", 0), TopicPartition("b", 0), TopicPartition("b", 1), TopicPartition("b", 2),
        ]
        #expect(Set(given["m"]?.partitions ?? []) == expected)
    }
}
