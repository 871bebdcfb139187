import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct LostStateTests {
    let input = TopicPartition("in", 0)
    let changelog = TopicPartition("app-counts-changelog", 0)

    func committed(_ offset: Int64, end: Int64?) -> [TopicPartition: OffsetAndMetadata] {
        let entries = end.map { [TaskProgress.key(endOf: "counts"): $0] } ?? [:]
        return [input: OffsetAndMetadata(offset: offset, metadata: TaskProgress(partitionTime: 5, entries: entries).text)]
    }

    func find(_ committed: [TopicPartition: OffsetAndMetadata], input end: Int64?, changelog: Int64?) -> [LostState] {
        var ends: [TopicPartition: Int64] = [:]
        ends[input] = end
        ends[self.changelog] = changelog
        return LostState.find(committed: committed, changelogs: [("counts", self.changelog)], ends: ends)
    }

    @Test func `what is there is not lost`() {
        #expect(find(committed(10, end: 7), input: 10, changelog: 7) == [])
        #expect(find(committed(10, end: 7), input: .max, changelog: .max) == [])
        #expect(find(committed(0, end: nil), input: 0, changelog: nil) == [])
        #expect(find([:], input: 0, changelog: 5) == [])
    }

    @Test func `a changelog that is shorter than what was committed, or gone, is found`() {
        #expect(
            find(committed(10, end: 7), input: 10, changelog: 6)
                == [.shortChangelog(changelog, store: "counts", end: 6, committed: 7)])
        #expect(
            find(committed(10, end: 7), input: 10, changelog: nil)
                == [.shortChangelog(changelog, store: "counts", end: 0, committed: 7)])
    }

    @Test func `a store that is new, and metadata of other programs, say nothing`() {
        #expect(find(committed(10, end: nil), input: 10, changelog: 0) == [])
        let other = [input: OffsetAndMetadata(offset: 10, metadata: "not ours")]
        #expect(find(other, input: 10, changelog: 0) == [])
    }

    @Test func `an input that ends before the committed offset is found`() {
        for (offset, end) in [(Int64(11), Int64(10)), (.max, .max - 1), (1, 0)] {
            #expect(
                find(committed(offset, end: nil), input: end, changelog: nil)
                    == [.offsetBeyondEnd(input, offset: offset, end: end)])
        }
    }

    /// Counts twice, with `damage` done in between.
    func run(
        _ guarantee: ProcessingGuarantee, accepts: Bool = false,
        _ damage: @escaping @Sendable (StreamsCluster) async throws -> Void
    ) async throws -> (error: StreamsError?, warnings: [String]) {
        try await withTimeLimit {
            let result = try await StreamsCluster.run { cluster -> (StreamsError?, [String]) in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(2000, seed: 3))
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
                try await damage(cluster)
                let log = EventLog()
                var configuration = Counting.configuration(guarantee, log: log)
                configuration.acceptsLostState = accepts
                let error = await cluster.failure(of: try Counting.topology(), configuration)
                return (error, log.warnings)
            }
            return try #require(result)
        }
    }

    static let deleteChangelog: @Sendable (StreamsCluster) async throws -> Void = { cluster in
        try await cluster.admin.deleteTopics(["app-counts-changelog"])
    }

    @Test func `a changelog that was deleted is refused with exactly-once, with the ways on`() async throws {
        let (error, _) = try await run(.exactlyOnce, Self.deleteChangelog)
        #expect(error?.code == .lostState)
        #expect(error?.message.contains("app-counts-changelog-") == true && error?.message.contains("Reset") == true)
        #expect(error?.message.contains("--accept-lost-state") == true)
    }

    @Test func `lost state is accepted if so asked, and told`() async throws {
        let (error, warnings) = try await run(.exactlyOnce, accepts: true, Self.deleteChangelog)
        #expect(error == nil && warnings.contains { $0.contains("state is lost") })
    }

    @Test func `at-least-once goes on from what is left, and tells`() async throws {
        let (error, warnings) = try await run(.atLeastOnce, Self.deleteChangelog)
        #expect(error == nil && warnings.contains { $0.contains("state is lost") && $0.contains("app-counts-changelog-") })
    }

    @Test func `a committed offset beyond the end of its input is refused with exactly-once`() async throws {
        let (error, _) = try await run(.exactlyOnce) { cluster in
            let request = OffsetCommitRequest(
                groupId: "app", generationIdOrMemberEpoch: -1,
                topics: [.init(name: "in", partitions: [.init(partitionIndex: 1, committedOffset: 1001)])])
            _ = try await cluster.client.send(request, to: .group("app"), "commit") { _ in 0 }
        }
        #expect(error?.code == .lostState && error?.message.contains("in-1 ends at offset 1000") == true)
    }

    @Test func `state without the offsets that belong to it is refused with exactly-once`() async throws {
        let (error, _) = try await run(.exactlyOnce) { cluster in
            _ = try await cluster.admin.deleteGroups(["app"])
        }
        #expect(error?.code == .lostState && error?.message.contains("no offsets are committed") == true)
    }

    @Test func `a store under another name is told of, with the changelog that is left behind`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(10, seed: 3))
                try await cluster.run(Counting.topology(), Counting.configuration(.exactlyOnce))
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.selectKey { _, value in value ?? "" }.groupByKey().count(.as("renamed")).toStream().to("out")
                let log = EventLog()
                try await cluster.run(builder.build(), Counting.configuration(.exactlyOnce, log: log))
                #expect(
                    log.warnings.contains {
                        $0.contains("app-renamed-changelog") && $0.contains("app-counts-changelog") && $0.contains("left behind")
                    })
            }
        }
    }
}

@Suite struct NewPartitionTests {
    @Test func `new partitions of an input of a stateful topology are noticed while it runs`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                try await cluster.produce(Counting.records(100, seed: 3))
                let log = EventLog()
                let application = try StreamsApplication(
                    Counting.topology(),
                    configuration: Counting.configuration(.exactlyOnce, exitsWhenIdle: false, log: log),
                    client: cluster.client)
                let error = await #expect(throws: StreamsError.self) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await application.run() }
                        await log.waitForCommits()
                        try await cluster.admin.createPartitions(["in": 4])
                        // What the group's leader does once a minute; here another instance has it look.
                        group.addTask {
                            try await cluster.run(
                                Counting.topology(), Counting.configuration(.exactlyOnce, exitsWhenIdle: false))
                        }
                        try await group.next()
                        group.cancelAll()
                    }
                }
                #expect(error?.code == .partitionCount)
                #expect(error?.message.contains("the source topics have changed") == true)
            }
        }
    }

    @Test func `new partitions of a stateless topology are taken in`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.to("out")
                let topology = try builder.build()
                try await cluster.run(topology, Counting.configuration(.atLeastOnce))
                try await cluster.admin.createPartitions(["in": 3])
                try await cluster.produce(
                    (0..<3).map { StreamsCluster.Input(partition: $0, key: nil, value: Bytes(utf8: "v"), time: 1) })
                try await cluster.run(topology, Counting.configuration(.atLeastOnce))
                #expect(try await cluster.read("out").count == 3)
            }
        }
    }
}
