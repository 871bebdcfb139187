import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// Which headers results have: those of the record that caused them, as in Kafka Streams.
@Suite struct HeaderTests {
    func header(_ text: String) -> [RecordHeader] { [RecordHeader(key: "n", value: Bytes(utf8: text))] }

    func headers(_ driver: TopologyTestDriver, _ topic: String) -> [String] {
        driver.read(topic).map { $0.headers.map { "\($0.key)=\($0.value?.string ?? "null")" }.joined(separator: ",") }
    }

    func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.selectKey { _, value in value }.to("stateless")
        stream.flatMapValues { value in [value ?? "", "again"] }.to("flat")
        stream.groupBy { _, value in value }.count().to("count")
        stream.groupByKey().windowedBy(.tumbling(.milliseconds(10))).count().suppress(.untilWindowCloses()).to("final")
        return try builder.build()
    }

    @Test func `results have the headers of the record that caused them`() throws {
        let driver = try TopologyTestDriver(topology())
        try driver.pipe("in", "a", "x", at: 2, headers: header("1"))
        try driver.pipe("in", "a", "x", at: 3, headers: header("2") + header("3"))
        try driver.pipe("in", "a", "y", at: 4)
        try driver.pipe("in", "a", "y", at: 50, headers: header("4"))
        #expect(headers(driver, "stateless") == ["n=1", "n=2,n=3", "", "n=4"])
        #expect(headers(driver, "flat") == ["n=1", "n=1", "n=2,n=3", "n=2,n=3", "", "", "n=4", "n=4"])
        #expect(headers(driver, "count") == ["n=1", "n=2,n=3", "", "n=4"])
        // A window's final result has those of its last update, not of the record that closed it.
        #expect(headers(driver, "final") == [""])
    }

    @Test func `null header values come through`() throws {
        let driver = try TopologyTestDriver(topology())
        try driver.pipe("in", "a", "x", at: 2, headers: [RecordHeader(key: "n", value: nil)])
        #expect(headers(driver, "count") == ["n=null"])
    }
}
