import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

@Suite struct NullAndLateRecordTests {
    @Test func `grouping leaves out null keys, unwindowed counts leave out null values, and both are counted`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().count().to("plain")
        stream.groupByKey().windowedBy(.tumbling(.milliseconds(10))).count().to("windowed")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", nil, "x", at: 1)
        #expect(driver.droppedRecords == 2)
        try driver.pipe("in", "a", nil, at: 1)
        #expect(driver.droppedRecords == 3 && driver.dropped.null == 3)
        #expect(try driver.texts("plain", .string, .int64) == [])
        #expect(try driver.texts("windowed", .timeWindowed(.string, size: 10), .int64) == ["a@0/10=1@1"])
    }

    @Test func `a negative timestamp drops the record`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.to("out")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "a", "x", at: -1)
        #expect(driver.read("out") == [])
        #expect(driver.droppedRecords == 1 && driver.dropped.badTime == 1)
    }

    @Test func `late records are dropped and counted`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().windowedBy(.tumbling(.milliseconds(10), grace: .milliseconds(5))).count().to("out")
        let driver = try TopologyTestDriver(builder.build())
        for time in [1, 14, 2, 15, 3] as [Int64] { try driver.pipe("in", "a", "x", at: time) }
        #expect(
            try driver.texts("out", .timeWindowed(.string, size: 10), .int64) == [
                "a@0/10=1@1", "a@10/20=1@14", "a@0/10=2@2", "a@10/20=2@15",
            ])
        #expect(driver.droppedRecords == 1 && driver.dropped.late == 1)
    }

    @Test func `the largest timestamp there is does no harm`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().windowedBy(.hopping(.milliseconds(10), advance: .milliseconds(5))).count().to("hopping")
        stream.groupByKey().windowedBy(.gap(.milliseconds(10), grace: .days(1))).count()
            .suppress(.untilWindowCloses()).to("sessions")
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "a", "x", at: 1)
        try driver.pipe("in", "a", "x", at: .max)
        try driver.pipe("in", "a", "x", at: 0)
        #expect(try driver.texts("hopping", .timeWindowed(.string, size: 10), .int64).first == "a@0/10=1@1")
        #expect(try driver.texts("sessions", .sessionWindowed(.string), .int64) == ["a@1/1=1@1"])
    }

    /// As in the reference: without a cache a window's first change says that the initial count was there before.
    @Test(arguments: [(0, 1), (1_000_000, 3)])
    func `counts of keys per window are right where updates are held back`(_ cacheBytes: Int, _ count: Int) throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().windowedBy(.tumbling(.milliseconds(10))).count()
            .groupBy(Grouped(key: .int64, value: .int64)) { key, _ in KeyValue(key.window.start, 1) }
            .count().to("distinct")
        let driver = try TopologyTestDriver(builder.build(), cacheBytes: cacheBytes)
        for key in ["a", "b", "a", "c", "b"] { try driver.pipe("in", key, "x", at: 1) }
        #expect(try driver.texts("distinct", .int64, .int64).last == "0=\(count)@1")
    }
}
