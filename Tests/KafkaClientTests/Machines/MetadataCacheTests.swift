import KafkaProtocol
import Testing

@testable import KafkaClient

@Suite struct MetadataCacheTests {
    static func response(_ leaders: [Int32], topic: String = "t", code: KafkaErrorCode = .none) -> MetadataResponse {
        MetadataResponse(
            brokers: [.init(nodeId: 1, host: "h", port: 1)], controllerId: 1,
            topics: [
                .init(
                    errorCode: code.rawValue, name: topic,
                    partitions: leaders.enumerated().reversed().map { .init(partitionIndex: Int32($0), leaderId: $1) })
            ])
    }

    @Test func `a topic is asked for by one, and others wait`() {
        var cache = MetadataCache()
        #expect(cache.need(["t"]) == .ask(["t"]))
        #expect(cache.need(["t"]) == .wait)
        #expect(cache.need(["t", "u"]) == .ask(["u"]))
        #expect(cache.received(Self.response([1, 2]), asked: ["t"]).isEmpty)
        #expect(cache.need(["t"]) == .known)
        #expect(cache.leader(of: TopicPartition("t", 1)) == 2)
        #expect(cache.leader(of: TopicPartition("t", 2)) == nil)
        #expect(cache.leader(of: TopicPartition("t", -1)) == nil)
    }

    @Test func `a question that failed can be asked by another`() {
        var cache = MetadataCache()
        _ = cache.need(["t"])
        cache.failed(["t"])
        #expect(cache.need(["t"]) == .ask(["t"]))
    }

    @Test func `what is out of date is asked for again, and has no leader until then`() {
        var cache = MetadataCache()
        _ = cache.received(Self.response([1]), asked: ["t"])
        cache.invalidate("t")
        #expect(cache.leader(of: TopicPartition("t", 0)) == nil)
        #expect(cache.topic("t") != nil)
        #expect(cache.need(["t"]) == .ask(["t"]))
        _ = cache.received(Self.response([2]), asked: ["t"])
        #expect(cache.leader(of: TopicPartition("t", 0)) == 2)
    }

    @Test func `a refresh asks although all is known`() {
        var cache = MetadataCache()
        _ = cache.received(Self.response([1]), asked: ["t"])
        #expect(cache.need(["t"], refresh: true) == .ask(["t"]))
    }

    @Test func `a topic that is gone is forgotten, one left out counts as unknown`() {
        var cache = MetadataCache()
        _ = cache.received(Self.response([1]), asked: ["t"])
        let errors = cache.received(Self.response([], code: .unknownTopicOrPartition), asked: ["t", "u"])
        #expect(errors == ["t": .unknownTopicOrPartition, "u": .unknownTopicOrPartition])
        #expect(cache.topic("t") == nil)
    }

    @Test func `a partition without a leader has none`() {
        var cache = MetadataCache()
        _ = cache.received(Self.response([-1]), asked: ["t"])
        #expect(cache.leader(of: TopicPartition("t", 0)) == nil)
        #expect(cache.knows(["t"]))
    }

    @Test func `a list of all topics says which are gone, and not whether others are being asked for`() {
        var cache = MetadataCache()
        _ = cache.received(Self.response([1]), asked: ["t"])
        #expect(cache.need(["u"]) == .ask(["u"]))
        var all = Self.response([1])
        all.topics = []
        #expect(cache.received(all, asked: nil).isEmpty)
        #expect(cache.topic("t") == nil && cache.need(["u"]) == .wait)
    }
}

@Suite struct RetryPolicyTests {
    @Test func `waits double up to the longest`() {
        let policy = RetryPolicy(initialBackoff: .milliseconds(50), maximumBackoff: .milliseconds(300), jitter: 0)
        #expect((1...6).map { policy.delay(afterAttempt: $0, random: 0) } == [50, 100, 200, 300, 300, 300])
        #expect(policy.delay(afterAttempt: 1_000_000, random: .max) == 300)
    }

    @Test func `chance spreads the waits within the jitter`() {
        let policy = RetryPolicy(initialBackoff: .milliseconds(100), jitter: 0.2)
        var random = SplitMix(seed: 7)
        let waits = (0..<1000).map { _ in policy.delay(afterAttempt: 1, random: random.next()) }
        #expect(waits.allSatisfy { (80...120).contains($0) })
        #expect(Set(waits).count > 30)
    }
}

@Suite struct LeaderSearchTests {
    static let partition = TopicPartition("t", 0)

    @Test func `a partition is asked for once at a time, and after a failure later`() {
        var search = LeaderSearch()
        #expect(search.plan([Self.partition], now: 0).ask == [Self.partition])
        #expect(search.plan([Self.partition], now: 0).ask.isEmpty)
        _ = search.answered([Self.partition: .notNow], now: 0) { Int64($0) * 10 }
        #expect(search.plan([Self.partition], now: 5).retryAt == 10)
        #expect(search.plan([Self.partition], now: 10).ask == [Self.partition])
        _ = search.answered([Self.partition: .found], now: 10) { Int64($0) * 10 }
        #expect(search.plan([Self.partition], now: 11).ask == [Self.partition])
    }

    @Test func `a partition that does not exist is told once, and is gone after a while`() {
        var search = LeaderSearch()
        let missing = [Self.partition: LeaderSearch.Verdict.missing(.unknownTopicOrPartition)]
        var told: [Int] = []
        for now in [0, 10, 20] as [Int64] {
            _ = search.plan([Self.partition], now: now)
            told.append(search.answered(missing, now: now) { _ in 10 }.count)
        }
        #expect(told == [1, 0, 0])
        let early = search.missing(for: 30, now: 29)
        let late = search.missing(for: 30, now: 30)
        #expect(early.isEmpty && late == [Self.partition: .unknownTopicOrPartition])
    }
}
