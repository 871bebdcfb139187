import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

@Suite struct TestStoreTests {
    @Test func `a key-value store is read and written`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().count(.as("counts")).toStream().to("out")
        let driver = try TopologyTestDriver(builder.build(), applicationID: "app")
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let output: TestOutputTopic<String, Int64> = try driver.outputTopic("out")
        let store = try driver.keyValueStore("counts", key: String.self, value: Int64.self)
        #expect(driver.storeNames == ["counts"])

        try input.pipe("a", "x", timestamp: 5)
        #expect(store.get("a") == 1)
        #expect(store.getWithTimestamp("a") == ValueAndTimestamp(1, 5))
        #expect(store.get("b") == nil)
        try store.put("b", 10, timestamp: 3)
        try input.pipe("b", "x", timestamp: 2)
        #expect(store.all.map { "\($0.key)=\($0.value)@\($0.timestamp)" }.sorted() == ["a=1@5", "b=11@3"])
        try store.put("a", nil)
        try input.pipe("a", "x", timestamp: 6)
        #expect(store.values == ["a": 1, "b": 11])
        #expect(try output.readLatestByKey() == ["a": 1, "b": 11])
    }

    @Test func `what a test writes survives a restart, through the changelog`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().count(.as("counts")).toStream().to("out")
        let driver = try TopologyTestDriver(builder.build(), applicationID: "app")
        let store = try driver.keyValueStore("counts", key: String.self, value: Int64.self)
        try store.put("a", 4, timestamp: 9)
        try driver.restart()
        #expect(store.getWithTimestamp("a") == ValueAndTimestamp(4, 9))
        let changelog: TestOutputTopic<String, Int64> = try driver.outputTopic("app-counts-changelog")
        #expect(try changelog.readAll() == [TestRecord("a", 4, timestamp: 9)])
        // Reading takes nothing from the changelog.
        try driver.restart()
        #expect(store.get("a") == 4)
    }

    @Test(arguments: [true, false])
    func `a window store is read and written`(isSliding: Bool) throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        if isSliding {
            stream.groupByKey().windowedBy(SlidingWindows.difference(.milliseconds(10), grace: .seconds(1))).count(
                .as("counts")
            )
            .toStream().to("out")
        } else {
            stream.groupByKey().windowedBy(.tumbling(.milliseconds(10), grace: .seconds(1))).count(.as("counts"))
                .toStream().to("out")
        }
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let store = try driver.windowStore("counts", key: String.self, value: Int64.self)
        try input.pipe("a", "x", timestamp: 20)
        let start: Int64 = isSliding ? 10 : 20
        #expect(store.get("a", start: start) == 1)
        #expect(store.get("b", start: start) == nil)
        #expect(store.fetch("a").map(\.key.window.start) == [start])
        try store.put("b", start: start, 5)
        try store.put("a", start: start + 10, 2)
        #expect(store.fetch("a", startingIn: start + 1...100).map(\.value) == [2])
        #expect(store.all.map(\.key.window.start) == [start, start, start + 10])
        try driver.restart()
        #expect(store.get("b", start: start) == 5)
        #expect(store.values.count == 3)
    }

    @Test func `a session store is read and written`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().windowedBy(.gap(.milliseconds(10), grace: .seconds(1))).count(.as("sessions"))
            .toStream().to("out")
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let store = try driver.sessionStore("sessions", key: String.self, value: Int64.self)
        try input.pipe("a", "x", timestamp: 20)
        try input.pipe("a", "x", timestamp: 25)
        #expect(store.get("a", start: 20, end: 25) == 2)
        #expect(store.fetch("a").map(\.key.window) == [Window(start: 20, end: 25)])
        try store.put("b", start: 1, end: 2, 7)
        #expect(
            store.values == [
                Windowed("a", Window(start: 20, end: 25)): 2, Windowed("b", Window(start: 1, end: 2)): 7,
            ])
        try driver.restart()
        #expect(store.all.map(\.key.key) == ["b", "a"])
    }

    @Test func `a versioned store is read as of a time and written`() throws {
        let builder = StreamsBuilder()
        let table: KTable<String, String> = builder.table("in", .versioned("rows", historyRetention: .seconds(1)))
        table.toStream().to("out")
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let store = try driver.versionedStore("rows", key: String.self, value: String.self)
        try input.pipe("a", "x", timestamp: 20)
        #expect(try store.put("a", "y", timestamp: 30))
        #expect(throws: (any Error).self) { try store.put("a", "z", timestamp: -2000) }
        #expect(store.get("a")?.value == "y")
        #expect(store.get("a", asOf: 29)?.value == "x")
        #expect(store.get("a", asOf: 29)?.validTo == 30)
        #expect(store.get("a", asOf: 19) == nil)
    }

    @Test func `a global table is read and written`() throws {
        let builder = StreamsBuilder()
        let names: GlobalKTable<String, String> = builder.globalTable("names", .as("names"))
        let stream: KStream<String, String> = builder.stream("in")
        stream.join(names, lookUp: { key, _ in key }) { _, value, name in "\(value) \(name)" }.to("out")
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        let rows: TestInputTopic<String, String> = try driver.inputTopic("names")
        let store = try driver.keyValueStore("names", key: String.self, value: String.self)
        try rows.pipe("a", "Ann")
        try store.put("b", "Bob")
        try input.pipe(["a": "hello", "b": "hello"])
        #expect(store.values == ["a": "Ann", "b": "Bob"])
        let output: TestOutputTopic<String, String> = try driver.outputTopic("out")
        #expect(try output.readValues() == ["hello Ann", "hello Bob"])
    }

    @Test func `a store that is not there is refused with those that are`() throws {
        let builder = StreamsBuilder()
        let stream: KStream<String, String> = builder.stream("in")
        stream.groupByKey().count(.as("counts")).toStream().to("out")
        let driver = try TopologyTestDriver(builder.build())
        let missing = #expect(throws: StreamsError.self) {
            _ = try driver.keyValueStore("count", key: String.self, value: Int64.self)
        }
        #expect(missing?.message == "the topology has no store called count; it has counts")
        let other = #expect(throws: StreamsError.self) {
            _ = try driver.keyValueStore("counts", key: String.self, value: String.self)
        }
        #expect(other?.code == .configuration)
        #expect(other?.message == "the store counts is no key-value store with keys and values of these types")
        #expect(throws: StreamsError.self) { _ = try driver.windowStore("counts", key: String.self, value: Int64.self) }
    }
}
