import KafkaProtocol
import Testing

@testable import KafkaClient

/// Topics, groups and members whose names Swift holds for equal and Kafka does not: U+212A, the Kelvin sign, and K.
@Suite struct NameTests {
    private let letter = "K"
    private let sign = "\u{212a}"

    @Test func `what is known of one topic says nothing of a lookalike`() {
        var cache = MetadataCache()
        _ = cache.received(MetadataCacheTests.response([1], topic: letter), asked: [Name(letter)])
        #expect(cache.leader(of: TopicPartition(letter, 0)) == 1)
        #expect(cache.leader(of: TopicPartition(sign, 0)) == nil && cache.topic(Name(sign)) == nil)
        #expect(cache.need([Name(sign)]) == .ask([Name(sign)]))
        cache.invalidate(Name(sign))
        #expect(cache.leader(of: TopicPartition(letter, 0)) == 1)
    }

    @Test func `coordinators of lookalikes are two`() {
        #expect(Coordinator.group(letter) != .group(sign))
        #expect(Set([Coordinator.transaction(letter), .transaction(sign)]).count == 2)
        #expect(ConfigResource.topic(letter) != .topic(sign))
        #expect(GroupMetadata(groupID: letter) != GroupMetadata(groupID: sign))
    }

    @Test(arguments: [RangeAssignor() as any PartitionAssignor, RoundRobinAssignor(), CooperativeStickyAssignor()])
    func `a member gets no partitions of a lookalike of its topic`(_ assignor: any PartitionAssignor) throws {
        let members = [GroupMember(id: "a", topics: [sign]), GroupMember(id: "b", topics: [letter])]
        let result = try assignor.assign(members: members, partitionCounts: [letter: 2])
        #expect(result["a"]?.partitions == [] && result["b"]?.partitions.count == 2)
    }

    @Test func `subscribing to a lookalike is another subscription`() {
        var member = MembershipTests.member()
        member.subscribe([letter, letter], now: 0)
        #expect(member.topics == [letter])
        member.subscribe([sign, letter], now: 0)
        #expect(member.topics.map { Name($0) } == [Name(letter), Name(sign)])
    }

    @Test func `answers to a produce request are told apart`() {
        var partitions: [TopicPartition: Int] = [:]
        for (index, topic) in [letter, sign].enumerated() { partitions[TopicPartition(topic, 0)] = index }
        #expect(partitions.count == 2)
        #expect(partitions.keys.byTopic().map { Name($0.topic) } == [Name(letter), Name(sign)])
    }
}
