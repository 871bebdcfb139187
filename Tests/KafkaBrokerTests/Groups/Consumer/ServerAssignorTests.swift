import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct ServerAssignorTests {
    private let topics = ["t": ConsumerMachine.id("t"), "u": ConsumerMachine.id("u"), "v": ConsumerMachine.id("v")]

    private func task(
        _ counts: [String: Int32], _ members: [(id: Name, topics: String, present: [String])], instances: [Name: Name] = [:]
    ) throws -> AssignmentTask {
        var task = AssignmentTask()
        for (topic, count) in counts { task.topics[try #require(topics[topic])] = count }
        for member in members {
            task.members.append(
                .init(
                    id: member.id, instanceID: instances[member.id],
                    topics: Set(try member.topics.map { try #require(topics[String($0)]) }),
                    present: Set(
                        try member.present.map {
                            TopicIDPartition(
                                try #require(topics[String($0.prefix(1))]), try #require(Int32($0.dropFirst())))
                        })))
        }
        return task
    }

    private func text(_ assignments: [Name: Set<TopicIDPartition>]) -> [Name: String] {
        let names = Dictionary(uniqueKeysWithValues: topics.map { ($0.value, $0.key) })
        return assignments.mapValues { partitions in
            partitions.map { "\(names[$0.topic] ?? "?")\($0.partition)" }.sorted().joined(separator: " ")
        }
    }

    @Test func `range gives rows of neighbours of each topic, the longer ones to the first`() throws {
        let task = try task(["t": 5, "u": 5, "v": 1], [("b", "tu", ["t0"]), ("a", "tuv", []), ("c", "v", [])])
        #expect(
            text(ServerAssignor.range.assign(task)) == [
                "a": "t0 t1 t2 u0 u1 u2 v0", "b": "t3 t4 u3 u4", "c": "",
            ])
    }

    @Test func `range sorts static members by instance before the others`() throws {
        let task = try task(
            ["t": 3], [("a", "t", []), ("b", "t", []), ("c", "t", [])], instances: ["b": "2", "c": "1"])
        #expect(text(ServerAssignor.range.assign(task)) == ["c": "t0", "b": "t1", "a": "t2"])
    }

    @Test func `uniform leaves everyone what it has and balances with the fewest moves`() throws {
        let grown = try task(["t": 4], [("a", "t", ["t1", "t3"]), ("b", "t", ["t0"])])
        #expect(text(ServerAssignor.uniform.assign(grown)) == ["a": "t1 t3", "b": "t0 t2"])
        let joined = try task(["t": 4, "u": 2], [("a", "tu", ["t0", "t1", "t2", "t3", "u0", "u1"]), ("b", "tu", [])])
        let shared = ServerAssignor.uniform.assign(joined)
        #expect(shared["a"]?.count == 3)
        #expect(shared["b"]?.count == 3)
        let uneven = try task(
            ["t": 6, "u": 3], [("a", "tu", ["t0", "t1", "t2", "t3", "t4"]), ("b", "tu", ["t5", "u0", "u1"]), ("c", "tu", ["u2"])])
        let even = ServerAssignor.uniform.assign(uneven)
        #expect(even.values.map(\.count) == [3, 3, 3])
        #expect(even["b"] == uneven.members[1].present)
        #expect(even["a"]?.isSubset(of: uneven.members[0].present) == true)
    }

    @Test func `uniform gives nobody what it does not read`() throws {
        let task = try task(
            ["t": 4, "u": 2], [("a", "t", ["t0", "u0"]), ("b", "u", ["t1"]), ("c", "tu", [])])
        let assignments = ServerAssignor.uniform.assign(task)
        #expect(assignments.values.reduce(0) { $0 + $1.count } == 6)
        #expect(assignments["a"]?.allSatisfy { $0.topic == topics["t"] } == true)
        #expect(assignments["b"]?.allSatisfy { $0.topic == topics["u"] } == true)
        #expect(assignments.values.map(\.count) == [2, 2, 2])
    }

    @Test(arguments: ServerAssignor.allCases)
    func `whatever is to be shared out, each partition that is read is one reader's`(_ assignor: ServerAssignor) {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var task = AssignmentTask()
            let ids = (0..<UInt64.random(in: 0...6, using: &random)).map { KafkaUUID(high: 1, low: $0) }
            for id in ids { task.topics[id] = Int32.random(in: 0...9, using: &random) }
            var everything = ids.flatMap { id in (0..<(task.topics[id] ?? 0)).map { TopicIDPartition(id, $0) } }
            everything.shuffle(using: &random)
            let isUniform = Bool.random(using: &random)
            for index in 0..<Int.random(in: 0...7, using: &random) {
                let topics = isUniform ? ids : ids.filter { _ in Bool.random(using: &random) }
                let present = everything.suffix(Int.random(in: 0...everything.count, using: &random))
                if index % 3 != 0 { everything.removeLast(present.count) }
                task.members.append(
                    .init(id: Name("m\(index)"), instanceID: nil, topics: Set(topics), present: Set(present)))
            }
            let assignments = assignor.assign(task)
            #expect(assignments.count == task.members.count)
            var owners: [TopicIDPartition: Name] = [:]
            for member in task.members {
                for partition in assignments[member.id] ?? [] {
                    #expect(member.topics.contains(partition.topic), "seed \(seed)")
                    #expect(partition.partition >= 0 && partition.partition < task.topics[partition.topic] ?? 0)
                    #expect(owners.updateValue(member.id, forKey: partition) == nil, "seed \(seed)")
                }
            }
            let read = task.members.reduce(into: Set()) { $0.formUnion($1.topics) }
            #expect(owners.count == read.reduce(0) { $0 + Int(task.topics[$1] ?? 0) }, "seed \(seed)")
            guard assignor == .uniform else { continue }
            // Nobody has two more than someone who could take one.
            for giver in task.members {
                for taker in task.members {
                    let (given, taken) = (assignments[giver.id] ?? [], assignments[taker.id] ?? [])
                    guard given.count > taken.count + 1 else { continue }
                    #expect(!given.contains { taker.topics.contains($0.topic) }, "seed \(seed)")
                }
            }
            // What is settled stays as it is.
            for index in task.members.indices { task.members[index].present = assignments[task.members[index].id] ?? [] }
            #expect(assignor.assign(task) == assignments, "seed \(seed)")
        }
    }

    @Test func `many members and partitions are shared out in reasonable time`() {
        var task = AssignmentTask()
        for index in 0..<20 as Range<UInt64> { task.topics[KafkaUUID(high: 1, low: index)] = 100 }
        for index in 0..<200 {
            task.members.append(
                .init(id: Name("m\(index)"), instanceID: nil, topics: Set(task.topics.keys), present: []))
        }
        // All of it is one member's, and has to move.
        task.members[0].present = Set(
            task.topics.flatMap { id, count in (0..<count).map { TopicIDPartition(id, $0) } })
        #expect(ServerAssignor.uniform.assign(task).values.allSatisfy { $0.count == 10 })
    }
}
