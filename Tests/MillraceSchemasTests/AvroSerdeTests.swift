import KafkaProtocol
import Millrace
import MillraceSchemas
import MillraceTesting
import SchemaRegistry
import Testing

@Suite struct AvroSerdeTests {
    struct Order: Codable, Equatable, Sendable { var id: Int64; var customer: String; var cents: Int64 }

    static func schema(_ fields: String) -> Schema { Schema(#"{"type":"record","name":"shop.Order","fields":[\#(fields)]}"#) }
    static let id = #"{"name":"id","type":"int"},"#
    static let customer = #"{"name":"customer","type":"string"}"#
    static let order = schema(#"{"name":"id","type":"long"},\#(customer),{"name":"cents","type":"long","default":100}"#)

    @Test func `a prepared serde frames values by the id of its schema`() async throws {
        try await TestedRegistry.running { registry in
            let serde = try await registry.client.avroSerde(Order.self, schema: Self.order, subject: .record)
            let order = Order(id: 3, customer: "ab", cents: -1)
            let bytes = try serde.bytes(of: order)
            // long 3, string of 2 bytes, long -1.
            #expect(bytes.hex == "0000000001" + "06" + "046162" + "01")
            #expect(try serde.decode(bytes) == order)
            #expect(try await registry.client.subjects() == ["shop.Order"])
        }
    }

    @Test func `records are read with the schema that they were written with`() async throws {
        try await TestedRegistry.running { registry in
            _ = try await registry.client.register(Self.schema(Self.id + Self.customer), subject: "orders-value")
            let serde = try Serde.avro(Order.self, schema: Self.order, subject: .topic("orders"), registry: registry.client)
            let old = Bytes([0, 0, 0, 0, 1, 6, 4, 0x61, 0x62])
            #expect(try await onThread { try serde.decode(old) } == Order(id: 3, customer: "ab", cents: 100))
            let new = try await onThread { try serde.bytes(of: Order(id: 1, customer: "", cents: 0)) }
            #expect(new[4] == 2)
        }
    }

    @Test func `with the latest version values are written as that one says`() async throws {
        try await TestedRegistry.running { registry in
            let latest = Self.schema(
                #"{"name":"id","type":"int"},\#(Self.customer),{"name":"cents","type":"int"},{"name":"place","type":"string","default":"x"}"#)
            _ = try await registry.client.register(latest, subject: "orders-value")
            func bytes(_ order: Order) async throws -> String {
                try await registry.client.avroSerde(
                    Order.self, schema: Self.order, subject: .topic("orders"), options: SchemaSerdeOptions(registration: .useLatest)
                ).bytes(of: order).hex
            }
            #expect(try await bytes(Order(id: 3, customer: "ab", cents: 9)) == "0000000001" + "06" + "046162" + "12" + "0278")
            await #expect(throws: EncodingError.self) { try await bytes(Order(id: 1 << 40, customer: "ab", cents: 9)) }
            // What the latest has no field for is not left out in silence.
            try await registry.client.setCompatibility(.none, of: "orders-value")
            _ = try await registry.client.register(Self.schema(Self.id + Self.customer), subject: "orders-value")
            await #expect(throws: EncodingError.self) { try await bytes(Order(id: 3, customer: "ab", cents: 9)) }
        }
    }

    @Test func `schemas that refer to others are read with them`() async throws {
        try await TestedRegistry.running { registry in
            _ = try await registry.client.register(
                Schema(#"{"type":"record","name":"shop.Customer","fields":[{"name":"name","type":"string"}]}"#), subject: "customers")
            struct Customer: Codable, Equatable { var name: String }
            struct Bill: Codable, Equatable { var by: Customer }
            let bill = Schema(
                #"{"type":"record","name":"shop.Bill","fields":[{"name":"by","type":"shop.Customer"}]}"#,
                references: [SchemaReference(name: "shop.Customer", subject: "customers", version: 1)])
            let serde = try await registry.client.avroSerde(Bill.self, schema: bill, subject: .topic("bills"))
            let value = Bill(by: Customer(name: "x"))
            let bytes = try serde.bytes(of: value)
            #expect(bytes.hex == "0000000002" + "0278")
            #expect(try serde.decode(bytes) == value)
            // Another reader, that has to ask for both.
            let other = try await SchemaRegistryClient(registry.client.configuration).avroSerde(Bill.self, schema: bill, subject: .topic("b"))
            #expect(try await onThread { try other.decode(bytes) } == value)
        }
    }

    @Test func `a schema that is none, or of another language, is refused`() async throws {
        try await TestedRegistry.running { registry in
            #expect(throws: SchemaRegistryError.self) {
                try Serde.avro(Order.self, schema: Schema("{"), subject: .record, registry: registry.client)
            }
            #expect(throws: SchemaRegistryError.self) {
                try Serde.avro(Order.self, schema: Schema(#""string""#), subject: .record, registry: registry.client)
            }
            _ = try await registry.client.register(Schema("{}", type: .json), subject: "j")
            let serde = try Serde.avro(Order.self, schema: Self.order, subject: .record, registry: registry.client)
            let error = await #expect(throws: SerdeError.self) { try await onThread { try serde.decode(Bytes([0, 0, 0, 0, 1, 0])) } }
            #expect(error?.message.contains("JSON") == true)
        }
    }

    @Test func `records that cannot be read go the way of bad ones`() async throws {
        try await TestedRegistry.running { registry in
            let serde = try await registry.client.avroSerde(Order.self, schema: Self.order, subject: .topic("orders"))
            let topology = try await onThread {
                let builder = StreamsBuilder()
                builder.stream("orders", .onBadRecord(.skip), key: .string, value: serde).to("out")
                return try builder.build()
            }
            let output = try await onThread {
                let driver = try TopologyTestDriver(topology)
                let input = try driver.inputTopic("orders", key: .string, value: .bytes)
                try input.pipe("k", Bytes(utf8: "no frame"))
                try input.pipe("k", Bytes([0, 0, 0, 0, 99, 1]))
                try input.pipe("k", try serde.bytes(of: Order(id: 1, customer: "c", cents: 5)))
                return try driver.outputTopic("out", key: .string, value: serde).readValues()
            }
            #expect(output == [Order(id: 1, customer: "c", cents: 5)])
        }
    }
}
