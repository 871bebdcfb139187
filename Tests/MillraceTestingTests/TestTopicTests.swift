import Foundation
import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

@Suite struct TestTopicTests {
    /// Copies `in` to `out`.
    func copying() throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream("in", key: .string, value: .int64).to("out")
        return try TopologyTestDriver(builder.build(), wallClock: 1000)
    }

    func topics(
        _ driver: TopologyTestDriver, autoAdvance: Duration = .zero
    ) throws -> (TestInputTopic<String, Int64>, TestOutputTopic<String, Int64>) {
        (try driver.inputTopic("in", autoAdvance: autoAdvance), try driver.outputTopic("out"))
    }

    @Test func `records go in and come out with all their parts`() throws {
        let (input, output) = try topics(copying())
        let headers = [RecordHeader(key: "h", value: [1]), RecordHeader(key: "h", value: nil)]
        let record = TestRecord<String, Int64>("k", 7, timestamp: 5, headers: headers)
        try input.pipe(record)
        try input.pipe([TestRecord("k", nil, timestamp: 6), TestRecord(nil, 8, timestamp: 3)])
        #expect(output.count == 3)
        #expect(try output.read() == record)
        #expect(try output.readAll() == [TestRecord("k", nil, timestamp: 6), TestRecord(nil, 8, timestamp: 3)])
        #expect(output.isEmpty)
        #expect(try output.read() == nil)
    }

    @Test func `records without a time get the topic's, which moves on by itself`() throws {
        let (input, output) = try topics(copying(), autoAdvance: .milliseconds(10))
        try input.pipe("a", 1)
        try input.pipe(["b": 2, "c": 3])
        try input.pipe("d", 4, timestamp: 5)
        input.advanceTime(by: .seconds(1))
        try input.pipe(values: [5, 6])
        #expect(try output.readAll().map(\.timestamp) == [1000, 1010, 1020, 5, 2030, 2040])
        #expect(input.time == 2050)
    }

    @Test func `a topic's time begins where it is told`() throws {
        let driver = try copying()
        let input: TestInputTopic<String, Int64> = try driver.inputTopic("in", startTimestamp: 7)
        try input.pipe("a", 1)
        try input.pipe("a", 2)
        #expect(driver.read("out").map(\.timestamp) == [7, 7])
        #expect(driver.streamTime == 7)
    }

    @Test func `output is read as values, as keys with values and as a table`() throws {
        let (input, output) = try topics(copying())
        try input.pipe(["a": 1, "b": 2])
        #expect(try output.readValues() == [1, 2])
        try input.pipe(["a": 1, "b": 2])
        #expect(try output.readKeyValues() == [KeyValue("a", 1), KeyValue("b", 2)])
        try input.pipe(["a": 1, "b": 2, "a": 3])
        try input.pipe("b", nil)
        #expect(try output.readLatestByKey() == ["a": 3])
        try input.pipe(values: [1])
        #expect(throws: StreamsError.self) { try output.readLatestByKey() }
        #expect(output.isEmpty)
    }

    @Test func `keys that a dictionary cannot tell apart are refused, not mixed up`() throws {
        let (input, output) = try topics(copying())
        try input.pipe(["caf\u{e9}": 1, "cafe\u{301}": 2])
        #expect(throws: StreamsError.self) { try output.readLatestByKey() }
        try input.pipe(["caf\u{e9}": 1, "caf\u{e9}": 2])
        #expect(try output.readLatestByKey() == ["caf\u{e9}": 2])
    }

    @Test func `several handles of a topic share what is left to read`() throws {
        let driver = try copying()
        let (input, output) = try topics(driver)
        try input.pipe(["a": 1, "b": 2, "c": 3])
        #expect(try output.read()?.value == 1)
        let other: TestOutputTopic<String, Int64> = try driver.outputTopic("out")
        #expect(try other.read()?.value == 2)
        #expect(driver.read("out").count == 1)
        #expect(output.isEmpty)
    }

    @Test func `what cannot be read is named by topic and number`() throws {
        let driver = try copying()
        let (input, _) = try topics(driver)
        try input.pipe(["a": 1, "b": 2])
        let output: TestOutputTopic<String, Int32> = try driver.outputTopic("out")
        _ = #expect(throws: StreamsError.self) { try output.read() }
        let error = #expect(throws: StreamsError.self) { try output.read() }
        #expect(error?.code == .undecodableRecord)
        #expect(
            error?.description == "cannot read the value of the record 1 of the topic out: 4 bytes expected, 8 found")
        #expect(output.isEmpty)
    }

    @Test func `a topic that is not there is refused with those that are`() throws {
        let driver = try copying()
        let unread = #expect(throws: StreamsError.self) { try driver.pipe("inn", key: nil, value: nil, timestamp: 0) }
        #expect(unread?.code == .missingTopic)
        #expect(unread?.message == "no source of the topology reads the topic inn; it reads in")
        #expect(throws: StreamsError.self) { _ = try driver.inputTopic("out", key: .string, value: .string) }
        let unwritten = #expect(throws: StreamsError.self) {
            _ = try driver.outputTopic("in", key: .string, value: .string)
        }
        #expect(unwritten?.message == "no step of the topology writes the topic in; it writes out")
    }

    struct Opaque: Sendable {}

    @Test func `a type without a serde of its own needs one`() throws {
        let driver = try copying()
        let error = #expect(throws: StreamsError.self) {
            let _: TestInputTopic<String, Opaque> = try driver.inputTopic("in")
        }
        #expect(error?.code == .configuration)
        #expect(error?.message == "name a serde for the values of the topic in: Opaque has none of its own")
    }

    @Test func `windowed keys are read with the windowed serdes`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().windowedBy(.tumbling(.milliseconds(10))).count(.as("counts")).toStream().to("out")
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let output = try driver.outputTopic("out", key: .timeWindowed(.string, size: 10), value: .int64)
        try input.pipe("a", "x", timestamp: 25)
        #expect(try output.readAll().map(\.description) == ["a@20/30=1@25"])
    }

    @Test func `records as text are short and tell all`() {
        #expect("\(TestRecord<String, Int64>("k", 1, timestamp: 5))" == "k=1@5")
        #expect("\(TestRecord<String, Int64>(nil, nil, timestamp: 5))" == "nil=nil@5")
        let headers = [RecordHeader(key: "h", value: Bytes(utf8: "v")), RecordHeader(key: "n", value: nil)]
        #expect("\(TestRecord("k", "v", timestamp: 0, headers: headers))" == "k=v@0 [h: v, n: nil]")
    }

    @Test func `a record's time may be a date`() {
        let record = TestRecord("k", "v", date: Date(timeIntervalSince1970: 1.5))
        #expect(record.timestamp == 1500)
        #expect(record.date == Date(timeIntervalSince1970: 1.5))
        #expect(TestRecord("k", "v", date: .distantFuture).timestamp > 0)
        #expect(Set([record, record, TestRecord("k", "w", timestamp: 1500)]).count == 2)
    }
}
