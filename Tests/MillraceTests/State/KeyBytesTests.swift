import KafkaProtocol
import MillraceTesting
import Testing

@testable import Millrace

/// Keys are equal if their bytes are, wherever they are compared.
@Suite struct KeyBytesTests {
    let composed = "caf\u{e9}"
    let decomposed = "cafe\u{301}"

    @Test func `Swift takes them for equal, so these tests can fail`() {
        #expect(composed == decomposed && "\u{212A}" == "K" && 0.0 == -0.0)
    }

    @Test func `windowed keys are compared by UTF-8 and bits`() {
        let window = Window(start: 0, end: 5)
        #expect(Windowed(composed, window) != Windowed(decomposed, window))
        #expect(Windowed(composed, window) == Windowed("caf" + "\u{e9}", window))
        #expect(Set([Windowed(composed, window), Windowed(decomposed, window)]).count == 2)
        #expect(Windowed(0.0, window) != Windowed(-0.0, window) && Windowed(Double.nan, window) == Windowed(.nan, window))
        #expect(Windowed(Double.nan, window) != Windowed(-Double.nan, window))
    }

    /// A type whose `==` is looser than its bytes.
    struct Folded: Hashable, Sendable {
        let text: String
        static func == (a: Folded, b: Folded) -> Bool { a.text.lowercased() == b.text.lowercased() }
        func hash(into hasher: inout Hasher) { hasher.combine(text.lowercased()) }

        static let serde = Serde<Folded>(
            encode: { $1.write(utf8: $0.text) }, decode: { Folded(text: $0.string) })
    }

    @Test func `a user's type is compared by its bytes too`() throws {
        let builder = StreamsBuilder()
        let input: KStream<Folded, String> = builder.stream(
            "in", key: Folded.serde, value: .string)
        input.groupByKey().count(.as("counts")).toStream().to("out", value: .int64)
        let driver = try TopologyTestDriver(builder.build())
        for (number, key) in ["a", "A", "a"].enumerated() {
            try driver.pipe("in", key: Bytes(utf8: key), value: Bytes(utf8: "v"), timestamp: Int64(number))
        }
        let counts = driver.read("out").compactMap { $0.value?.array.last }
        #expect(counts == [1, 1, 2])
    }

    // MARK: - In stores

    func counts(_ topology: (KStream<String, String>) -> Void, _ keys: [String]) throws -> [String] {
        let builder = StreamsBuilder()
        topology(builder.stream("in", key: .string, value: .string))
        let driver = try TopologyTestDriver(builder.build())
        let input: TestInputTopic<String, String> = try driver.inputTopic("in")
        for (number, key) in keys.enumerated() { try input.pipe(key, "v", timestamp: Int64(number)) }
        try driver.restart()
        try input.pipe(keys.last, "v", timestamp: Int64(keys.count))
        return driver.read("out").map { "\($0.key?.array.count ?? 0):\($0.value?.array.last ?? 0)" }
    }

    @Test func `counts, windows, sessions and sliding windows keep the forms of a text apart`() throws {
        let keys = [composed, decomposed, composed, decomposed]
        #expect(try counts({ $0.groupByKey().count().toStream().to("out", value: .int64) }, keys) == ["5:1", "6:1", "5:2", "6:2", "6:3"])
        let windows = try counts(
            {
                $0.groupByKey().windowedBy(TimeWindows.tumbling(.seconds(10), grace: .seconds(10))).count().toStream()
                    .map { KeyValue($0?.key, $1) }.to("out", key: .string, value: .int64)
            }, keys)
        #expect(windows == ["5:1", "6:1", "5:2", "6:2", "6:3"])
        let sessions = try counts(
            {
                $0.groupByKey().windowedBy(SessionWindows.gap(.seconds(10), grace: .seconds(10))).count().toStream()
                    .filter { $1 != nil }.map { KeyValue($0?.key, $1) }.to("out", key: .string, value: .int64)
            }, keys)
        #expect(sessions == ["5:1", "6:1", "5:2", "6:2", "6:3"])
    }

    @Test func `suppressed rows of both forms come out`() throws {
        let rows = try counts(
            {
                $0.groupByKey().count().suppress(.untilTimeLimit(.milliseconds(2))).toStream().to("out", value: .int64)
            }, [composed, decomposed, "x", "x", "x", "x"])
        #expect(rows.prefix(2) == ["5:1", "6:1"])
    }

    @Test func `a stream finds the table's row of its own form only, a global table's too`() throws {
        for isGlobal in [false, true] {
            let builder = StreamsBuilder()
            let stream: KStream<String, String> = builder.stream("in")
            if isGlobal {
                let table: GlobalKTable<String, String> = builder.globalTable("table")
                stream.join(table, lookUp: { key, _ in key }) { _, left, right in "\(left)+\(right)" }.to("out")
            } else {
                let table: KTable<String, String> = builder.table("table")
                stream.join(table) { _, left, right in "\(left)+\(right)" }.to("out")
            }
            let driver = try TopologyTestDriver(builder.build())
            try driver.pipe("table", key: Bytes(utf8: composed), value: Bytes(utf8: "row"), timestamp: 1)
            try driver.pipe("in", key: Bytes(utf8: decomposed), value: Bytes(utf8: "no"), timestamp: 2)
            try driver.pipe("in", key: Bytes(utf8: composed), value: Bytes(utf8: "yes"), timestamp: 3)
            #expect(driver.read("out").map { $0.value?.string } == ["yes+row"])
        }
    }

    @Test func `a row that moves from one form of a group to the other leaves the first`() throws {
        let builder = StreamsBuilder()
        let table: KTable<String, String> = builder.table("in")
        table.groupBy { key, value in KeyValue(value, key) }.count().toStream().to("out", value: .int64)
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", key: Bytes(utf8: "k"), value: Bytes(utf8: composed), timestamp: 1)
        try driver.pipe("in", key: Bytes(utf8: "k"), value: Bytes(utf8: decomposed), timestamp: 2)
        let rows = driver.read("out").map { "\($0.key?.array.count ?? 0):\($0.value?.array.last ?? 0)" }
        #expect(rows == ["5:1", "5:0", "6:1"])
    }

    @Test func `zero and minus zero are two keys, and NaN is found again`() throws {
        let builder = StreamsBuilder()
        let input: KStream<Double, String> = builder.stream("in", key: .double, value: .string)
        input.groupByKey().count().toStream().to("out", value: .int64)
        let driver = try TopologyTestDriver(builder.build())
        for (number, key) in [0.0, -0.0, .nan, .nan, 0.0].enumerated() {
            try driver.pipe("in", key: Serde.double.bytes(of: key), value: Bytes(utf8: "v"), timestamp: Int64(number))
        }
        #expect(driver.read("out").compactMap { $0.value?.array.last } == [1, 1, 1, 2, 2])
    }
}
