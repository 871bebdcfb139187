import Avro
import KafkaProtocol
import Millrace
import MillraceSchemas
import MillraceTesting
import SchemaRegistry
import Testing

// What the articles show, so that it compiles. The tests of the articles look for their code here.

struct Order: Codable {
    var placedAt: Int64?
}

func timestamps(_ builder: StreamsBuilder) {
    let orders = builder.stream(
        "orders", .timestamp(TimestampExtractor { order, _ in order.value?.placedAt ?? order.timestamp }), key: .string,
        value: .json(Order.self))
    orders.forEach { _, _ in }
}

func policies(_ configuration: inout StreamsConfiguration) {
    configuration.onBadRecord = .deadLetter(topic: "orders-bad")
    configuration.onFailure = [.processing: .retry(times: 5, then: .deadLetter(topic: "orders-bad")), .globalTable: .fail]
}

func policiesOfSteps(_ orders: KStream<String, String>) {
    @Sendable func priced(_ order: String?) throws -> String? { order }
    orders
        .mapValues { order in try priced(order) }
        .onBadRecord(.skip)
        .to("priced", .onBadRecord(.deadLetter(topic: "too-large")))
}

func queries(_ application: StreamsApplication) async throws {
    let counts = try application.store("counts", key: String.self, value: Int64.self)
    let count = try await counts.get("words")
    for try await row in try counts.range(from: "a", to: "f") { print(row.key, row.value) }
    _ = count
}

func schemas(_ builder: StreamsBuilder, _ orderSchema: String) async throws {
    let registry = try SchemaRegistryClient(SchemaRegistryConfiguration("http://localhost:8081"))
    let orders = try await registry.avroSerde(Order.self, schema: Schema(orderSchema), subject: .topic("orders"))
    builder.stream("orders", key: .string, value: orders).print()
}

func avro(_ theirs: String, _ ours: String, _ bytes: Bytes) throws {
    let reader = try AvroReader(writer: AvroSchema(parsing: theirs), reader: AvroSchema(parsing: ours))
    let order = try reader.decode(Order.self, from: bytes)
    let written = try AvroWriter(schema: AvroSchema(parsing: ours)).encode(order)
    let schema = try AvroSchema(describing: Order.self, namespace: "shop")  // for a type that has none yet
    _ = (written, schema)
}

func wordCount() throws -> Topology {
    let builder = StreamsBuilder()
    builder.stream("lines", value: .string)
        .nonNull()
        .flatMapValues { line in line.lowercased().split(separator: " ").map(String.init) }
        .groupBy { _, word in word }
        .count(.as("counts"))
        .toStream()
        .to("word-counts")
    return try builder.build()
}

struct WordCountTests {
    @Test func `words are counted`() throws {
        let driver = try TopologyTestDriver(wordCount())
        let lines: TestInputTopic<String, String> = try driver.inputTopic("lines")
        let counts: TestOutputTopic<String, Int64> = try driver.outputTopic("word-counts")

        try lines.pipe(nil, "a b a", timestamp: 5)
        #expect(
            try counts.readAll() == [
                TestRecord("a", 1, timestamp: 5), TestRecord("b", 1, timestamp: 5), TestRecord("a", 2, timestamp: 5),
            ])
        #expect(try driver.keyValueStore("counts", key: String.self, value: Int64.self).get("a") == 2)

        try driver.restart()
        try lines.pipe(nil, "b", timestamp: 6)
        #expect(try counts.readLatestByKey() == ["b": 2])
    }
}
