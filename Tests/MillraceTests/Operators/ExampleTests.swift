import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

/// The examples of the operators' documentation, run.
@Suite struct ExampleTests {
    typealias Input = (topic: String, key: String?, value: String?, seconds: Int64)

    /// What comes out of `out` for records of `in` and other topics.
    func run<Value>(
        _ input: [Input], _ value: Serde<Value>, _ build: (StreamsBuilder) -> Void
    ) throws -> [String] {
        try run(input, Serde<String>.string, value, build)
    }

    func run<Key, Value>(
        _ input: [Input], _ key: Serde<Key>, _ value: Serde<Value>, _ build: (StreamsBuilder) -> Void
    ) throws -> [String] {
        let builder = StreamsBuilder()
        build(builder)
        let driver = try TopologyTestDriver(builder.build())
        for record in input { try driver.pipe(record.topic, record.key, record.value, at: record.seconds * 1000) }
        return try driver.texts("out", key, value)
    }

    func texts(_ records: (String?, String?)...) -> [Input] { records.map { ("in", $0.0, $0.1, 0) } }

    func stream(_ builder: StreamsBuilder) -> KStream<String, String> { builder.stream("in") }

    // MARK: - Record by record

    @Test func `filter and filterNot`() throws {
        let input = texts(("a", "x"), ("b", "long"), (nil, "long"), ("c", nil))
        #expect(
            try run(input, .string) { builder in
                stream(builder).filter { _, value in (value ?? "").count > 1 }.to("out")
            } == ["b=long@0", "null=long@0"])
        #expect(
            try run(input, .string) { builder in
                stream(builder).filterNot { _, value in (value ?? "").count > 1 }.to("out")
            } == ["a=x@0", "c=null@0"])
    }

    @Test func `map, mapValues and selectKey`() throws {
        #expect(
            try run(texts(("a", "x")), .string) { builder in
                stream(builder).map { key, value in KeyValue(value, key) }.to("out")
            } == ["x=a@0"])
        #expect(
            try run(texts(("a", "x"), ("b", nil)), .string) { builder in
                stream(builder).mapValues { value in value?.uppercased() }.to("out")
            } == ["a=X@0", "b=null@0"])
        #expect(
            try run(texts(("a", "xy")), .string) { builder in
                stream(builder).selectKey { _, value in value.map { String($0.prefix(1)) } }.to("out")
            } == ["x=xy@0"])
    }

    @Test func `flatMap and flatMapValues`() throws {
        #expect(
            try run(texts(("a", "x y"), ("b", "")), .string) { builder in
                stream(builder).flatMap { key, value in
                    (value ?? "").split(separator: " ").map { KeyValue(String($0), key) }
                }.to("out")
            } == ["x=a@0", "y=a@0"])
        #expect(
            try run(texts(("a", "x y"), ("b", "")), .string) { builder in
                stream(builder).flatMapValues { line in (line ?? "").split(separator: " ").map(String.init) }.to("out")
            } == ["a=x@0", "a=y@0"])
    }

    @Test func `split and merge`() throws {
        let input = texts(("a", "1"), ("b", "22"), ("c", "333"))
        #expect(
            try run(input, .string) { builder in
                let parts = stream(builder).split([
                    .branch { _, value in value == "1" }, .branch("short") { _, value in (value ?? "").count < 3 },
                    .rest("long"),
                ])
                parts["short"].mapValues { _ in "short" }.merge(parts[2].mapValues { _ in "rest" }).to("out")
            } == ["b=short@0", "c=rest@0"])
    }

    // MARK: - Aggregates

    @Test func `count, reduce and aggregate`() throws {
        let input = texts(("a", "x"), ("a", "y"), ("a", nil), (nil, "z"), ("b", "z"))
        #expect(
            try run(input, .int64) { builder in stream(builder).groupByKey().count().to("out") }
                == ["a=1@0", "a=2@0", "b=1@0"])
        #expect(
            try run(input, .string) { builder in
                stream(builder).groupByKey().reduce { soFar, value in soFar + value }.to("out")
            } == ["a=x@0", "a=xy@0", "b=z@0"])
        #expect(
            try run(input, .int64) { builder in
                stream(builder).groupByKey().aggregate(0 as Int64) { _, value, sum in sum + Int64(value.count) }
                    .to("out")
            } == ["a=1@0", "a=2@0", "b=1@0"])
    }

    @Test func `groupBy`() throws {
        #expect(
            try run(texts(("1", "x"), ("2", "y"), ("3", "x")), .int64) { builder in
                stream(builder).groupBy { _, word in word }.count().to("out")
            } == ["x=1@0", "y=1@0", "x=2@0"])
    }

    @Test func `cogroup`() throws {
        let input: [Input] = [("in", "a", "5", 0), ("refunds", "a", "2", 0), ("in", "a", "1", 0)]
        #expect(
            try run(input, .int64) { builder in
                let refunds: KStream<String, String> = builder.stream("refunds")
                stream(builder).groupByKey()
                    .cogroup { (_, amount, total: Int64) in total + (Int64(amount) ?? 0) }
                    .cogroup(refunds.groupByKey()) { _, amount, total in total - (Int64(amount) ?? 0) }
                    .aggregate(0)
                    .to("out")
            } == ["a=5@0", "a=3@0", "a=4@0"])
    }

    // MARK: - Windows

    /// Counts by key and window.
    func windows(_ windows: TimeWindows, _ seconds: Int64...) throws -> [String] {
        try run(
            seconds.map { ("in", "a", "x", $0) }, Serde<Windowed<String>>.timeWindowed(.string, size: windows.sizeMs),
            .int64
        ) { builder in stream(builder).groupByKey().windowedBy(windows).count().to("out") }
    }

    @Test func `tumbling and hopping windows`() throws {
        #expect(
            try windows(.tumbling(.seconds(10)), 1, 3, 12, 4)
                == ["a@0/10000=1@1000", "a@0/10000=2@3000", "a@10000/20000=1@12000"])
        #expect(
            try windows(.tumbling(.seconds(10), grace: .seconds(5)), 1, 12, 4)
                == ["a@0/10000=1@1000", "a@10000/20000=1@12000", "a@0/10000=2@4000"])
        #expect(
            try windows(.hopping(.seconds(10), advance: .seconds(5)), 7)
                == ["a@0/10000=1@7000", "a@5000/15000=1@7000"])
    }

    @Test func `sliding windows`() throws {
        #expect(
            try run(
                [("in", "a", "x", 20), ("in", "a", "x", 25)],
                Serde<Windowed<String>>.timeWindowed(.string, size: 10_000), .int64
            ) { builder in
                stream(builder).groupByKey().windowedBy(SlidingWindows.difference(.seconds(10))).count().to("out")
            } == ["a@10000/20000=1@20000", "a@20001/30001=1@25000", "a@15000/25000=2@25000"])
    }

    @Test func `sessions`() throws {
        #expect(
            try run(
                [("in", "a", "x", 1), ("in", "a", "x", 8), ("in", "a", "x", 5)], .sessionWindowed(.string), .int64
            ) { builder in
                stream(builder).groupByKey().windowedBy(.gap(.seconds(5), grace: .seconds(10))).count().to("out")
            } == [
                "a@1000/1000=1@1000", "a@8000/8000=1@8000", "a@1000/1000=null@1000", "a@8000/8000=null@8000",
                "a@1000/8000=3@8000",
            ])
    }

    @Test func `unlimited windows`() throws {
        #expect(
            try run(
                [("in", "a", "x", 1), ("in", "a", "x", 7), ("in", "a", "x", 9)],
                Serde<Windowed<String>>.timeWindowed(.string, size: .max), .int64
            ) { builder in
                stream(builder).groupByKey().windowedBy(UnlimitedWindows(startMs: 5000)).count().to("out")
            } == ["a@5000/9223372036854775807=1@7000", "a@5000/9223372036854775807=2@9000"])
    }

    @Test func `results on close, and until windows close`() throws {
        let input: [Input] = [("in", "a", "x", 1), ("in", "a", "x", 3), ("in", "b", "x", 12)]
        let key = Serde<Windowed<String>>.timeWindowed(.string, size: 10_000)
        #expect(
            try run(input, key, .int64) { builder in
                stream(builder).groupByKey().windowedBy(.tumbling(.seconds(10))).emitStrategy(.onWindowClose)
                    .count(Materialized(retention: .days(1))).to("out")
            } == ["a@0/10000=2@3000"])
        #expect(
            try run(input, key, .int64) { builder in
                stream(builder).groupByKey().windowedBy(.tumbling(.seconds(10))).count()
                    .suppress(.untilWindowCloses()).to("out")
            } == ["a@0/10000=2@3000"])
    }

    @Test func `until a time limit`() throws {
        #expect(
            try run([("in", "a", "1", 0), ("in", "a", "2", 4), ("in", "b", "3", 10)], .string) { builder in
                let prices: KTable<String, String> = builder.table("in")
                prices.suppress(.untilTimeLimit(.seconds(10))).to("out")
            } == ["a=2@4000"])
    }

    // MARK: - Joins

    func joined(
        _ input: [Input],
        _ join: (KStream<String, String>, KStream<String, String>) -> KStream<String, String>
    ) throws -> [String] {
        try run(input, .string) { builder in join(stream(builder), builder.stream("other")).to("out") }
    }

    @Test func `streams with streams`() throws {
        let within = JoinWindows.difference(.seconds(10))
        let input: [Input] = [
            ("in", "a", "order", 0), ("other", "a", "paid", 7), ("in", "b", "order", 8), ("in", "c", "order", 30),
        ]
        #expect(
            try joined(input) { orders, payments in
                orders.join(payments, within: within) { _, order, payment in "\(order) \(payment)" }
            } == ["a=order paid@7000"])
        #expect(
            try joined(input) { orders, payments in
                orders.leftJoin(payments, within: within) { _, order, payment in "\(order) \(payment ?? "open")" }
            } == ["a=order paid@7000", "b=order open@8000"])
        let more: [Input] = [("other", "a", "paid", 0), ("in", "b", "order", 20)]
        #expect(
            try joined(more) { orders, payments in
                orders.outerJoin(payments, within: within) { _, order, payment in
                    "\(order ?? "unknown") \(payment ?? "open")"
                }
            } == ["a=unknown paid@0"])
    }

    @Test func `streams with tables`() throws {
        let input: [Input] = [
            ("in", "a", "1", 1), ("rows", "a", "ann", 2), ("in", "a", "2", 3), ("rows", "a", "eve", 4),
        ]
        func customers(_ builder: StreamsBuilder) -> KTable<String, String> { builder.table("rows") }
        #expect(
            try run(input, .string) { builder in
                stream(builder).join(customers(builder)) { _, order, name in "\(order) \(name)" }.to("out")
            } == ["a=2 ann@3000"])
        #expect(
            try run(input, .string) { builder in
                stream(builder).leftJoin(customers(builder)) { _, order, name in "\(order) \(name ?? "?")" }.to("out")
            } == ["a=1 ?@1000", "a=2 ann@3000"])
    }

    @Test func `streams with global tables`() throws {
        let input: [Input] = [("names", "c1", "ann", 0), ("in", "o1", "c1", 1), ("in", "o2", "c2", 2)]
        #expect(
            try run(input, .string) { builder in
                let names: GlobalKTable<String, String> = builder.globalTable("names")
                stream(builder).join(names, lookUp: { _, customer in customer }) { _, _, name in name }.to("out")
            } == ["o1=ann@1000"])
        #expect(
            try run(input, .string) { builder in
                let names: GlobalKTable<String, String> = builder.globalTable("names")
                stream(builder).leftJoin(names, lookUp: { _, customer in customer }) { _, _, name in name ?? "?" }
                    .to("out")
            } == ["o1=ann@1000", "o2=?@2000"])
    }

    func tables(
        _ join: (KTable<String, String>, KTable<String, String>) -> KTable<String, String>
    ) throws -> [String] {
        let input: [Input] = [
            ("in", "a", "ann", 1), ("other", "a", "Rome", 3), ("in", "a", "eve", 2), ("in", "a", nil, 4),
        ]
        return try run(input, .string) { builder in join(builder.table("in"), builder.table("other")).to("out") }
    }

    @Test func `tables with tables`() throws {
        #expect(
            try tables { names, cities in names.join(cities) { _, name, city in "\(name) \(city)" } }
                == ["a=ann Rome@3000", "a=eve Rome@3000", "a=null@4000"])
        #expect(
            try tables { names, cities in names.leftJoin(cities) { _, name, city in "\(name) \(city ?? "?")" } }
                == ["a=ann ?@1000", "a=ann Rome@3000", "a=eve Rome@3000", "a=null@4000"])
        #expect(
            try tables { names, cities in
                names.outerJoin(cities) { _, name, city in "\(name ?? "?") \(city ?? "?")" }
            } == ["a=ann ?@1000", "a=ann Rome@3000", "a=eve Rome@3000", "a=? Rome@4000"])
    }

    @Test func `tables by a foreign key`() throws {
        let input: [Input] = [
            ("in", "o1", "c1", 1), ("customers", "c1", "ann", 2), ("in", "o2", "c1", 3), ("customers", "c1", "eve", 4),
        ]
        func customers(_ builder: StreamsBuilder) -> KTable<String, String> { builder.table("customers") }
        #expect(
            try run(input, .string) { builder in
                let orders: KTable<String, String> = builder.table("in")
                orders.join(customers(builder), foreignKey: { _, customer in customer }) { _, _, name in name }
                    .to("out")
            } == ["o1=ann@2000", "o2=ann@3000", "o1=eve@4000", "o2=eve@4000"])
        #expect(
            try run(input, .string) { builder in
                let orders: KTable<String, String> = builder.table("in")
                orders.leftJoin(customers(builder), foreignKey: { _, customer in customer }) { _, _, name in name ?? "?"
                }
                .to("out")
            } == ["o1=?@1000", "o1=ann@2000", "o2=ann@3000", "o1=eve@4000", "o2=eve@4000"])
    }

    // MARK: - Tables

    @Test func `tables row by row`() throws {
        let input = texts(("a", "x"), ("a", "long"), ("a", "y"), ("a", nil))
        #expect(
            try run(input, .string) { builder in
                let table: KTable<String, String> = builder.table("in")
                table.filter { _, value in value.count > 1 }.to("out")
            } == ["a=null@0", "a=long@0", "a=null@0", "a=null@0"])
        #expect(
            try run(input, .string) { builder in
                let table: KTable<String, String> = builder.table("in", .as("rows"))
                table.filter { _, value in value.count > 1 }.to("out")
            } == ["a=long@0", "a=null@0"])
        #expect(
            try run(input, .int64) { builder in
                let table: KTable<String, String> = builder.table("in")
                table.mapValues { value in Int64(value.count) }.to("out")
            } == ["a=1@0", "a=4@0", "a=1@0", "a=null@0"])
    }

    @Test func `a grouped table follows its rows`() throws {
        let input = texts(("ann", "Rome"), ("eve", "Rome"), ("ann", "Oslo"), ("eve", nil))
        #expect(
            try run(input, .int64) { builder in
                let cities: KTable<String, String> = builder.table("in")
                cities.groupBy { name, city in KeyValue(city, name) }.count().to("out")
            } == ["Rome=1@0", "Rome=2@0", "Rome=1@0", "Oslo=1@0", "Rome=0@0"])
        #expect(
            try run(input, .int64) { builder in
                let cities: KTable<String, String> = builder.table("in")
                cities.groupBy { name, city in KeyValue(city, name) }
                    .aggregate(0 as Int64, add: { $2 + Int64($1.count) }, subtract: { $2 - Int64($1.count) }).to("out")
            } == ["Rome=3@0", "Rome=6@0", "Rome=3@0", "Oslo=3@0", "Rome=0@0"])
    }

    @Test func `a stream as a table and back`() throws {
        #expect(
            try run(texts(("a", "x"), (nil, "y"), ("a", nil)), .string) { builder in
                stream(builder).toTable().toStream().to("out")
            } == ["a=x@0", "a=null@0"])
    }

    @Test func `repartition drops null keys`() throws {
        #expect(
            try run(texts(("a", "x"), (nil, "y")), .string) { builder in
                stream(builder).repartition(Repartitioned(name: "spread", partitions: 12)).to("out")
            } == ["a=x@0"])
    }

    @Test func `a versioned table is joined as of a time`() throws {
        let input: [Input] = [("prices", "a", "10", 1), ("prices", "a", "12", 5), ("in", "a", "sold", 3)]
        #expect(
            try run(input, .string) { builder in
                let prices: KTable<String, String> = builder.table(
                    "prices", .versioned("price-history", historyRetention: .days(1)))
                stream(builder).join(prices) { _, sale, price in "\(sale) \(price)" }.to("out")
            } == ["a=sold 10@3000"])
    }
}
