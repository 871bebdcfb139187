import KafkaProtocol
import MillraceTesting
import Synchronization
import Testing

@testable import Millrace

/// Streams without null values, and what steps do with nulls where closures cannot be asked.
@Suite struct NonNullTests {
    typealias Texts = KStream<String, String>

    /// What comes out of `out` for records of `in`, at 0 s, 1 s and so on.
    func run<Key, Value>(
        _ input: [(String?, String?)], _ key: Serde<Key>, _ value: Serde<Value>, _ build: (Texts) -> Void
    ) throws -> (output: [String], dropped: Int64) {
        let builder = StreamsBuilder()
        build(builder.stream("in"))
        let driver = try TopologyTestDriver(builder.build())
        for (index, (key, value)) in input.enumerated() { try driver.pipe("in", key, value, at: Int64(index) * 1000) }
        return (try driver.texts("out", key, value), driver.droppedRecords)
    }

    @Test func `steps of a stream without nulls do what those of a stream do, with values that are there`() throws {
        let input: [(String?, String?)] = [("a", "x y"), ("b", nil), (nil, "z"), ("c", "")]
        let seen = Mutex<[String]>([])
        let output = try run(input, .string, .string) { stream in
            let words = stream.nonNull().flatMapValues { $0.split(separator: " ").map(String.init) }
            words.filter { _, word in word != "y" }.filterNot { _, word in word == "nothing" }
                .mapValues { $0.uppercased() }.mapValues { key, word in "\(key ?? "-"):\(word)" }
                .peek { _, word in seen.withLock { $0.append(word) } }
                .compactMapValues { $0.hasPrefix("b") ? nil : $0 }
                .selectKey { _, word in word == "-:Z" ? nil : "k" }
                .to("out")
            words.forEach { _, word in seen.withLock { $0.append("each \(word)") } }
        }.output
        #expect(output == ["k=a:X@0", "null=-:Z@2000"])
        #expect(seen.withLock { $0 } == ["a:X", "each x", "each y", "-:Z", "each z"])
    }

