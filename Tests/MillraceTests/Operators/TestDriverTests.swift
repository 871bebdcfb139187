import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

@Suite struct TestDriverTests {
    func wordCount() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("lines", value: .string)
            .flatMapValues { line in (line ?? "").split(separator: " ").map(String.init) }
            .groupBy { _, word in word }
            .count(.as("counts"))
            .to("word-counts")
        return try builder.build()
    }

    @Test func `a record is processed through all sub-topologies before the next`() throws {
        let driver = try TopologyTestDriver(wordCount())
        try driver.pipe("lines", nil, "a b a", at: 5)
        #expect(try driver.texts("word-counts", .string, .int64) == ["a=1@5", "b=1@5", "a=2@5"])
        try driver.pipe("lines", nil, "b", at: 3)
        #expect(try driver.texts("word-counts", .string, .int64) == ["b=2@5"])
        #expect(try driver.texts("word-counts", .string, .int64) == [])
    }

    @Test func `changelogs are written like any topic`() throws {
        let driver = try TopologyTestDriver(wordCount(), applicationID: "app")
        try driver.pipe("lines", nil, "a a", at: 5)
        #expect(driver.producedTopicNames.contains("app-counts-repartition"))
        #expect(try driver.texts("app-counts-changelog", .string, .int64) == ["a=1@5", "a=2@5"])
    }

    @Test func `a topic that no step reads is an error`() throws {
        let driver = try TopologyTestDriver(wordCount())
        let error = #expect(throws: StreamsError.self) { try driver.pipe("other", nil, "x", at: 0) }
        #expect(error?.code == .missingTopic)
    }

    struct Broken: Error {}

    func breaking() throws -> Topology {
        let builder = StreamsBuilder()
        let stream: KStream<String, Int64> = builder.stream("in")
        stream.mapValues { value in
            if value == 13 { throw Broken() }
            return value
        }.to("out")
        return try builder.build()
    }

    @Test func `a record that cannot be read fails the run, named by topic and offset`() throws {
        let driver = try TopologyTestDriver(breaking())
        try driver.pipe("in", key: nil, value: [0, 0, 0, 0, 0, 0, 0, 1], timestamp: 0)
        let error = #expect(throws: StreamsError.self) { try driver.pipe("in", "k", "short", at: 1) }
        #expect(error?.code == .undecodableRecord)
        #expect(error?.description.contains("in-0 offset 1") == true)
    }

    @Test func `bad records are skipped if that is the policy`() throws {
        let driver = try TopologyTestDriver(breaking(), onBadRecord: .skip)
        try driver.pipe("in", "k", "short", at: 1)
        try driver.pipe("in", key: nil, value: [0, 0, 0, 0, 0, 0, 0, 13], timestamp: 2)
        try driver.pipe("in", key: nil, value: [0, 0, 0, 0, 0, 0, 0, 14], timestamp: 3)
        #expect(try driver.texts("out", .string, .int64) == ["null=14@3"])
    }

    @Test func `bad records go to the dead-letter topic untouched`() throws {
        let driver = try TopologyTestDriver(breaking(), onBadRecord: .deadLetter(topic: "dead"))
        try driver.pipe("in", "k", "short", at: 1, headers: [RecordHeader(key: "h", value: [1])])
        let dead = try #require(driver.read("dead").first)
        #expect(dead.key?.string == "k")
        #expect(dead.value?.string == "short")
        #expect(dead.timestamp == 1)
        #expect(dead.headers.first == RecordHeader(key: "h", value: [1]))
        #expect(dead.headers.contains(RecordHeader(key: "__streams.errors.topic", value: Bytes(utf8: "in"))))
        try driver.pipe("in", key: nil, value: [0, 0, 0, 0, 0, 0, 0, 13], timestamp: 2)
        #expect(driver.read("dead").map(\.value) == [[0, 0, 0, 0, 0, 0, 0, 13]])
        #expect(driver.read("out") == [])
    }
}
