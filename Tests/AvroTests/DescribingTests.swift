import Avro
import Foundation
import Testing

@Suite struct `Schemas of Swift types` {
    private struct Order: Codable, Equatable {
        var id: Int64
        var count: Int32
        var note: String?
        var at: Date
        var state: State
        var items: [Item]
        var best: Item
        var second: Item?
        var tags: [String: [Double]]
        var key: UUID?
        var numbers: [Int?]
        var previous: [Order]?
        var data: Data

        struct Item: Codable, Equatable {
            var price: Double
            var isNew: Bool?
        }

        enum State: String, Codable, CaseIterable {
            case open, closed
        }
    }

    @Test func `are what the type's keys are`() throws {
        let schema = try AvroSchema(describing: Order.self, namespace: "shop")
        let item = #"{"type":"record","name":"Item","fields":[{"name":"price","type":"double"},{"name":"isNew","type":["null","boolean"],"default":null}]}"#
        let expected = #"""
            {"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"long"},{"name":"count","type":"int"},
            {"name":"note","type":["null","string"],"default":null},{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},
            {"name":"state","type":{"type":"enum","name":"State","symbols":["open","closed"]}},{"name":"items","type":{"type":"array","items":\#(item)}},
            {"name":"best","type":"Item"},{"name":"second","type":["null","Item"],"default":null},
            {"name":"tags","type":{"type":"map","values":{"type":"array","items":"double"}}},
            {"name":"key","type":["null",{"type":"string","logicalType":"uuid"}],"default":null},
            {"name":"numbers","type":{"type":"array","items":["null","long"]}},
            {"name":"previous","type":["null",{"type":"array","items":"Order"}],"default":null},{"name":"data","type":"bytes"}]}
            """#
        #expect(try schema == AvroSchema(parsing: expected), "\(schema)")
        let order = Order(
            id: 1, count: 2, note: nil, at: Date(timeIntervalSince1970: 1.5), state: .closed, items: [.init(price: 1, isNew: true)],
            best: .init(price: 2, isNew: nil), second: nil, tags: ["a": [1]], key: UUID(), numbers: [1, nil], previous: [], data: Data([1]))
        try roundTrip(order, schema.text())
        #expect(try AvroSchema(describing: [String: Int].self).text() == #"{"type":"map","values":"long"}"#)
    }

    @Test func `are errors where a type says too little`() throws {
        struct Money: Codable { var amount: Decimal }
        struct Checked: Decodable {
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Keys.self)
                guard try container.decode(Int.self, forKey: .a) > 0 else { throw CancellationError() }
            }
            enum Keys: String, CodingKey { case a }
        }
        enum Payload: Codable { case a(Int), b }
        enum Open: String, Codable { case x }
        struct Generic<T: Codable>: Codable { var value: T }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(describing: Money.self) }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(describing: Checked.self) }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(describing: Payload.self) }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(describing: Open.self) }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(describing: Generic<Int>.self) }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(describing: AvroValue.self) }
    }
}
