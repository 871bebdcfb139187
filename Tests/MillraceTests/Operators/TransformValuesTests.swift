import KafkaProtocol
import Millrace
import MillraceTesting
import Testing

@Suite struct TransformValuesTests {
    /// Counts its calls by key, in a store.
    struct Numbered: ValueTransformer {
        var counts: StateTable<String, Int64>?

        mutating func start(_ context: ValueTransformerContext) throws { counts = try context.keyValueStore("counts") }

        mutating func transform(_ key: String, _ value: String?) throws -> String? {
            let number = (counts?.get(key) ?? 0) + 1
            try counts?.put(key, number)
            return value.map { "\($0)#\(number)" }
        }
    }

    /// Needs no store.
    struct Described: ValueTransformer {
        func transform(_ key: String, _ value: String?) -> String? { value == "-" ? nil : "\(key):\(value ?? "gone")" }
    }

    let counts = StoreBuilder.keyValue("counts", key: Serde<String>.string, value: Serde<Int64>.int64)

    func driver(_ build: (StreamsBuilder, KTable<String, String>) -> Void) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        build(builder, builder.table("in"))
        return try TopologyTestDriver(builder.build())
    }

    @Test func `each change is a call and a change, deletions too`() throws {
        let driver = try driver { _, table in table.transformValues { Described() }.to("out") }
        try driver.pipe("in", "a", "x", at: 1)
        try driver.pipe("in", "a", nil, at: 2)
        try driver.pipe("in", "b", "-", at: 3)
        try driver.pipe("in", nil, "x", at: 4)
        #expect(try driver.texts("out", .string, .string) == ["a=a:x@1", "a=a:gone@2", "b=null@3"])
    }

    @Test func `a transformer has stores of its own`() throws {
        let counts = counts
        let driver = try driver { _, table in
            table.transformValues(.as("numbered"), stores: [counts]) { Numbered() }.to("out")
        }
        for (value, time) in [("x", 1), ("y", 2)] as [(String, Int64)] { try driver.pipe("in", "a", value, at: time) }
        try driver.pipe("in", "b", "z", at: 3)
        #expect(try driver.texts("out", .string, .string) == ["a=x#1@1", "a=y#2@2", "b=z#1@3"])
        let rows = try driver.keyValueStore("numbered", key: String.self, value: String.self).all
        #expect(rows.map { "\($0.key)=\($0.value)@\($0.timestamp)" }.sorted() == ["a=y#2@2", "b=z#1@3"])
    }

    /// Groups by the transformed value, which needs the row before each change.
    func grouped(_ table: KTable<String, String>) {
        table.groupBy(Grouped(key: .string, value: .string)) { _, value in KeyValue(value, value) }.count().to("out")
    }

    @Test func `a materialized row before a change is the stored one`() throws {
        let counts = counts
        let driver = try driver { _, table in
            grouped(table.transformValues(.as("numbered"), stores: [counts]) { Numbered() })
        }
        try driver.pipe("in", "a", "x", at: 1)
        try driver.pipe("in", "a", "y", at: 2)
        #expect(try driver.texts("out", .string, .int64) == ["x#1=1@1", "x#1=0@2", "y#2=1@2"])
    }

    @Test func `a row before a change that is not stored is computed anew`() throws {
        let counts = counts
        let driver = try driver { _, table in grouped(table.transformValues(stores: [counts]) { Numbered() }) }
        try driver.pipe("in", "a", "x", at: 1)
        try driver.pipe("in", "a", "y", at: 2)
        // The second call was for the row before x, the fourth for that before y.
        #expect(try driver.texts("out", .string, .int64) == ["x#1=1@1", "x#4=null@2", "y#3=1@2"])
    }

    @Test(arguments: [true, false])
    func `joins look rows up, stored or not`(_ isStored: Bool) throws {
        let driver = try driver { builder, table in
            let described = table.transformValues(isStored ? .as("described") : nil, value: .string) { Described() }
            let stream: KStream<String, String> = builder.stream("visits")
            stream.leftJoin(described, value: .string) { _, visit, row in "\(visit)+\(row ?? "none")" }.to("out")
        }
        try driver.pipe("visits", "a", "1", at: 1)
        try driver.pipe("in", "a", "x", at: 2)
        try driver.pipe("visits", "a", "2", at: 3)
        let missing = isStored ? "none" : "a:gone"
        #expect(try driver.texts("out", .string, .string) == ["a=1+\(missing)@1", "a=2+a:x@3"])
    }

    @Test func `a join with an unstored row connects the transformer's stores, and they survive a restart`() throws {
        let counts = counts
        let driver = try driver { builder, table in
            let numbered = table.transformValues(value: .string, stores: [counts]) { Numbered() }
            let stream: KStream<String, String> = builder.stream("visits")
            stream.join(numbered, value: .string) { _, visit, row in "\(visit)+\(row)" }.to("out")
        }
        try driver.pipe("in", "a", "x", at: 1)
        try driver.pipe("visits", "a", "1", at: 2)
        try driver.restart()
        try driver.pipe("visits", "a", "2", at: 3)
        #expect(try driver.texts("out", .string, .string) == ["a=1+x#2@2", "a=2+x#3@3"])
    }

    @Test func `steps are named as in Kafka Streams`() throws {
        let builder = StreamsBuilder()
        let table: KTable<String, String> = builder.table("in")
        table.transformValues { Described() }.transformValues(.as("rows")) { Described() }
            .transformValues(named: "last") { Described() }.to("out")
        let text = "\(try builder.build().describe())"
        #expect(text.contains("KTABLE-TRANSFORMVALUES-0000000003 (stores: [])"))
        #expect(text.contains("KTABLE-TRANSFORMVALUES-0000000004 (stores: [rows])"))
        #expect(text.contains("last (stores: [])"))
    }
}
