import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct AssignorTests {
    static func members(_ topics: [String: [String]]) -> [GroupMember] {
        topics.map { GroupMember(id: $0, topics: $1) }
    }

    static func shares(_ assignor: any PartitionAssignor, _ members: [GroupMember], _ counts: [String: Int32]) throws
        -> [String: [String]]
    {
        try assignor.assign(members: members, partitionCounts: counts).mapValues { $0.partitions.map(\.description) }
    }

    @Test func `range gives neighbouring partitions, topic by topic`() throws {
        let members = Self.members(["a": ["t", "u"], "b": ["t", "u"]])
        #expect(
            try Self.shares(RangeAssignor(), members, ["t": 3, "u": 3]) == [
                "a": ["t-0", "t-1", "u-0", "u-1"], "b": ["t-2", "u-2"],
            ])
    }

    @Test func `round robin spreads all partitions evenly`() throws {
        let members = Self.members(["a": ["t", "u"], "b": ["t", "u"]])
        #expect(
            try Self.shares(RoundRobinAssignor(), members, ["t": 3, "u": 3]) == [
                "a": ["t-0", "t-2", "u-1"], "b": ["t-1", "u-0", "u-2"],
            ])
    }

    @Test(arguments: [RangeAssignor() as any PartitionAssignor, RoundRobinAssignor()])
    func `every partition goes to one member that wants its topic`(_ assignor: any PartitionAssignor) throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let topics = ["t", "u", "v"]
            let members = (0..<Int.random(in: 1...5, using: &random)).map { index in
                GroupMember(id: "m\(index)", topics: topics.filter { _ in Bool.random(using: &random) })
            }
            let counts = Dictionary(uniqueKeysWithValues: topics.map { ($0, Int32.random(in: 0...7, using: &random)) })
            let result = try assignor.assign(members: members, partitionCounts: counts)
            let given = result.values.flatMap(\.partitions)
            #expect(Set(given).count == given.count)
            let wanted = topics.filter { topic in members.contains { $0.topics.contains(topic) } }
            #expect(given.count == wanted.reduce(0) { $0 + Int(counts[$1] ?? 0) })
            for member in members {
                #expect(result[member.id]?.partitions.allSatisfy { member.topics.contains($0.topic) } ?? false)
            }
        }
    }

    @Test func `static members keep their shares under new ids`() throws {
        let before = [
            GroupMember(id: "x", instanceID: "1", topics: ["t"]), GroupMember(id: "y", instanceID: "2", topics: ["t"]),
        ]
        let after = [
            GroupMember(id: "z", instanceID: "1", topics: ["t"]), GroupMember(id: "a", instanceID: "2", topics: ["t"]),
        ]
        let old = try Self.shares(RangeAssignor(), before, ["t": 5])
        let new = try Self.shares(RangeAssignor(), after, ["t": 5])
        #expect(old["x"] == new["z"] && old["y"] == new["a"])
    }
}