    @Test func `the table of a stream without nulls keeps its rows`() throws {
        #expect(
            try run([("a", "x"), ("a", nil)], .string, .string) { $0.nonNull().toTable(.as("rows")).to("out") }.output
                == ["a=x@0"])
    }

    @Test func `map and flatMap of a stream without nulls may make nulls`() throws {
        let input: [(String?, String?)] = [("a", "x"), ("b", nil)]
        #expect(
            try run(input, .string, .string) { stream in
                stream.nonNull().map { key, value in KeyValue<String, String>(value, nil) }.to("out")
            }.output == ["x=null@0"])
        #expect(
            try run(input, .string, .string) { stream in
                stream.nonNull().flatMap { key, value in [KeyValue(value, key), KeyValue(key, value)] }.to("out")
            }.output == ["x=a@0", "a=x@0"])
    }

    @Test func `compactMapValues leaves out nulls and what has no result`() throws {
        let input: [(String?, String?)] = [("a", "7"), ("b", "x"), ("c", nil), (nil, "8")]
        #expect(
            try run(input, .string, .int64) { stream in stream.compactMapValues { Int64($0) }.to("out") }.output
                == ["a=7@0", "null=8@3000"])
    }

    @Test func `a windowed aggregate leaves null values out, time included, and counts them`() throws {
        let windows = TimeWindows.tumbling(.seconds(2))
        let input: [(String?, String?)] = [("a", "x"), ("b", nil), ("a", nil), ("a", "y")]
        let key = Serde<Windowed<String>>.timeWindowed(.string, size: 2000)
        let (output, dropped) = try run(input, key, .string) { stream in
            stream.groupByKey().windowedBy(windows).aggregate("-") { _, value, all in all + value }.to("out")
        }
        #expect(output == ["a@0/2000=-x@0", "a@2000/4000=-y@3000"] && dropped == 2)
        let reduced = try run(input, key, .string) { stream in
            stream.groupByKey().windowedBy(windows).reduce { $0 + $1 }.to("out")
        }
        #expect(reduced.output == ["a@0/2000=x@0", "a@2000/4000=y@3000"] && reduced.dropped == 2)
    }

    @Test func `the nullable forms take null values in as Kafka Streams does`() throws {
        let windows = TimeWindows.tumbling(.seconds(10))
        let input: [(String?, String?)] = [("a", "x"), ("a", nil)]
        let key = Serde<Windowed<String>>.timeWindowed(.string, size: 10_000)
        let (output, dropped) = try run(input, key, .string) { stream in
            stream.groupByKey().windowedBy(windows).aggregateNullable("-") { _, value, all in all + (value ?? "?") }.to("out")
        }
        #expect(output == ["a@0/10000=-x@0", "a@0/10000=-x?@1000"] && dropped == 0)
        let reduced = try run(input, key, .string) { stream in
            stream.groupByKey().windowedBy(windows).reduceNullable { $0 + ($1 ?? "?") }.to("out")
        }
        #expect(reduced.output == ["a@0/10000=x@0", "a@0/10000=x?@1000"])
    }

    @Test func `sessions leave null values out unless asked to take them in`() throws {
        let input: [(String?, String?)] = [("a", "x"), ("a", nil), ("a", "y")]
        let (output, dropped) = try run(input, .sessionWindowed(.string), .string) { stream in
            stream.groupByKey().windowedBy(.gap(.milliseconds(1500))).aggregate("") { _, value, all in
                all + value
            } merge: { _, a, b in
                "\(a)|\(b)"
            }.to("out")
        }
        // 0 s and 2 s are two sessions without the null between them.
        #expect(output == ["a@0/0=x@0", "a@2000/2000=y@2000"] && dropped == 1)
        let nullable = try run(input, .sessionWindowed(.string), .string) { stream in
            stream.groupByKey().windowedBy(.gap(.milliseconds(1500))).aggregateNullable("") { _, value, all in
                (all ?? "") + (value ?? "?")
            } merge: { _, a, b in
                (a ?? "") + (b ?? "")
            }.to("out")
        }
        #expect(nullable.output.last == "a@0/2000=x?y@2000" && nullable.dropped == 0)
    }

    @Test func `a windowed cogroup leaves null values out unless asked to take them in`() throws {
        let windows = TimeWindows.tumbling(.seconds(10))
        let input: [(String?, String?)] = [("a", "x"), ("a", nil)]
        let key = Serde<Windowed<String>>.timeWindowed(.string, size: 10_000)
        #expect(
            try run(input, key, .string) { stream in
                stream.groupByKey().cogroup { (_, value, all: String) in all + value }.windowedBy(windows).aggregate("-").to("out")
            }.output == ["a@0/10000=-x@0"])
        #expect(
            try run(input, key, .string) { stream in
                stream.groupByKey().cogroupNullable { (_, value, all: String) in all + (value ?? "?") }
                    .windowedBy(windows).aggregate("-").to("out")
            }.output == ["a@0/10000=-x@0", "a@0/10000=-x?@1000"])
    }

    @Test func `print writes a line for each record, null included`() throws {
        let lines = Mutex<[String]>([])
        let builder = StreamsBuilder()
        let stream: Texts = builder.stream("in")
        stream.print("in") { line in lines.withLock { $0.append(line) } }
        stream.print { line in lines.withLock { $0.append(line) } }
        let driver = try TopologyTestDriver(builder.build())
        try driver.pipe("in", "a", "x", at: 0)
        try driver.pipe("in", nil as String?, nil as String?, at: 1)
        #expect(
            lines.withLock { $0 } == [
                "[in]: a, x\n", "[KSTREAM-SOURCE-0000000000]: a, x\n", "[in]: null, null\n",
                "[KSTREAM-SOURCE-0000000000]: null, null\n",
            ])
    }

    @Test func `options are chained from their first setting`() throws {
        let builder = StreamsBuilder()
        let stream = builder.stream("in", .key(.string).value(.string).reset(.latest).named("read"))
        let table = builder.table("rows", .as("rows", key: .string, value: .string).caching(false).logging(false))
        stream.join(table, .named("joined").key(.string).value(.string), value: .string) { $0 + $1 }
            .to("out", .key(.string).value(.string).named("write"))
        stream.groupBy(.named("grouped").key(.string).value(.string)) { _, value in value }
            .windowedBy(.tumbling(.seconds(1))).count(.as("counts").retention(.days(1)).store(.memory)).to("counts")
        stream.repartition(.named("spread").partitions(3).key(.string)).to("spread")
        stream.join(stream, within: .difference(.seconds(1)), .named("self").storeNamed("pairs").key(.string)) { $0 + $1 }
            .forEach { _, _ in }
        let topology = try builder.build()
        for name in ["read", "joined", "write", "grouped"] { #expect(topology.node(name) != nil, "\(name)") }
        for store in ["rows", "counts", "pairs-this-join-store"] { #expect(topology.stores[store] != nil, "\(store)") }
    }
}
