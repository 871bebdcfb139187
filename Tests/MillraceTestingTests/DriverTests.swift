import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

@Suite struct DriverTests {
    struct Broken: Error, CustomStringConvertible {
        var description: String { "broken" }
    }

    @Test func `an error in a step names the record and the step`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.mapValues(named: "shout") { $0?.uppercased() }
            .filter(named: "check") { _, value in
                if value == "BAD" { throw Broken() }
                return true
            }
            .to("out")
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        try input.pipe("k", "good")
        let error = #expect(throws: StreamsError.self) { try input.pipe("k", "bad") }
        #expect(error?.code == .processing)
        #expect(error?.description == "processing the record in-0 offset 1 failed in the step check: broken")
    }

    @Test func `an error after a table's held-back update names the step`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().count(.as("counts"), named: "counting").toStream(named: "changes")
            .mapValues(named: "check") { (count: Int64?) -> Int64? in throw Broken() }
            .to("out")
        let driver = try TopologyTestDriver(builder.build(), cacheBytes: 1 << 20)
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let error = #expect(throws: StreamsError.self) { try input.pipe("k", "x") }
        #expect(
            error?.description
                == "a result that the step counting held back failed in the step check: broken")
    }

    @Test func `bad records are set aside and counted if that is the policy`() throws {
        let builder = StreamsBuilder()
        builder.stream("in", key: .string, value: .int64).to("out")
        let driver = try TopologyTestDriver(builder.build(), onBadRecord: .deadLetter(topic: "dead"))
        let texts: TestInputTopic<String, String> = try driver.inputTopic("in")
        try texts.pipe("k", "short")
        let dead: TestOutputTopic<String, String> = try driver.outputTopic("dead")
        #expect(try dead.readValues() == ["short"])
        #expect(driver.badRecords == 1)
        #expect(driver.producedTopicNames == ["dead"])
    }

    @Test func `internal topics can be read, and are processed all the same`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupBy { _, value in value }.count(.as("counts")).toStream().to("out")
        let driver = try TopologyTestDriver(builder.build(), applicationID: "app")
        #expect(driver.producedTopicNames == [])
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        try input.pipe("k", "x", timestamp: 4)
        #expect(driver.producedTopicNames == ["app-counts-changelog", "app-counts-repartition", "out"])
        let repartition: TestOutputTopic<String, String> = try driver.outputTopic("app-counts-repartition")
        #expect(try repartition.readAll() == [TestRecord("x", "x", timestamp: 4)])
        let changelog: TestOutputTopic<String, Int64> = try driver.outputTopic("app-counts-changelog")
        #expect(try changelog.readAll() == [TestRecord("x", 1, timestamp: 4)])
    }

    @Test func `what a topology writes to a topic that it reads is processed`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.to("middle")
        let middle: KStream<String, String> = builder.stream("middle")
        middle.mapValues { $0?.uppercased() }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let other: TestInputTopic<String, String> = try driver.inputTopic("middle")
        let output: TestOutputTopic<String, String> = try driver.outputTopic("out")
        try input.pipe("k", "x")
        try other.pipe("k", "y")
        #expect(try output.readValues() == ["X", "Y"])
        let written: TestOutputTopic<String, String> = try driver.outputTopic("middle")
        #expect(try written.readValues() == ["x"])
    }

    @Test func `the wall clock begins where it is told and does not go back`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.to("out")
        let driver = try TopologyTestDriver(builder.build(), wallClock: 1000)
        try driver.advanceWallClock(by: .milliseconds(5))
        try driver.advanceWallClock(by: .milliseconds(-50))
        #expect(driver.wallClock == 1005)
        #expect(driver.streamTime == -1)
    }
}
