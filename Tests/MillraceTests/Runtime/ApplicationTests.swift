import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct ApplicationTests {
    @Test(arguments: ProcessingGuarantee.allCases)
    func `counts are right, and an idle end leaves everything committed`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 3, "out": 2])
                let records = Counting.records(5000, seed: 1, partitions: 3)
                try await cluster.produce(records)
                let log = EventLog()
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee, log: log))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
                #expect(try await cluster.isCommitted("app", ["in", "app-counts-repartition"]))
                #expect(log.processed == 10_000)
                // The other half are those of the repartition topic.
                #expect(log.processedOfOthers == 5000)
                #expect(log.warnings.isEmpty)
                // A second run has nothing to do.
                let again = EventLog()
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee, log: again))
                #expect(again.processed == 0)
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `empty topics are idle at once`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 3, "out": 2])
                try await cluster.run(Counting.topology(), Counting.configuration(guarantee))
                #expect(try await cluster.read("out").isEmpty)
            }
        }
    }

    @Test func `sources of a stateless step may have different numbers of partitions`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "other": 3, "out": 1])
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream(["in", "other"])
                input.to("out")
                let topology = try builder.build()
                try await cluster.produce([
                    .init(key: Bytes(utf8: "a"), value: Bytes(utf8: "1")),
                    .init(topic: "other", partition: 0, key: Bytes(utf8: "b"), value: Bytes(utf8: "2")),
                    .init(topic: "other", partition: 2, key: Bytes(utf8: "c"), value: Bytes(utf8: "3")),
                ])
                try await cluster.run(topology, Counting.configuration(.atLeastOnce))
                #expect(try await cluster.table("out", .string, .string) == ["a": "1", "b": "2", "c": "3"])
            }
        }
    }

    @Test func `missing topics and unfit partition counts are explained`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                let topology = try Counting.topology()
                let configuration = Counting.configuration(.atLeastOnce)
                let missing = await cluster.failure(of: topology, configuration)
                #expect(missing?.code == .missingTopic)
                #expect(missing?.message.contains("in (KSTREAM-SOURCE-0000000000), out (KSTREAM-SINK-") == true)
                try await cluster.createTopics(["in": 2, "out": 2, "app-counts-changelog": 5])
                let wrong = await cluster.failure(of: topology, configuration)
                #expect(wrong?.code == .partitionCount && wrong?.message.contains("app-counts-changelog has 5") == true)
                var letters = configuration
                letters.applicationID = "other"
                letters.onBadRecord = .deadLetter(topic: "bad")
                let dead = await cluster.failure(of: topology, letters)
                #expect(dead?.code == .missingTopic && dead?.message.contains("bad") == true)
            }
        }
    }

    @Test func `missing topics are created where that is wanted`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                var configuration = Counting.configuration(.atLeastOnce)
                configuration.missingTopics = .create(partitions: 3)
                configuration.onBadRecord = .deadLetter(topic: "bad")
                try await cluster.run(Counting.topology(), configuration)
                let topics = try await cluster.admin.describeTopics(["in", "out", "bad", "app-counts-changelog"])
                #expect(topics.count == 4 && topics.values.allSatisfy { $0.partitions.count == 3 })
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `a record that cannot be read fails the application, names it, and others commit`(
        _ guarantee: ProcessingGuarantee
    ) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 1])
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.to("out")
                let topology = try builder.build()
                try await cluster.produce([.init(partition: 0, key: Bytes(utf8: "good"), value: Bytes(utf8: "1"))])
                let log = EventLog()
                try await cluster.run(topology, Counting.configuration(guarantee, log: log))
                try await cluster.produce([
                    .init(partition: 0, key: Bytes(utf8: "better"), value: Bytes(utf8: "2")),
                    .init(partition: 1, key: Bytes(utf8: "a"), value: Bytes(utf8: "3")),
                    .init(partition: 1, key: Bytes([0xff]), value: Bytes(utf8: "4")),
                    .init(partition: 1, key: Bytes(utf8: "b"), value: Bytes(utf8: "5")),
                ])
                let error = await cluster.failure(of: topology, Counting.configuration(guarantee))
                #expect(error?.code == .undecodableRecord)
                for part in ["task 0_1", "in-1", "offset 1"] { #expect(error?.message.contains(part) == true) }
                var configuration = Counting.configuration(guarantee)
                configuration.onBadRecord = .skip
                try await cluster.run(topology, configuration)
                let table = try await cluster.table("out", .string, .string)
                #expect(table == ["good": "1", "better": "2", "a": "3", "b": "5"])
            }
        }
    }

    @Test func `the dead-letter topic takes what cannot be read, and the rest is processed`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1, "bad": 1])
                let builder = StreamsBuilder()
                let input: KStream<String, String> = builder.stream("in")
                input.to("out")
                let topology = try builder.build()
                try await cluster.produce([
                    .init(
                        key: Bytes([0xff]), value: Bytes(utf8: "4"), time: 9,
                        headers: [RecordHeader(key: "h", value: nil)]),
                    .init(key: Bytes(utf8: "b"), value: Bytes(utf8: "5")),
                ])
                let log = EventLog()
                var configuration = Counting.configuration(.exactlyOnce, log: log)
                configuration.onBadRecord = .deadLetter(topic: "bad")
                try await cluster.run(topology, configuration)
                let letters = try await cluster.read("bad")
                let letter = try #require(letters.first)
                #expect(letters.count == 1 && letter.key == Bytes([0xff]) && letter.time == 9)
                #expect(letter.headers.first == RecordHeader(key: "h", value: nil))
                #expect(try await cluster.table("out", .string, .string) == ["b": "5"])
                #expect(try await cluster.isCommitted("app", ["in"]))
            }
        }
    }

    @Test(arguments: ProcessingGuarantee.allCases)
    func `cancelling the run ends it, idle or at work`(_ guarantee: ProcessingGuarantee) async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 2])
                for round in 0..<4 {
                    if round > 0 { try await cluster.produce(Counting.records(2000, seed: UInt64(round))) }
                    let log = EventLog()
                    let configuration = Counting.dying(guarantee, log: log)
                    try await cluster.cancel(Counting.topology(), configuration) {
                        await log.wait(count: round == 0 ? 4 : 1) { if case .running = $0 { true } else { false } }
                        if round > 1 { await log.waitForCommits(round - 1) }
                    }
                }
            }
        }
    }

    @Test func `processed records of repartition topics are deleted when a task ends`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 2, "out": 2])
                try await cluster.produce(Counting.records(1000, seed: 1))
                try await cluster.run(Counting.topology(), Counting.configuration(.atLeastOnce))
                #expect(try await cluster.read("app-counts-repartition").isEmpty)
                let records = Counting.records(1000, seed: 1) + Counting.records(500, seed: 2)
                try await cluster.produce(Counting.records(500, seed: 2))
                try await cluster.run(Counting.topology(), Counting.configuration(.atLeastOnce))
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }

    @Test func `a source that begins at the latest offset keeps that beginning over a restart`() async throws {
        try await withTimeLimit {
            try await StreamsCluster.run { cluster in
                try await cluster.createTopics(["in": 1, "out": 1])
                try await cluster.produce(Counting.records(10, seed: 1, partitions: 1))
                var configuration = Counting.configuration(.atLeastOnce)
                configuration.offsetReset = .latest
                try await cluster.run(Counting.topology(), configuration)
                let records = Counting.records(20, seed: 2, partitions: 1)
                try await cluster.produce(records)
                try await cluster.run(Counting.topology(), configuration)
                #expect(try await cluster.table("out", .string, .int64) == Counting.expected(records))
            }
        }
    }
}
