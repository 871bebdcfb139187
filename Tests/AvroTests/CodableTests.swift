import Avro
import Foundation
import KafkaProtocol
import Testing

@Suite struct `Codable types` {
    private struct Order: Codable, Equatable {
        var id: Int64
        var customer: String
        var amount: Double
        var isPaid: Bool
        var note: String?
        var items: [Item]
        var tags: [String: Int]
        var state: State
        var previous: [Order]?

        struct Item: Codable, Equatable {
            var product: String
            var count: Int32
        }

        enum State: String, Codable {
            case open, closed
        }
    }

    private static let schema = record(
        #"""
        {"name":"id","type":"long"},{"name":"customer","type":"string"},{"name":"amount","type":"double"},{"name":"isPaid","type":"boolean"},
        {"name":"note","type":["null","string"],"default":null},
        {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
          {"name":"product","type":"string"},{"name":"count","type":"int"}]}}},
        {"name":"tags","type":{"type":"map","values":"int"}},
        {"name":"state","type":{"type":"enum","name":"State","symbols":["open","closed"]}},
        {"name":"previous","type":["null",{"type":"array","items":"Order"}],"default":null}
        """#, name: "Order")

    private static let order = Order(
        id: 1, customer: "é", amount: 1.5, isPaid: true, note: nil, items: [.init(product: "a", count: 1), .init(product: "b", count: -2)],
        tags: ["y": 1, "x": 2], state: .closed, previous: nil)

    @Test func `go to their bytes and back`() throws {
        var outer = Self.order
        outer.note = "text"
        outer.previous = [Self.order, Self.order]
        try roundTrip(Self.order, Self.schema)
        try roundTrip(outer, Self.schema)
        #expect(try hex(Self.order, Self.schema) == "0204c3a9" + "000000000000f83f" + "01" + "00" + "04026102026203" + "00" + "0402780402790200" + "02" + "00")
    }

    @Test func `fields are found in any order, and what nobody asks for is passed over`() throws {
        struct Some: Codable, Equatable {
            var state: String
            var id: Int
            var previous: [Order]?
            var customer: String
            var unknown: Int?
        }
        let bytes = try AvroWriter(schema: AvroSchema(parsing: Self.schema)).encode([Self.order, Self.order].first)
        let some = try read(Some.self, bytes.array, Self.schema)
        #expect(some == Some(state: "closed", id: 1, previous: nil, customer: "é", unknown: nil))
        // Of an array of them each is passed over to its end.
        let array = #"{"type":"array","items":\#(Self.schema)}"#
        let all = try AvroWriter(schema: AvroSchema(parsing: array)).encode([Self.order, Self.order])
        #expect(try read([Some].self, all.array, array) == [some, some])
    }

    @Test func `fields are written in the schema's order, whatever that of the type is`() throws {
        struct Turned: Codable, Equatable {
            var c: [Int]
            var a: String
            var b: [String: Double]
        }
        let schema = record(
            #"{"name":"a","type":"string"},{"name":"b","type":{"type":"map","values":"double"}},{"name":"c","type":{"type":"array","items":"long"}}"#)
        try roundTrip(Turned(c: [1, 2], a: "x", b: ["k": 0.5]), schema)
        #expect(try hex(Turned(c: [], a: "x", b: [:]), schema) == "02780000")
    }

    @Test func `what a type has not becomes its default, else null`() throws {
        struct One: Codable { var b = 2 }
        let schema = record(
            #"{"name":"a","type":"int","default":-1},{"name":"b","type":"int"},{"name":"c","type":["string","null"],"default":"d"},{"name":"d","type":["int","null"]}"#
        )
        #expect(try hex(One(), schema) == "01" + "04" + "000264" + "02")
        struct Optionals: Codable { var a, b: Int?; var c: String?; var unknown: Int? }
        #expect(try hex(Optionals(b: 2), schema) == "01" + "04" + "02" + "02")
        #expect(throws: EncodingError.self) { try hex(Optionals(a: 1), schema) }
    }

    @Test func `keys without a field are an error, as nothing is to be lost in silence`() throws {
        struct Two: Codable { var a = 1, b = 2 }
        let error = #expect(throws: EncodingError.self) { try hex(Two(), record(#"{"name":"a","type":"int"}"#)) }
        #expect("\(try #require(error))".contains("R has no field b"))
    }

    @Test func `defaults of the reader's schema are read like values`() throws {
        struct Sub: Codable, Equatable { var x: Int; var y: [String] }
        struct New: Codable, Equatable { var a: Int; var s: Sub; var n: String?; var day: Date }
        let reader = record(
            #"""
            {"name":"s","type":{"type":"record","name":"Sub","fields":[{"name":"x","type":"int","default":3},{"name":"y","type":{"type":"array","items":"string"}}]},"default":{"y":["z"]}},
            {"name":"a","type":"long"},{"name":"n","type":["null","string"],"default":null},{"name":"day","type":{"type":"int","logicalType":"date"},"default":1}
            """#)
        let new = try read(New.self, [0x0e], record(#"{"name":"a","type":"int"}"#), as: reader)
        #expect(new == New(a: 7, s: Sub(x: 3, y: ["z"]), n: nil, day: Date(timeIntervalSince1970: 86_400)))
    }

    @Test func `unions of several records take that of the type's name`() throws {
        struct Circle: Codable, Equatable { var radius: Double }
        struct Square: Codable, Equatable { var side: Double }
        enum Shape: Codable, Equatable {
            case circle(Circle), square(Square)
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let circle = try? container.decode(Circle.self) { self = .circle(circle) } else { self = .square(try container.decode(Square.self)) }
            }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .circle(let circle): try container.encode(circle)
                case .square(let square): try container.encode(square)
                }
            }
        }
        let shape = "[\(record(#"{"name":"radius","type":"double"}"#, name: "Circle")),\(record(#"{"name":"side","type":"double"}"#, name: "a.Square"))]"
        try roundTrip([Shape.square(.init(side: 1)), .circle(.init(radius: 2))], #"{"type":"array","items":\#(shape)}"#)
    }

    @Test func `numbers, text and bytes fit or are errors`() throws {
        try roundTrip(Int8.min, "int")
        try roundTrip(UInt64(1) << 62, "long")
        try roundTrip(Float(0.1), "float")
        try roundTrip(Float(0.1), "double")
        try roundTrip([UInt8]([1, 2, 3]), "bytes")
        try roundTrip(Data([1, 2]), #"{"type":"fixed","name":"F","size":2}"#)
        try roundTrip([Int?.none, 5], #"{"type":"array","items":["null","int"]}"#)
        try roundTrip([UInt8]([1, 2, 3]), #"{"type":"array","items":"int"}"#)
        #expect(try read(Double.self, [0x02], "int") == 1)
        #expect(try read(Double.self, [0x02], "int", as: "float") == 1)
        #expect(try hex(1, #"["null","double"]"#) == "02000000000000f03f")
        #expect(throws: EncodingError.self) { try hex(Int64(1) << 31, "int") }
        #expect(throws: EncodingError.self) { try hex(UInt64.max, "long") }
        #expect(throws: EncodingError.self) { try hex("x", "int") }
        #expect(throws: EncodingError.self) { try hex("C", #"{"type":"enum","name":"E","symbols":["A"]}"#) }
        #expect(throws: EncodingError.self) { try hex(Data([1]), #"{"type":"fixed","name":"F","size":2}"#) }
        #expect(throws: EncodingError.self) { try hex(String?.none, "string") }
        #expect(throws: DecodingError.self) { try read(Int8.self, [0x80, 0x02], "int") }
        #expect(throws: DecodingError.self) { try read(Int.self, [0x00], #"["null","int"]"#) }
        #expect(throws: DecodingError.self) { try read(String.self, [0x00], "int") }
    }

    @Test func `errors name the place`() throws {
        struct Item: Codable { var x: Int8 }
        struct Whole: Codable { var map: [String: [Item]] }
        let schema = record(#"{"name":"map","type":{"type":"map","values":{"type":"array","items":\#(record(#"{"name":"x","type":"int"}"#, name: "I"))}}}"#)
        let error = #expect(throws: DecodingError.self) { try read(Whole.self, [0x02, 0x02, 0x6b, 0x04, 0x02, 0x80, 0x02, 0x00, 0x00], schema) }
        guard case .dataCorrupted(let context) = try #require(error) else { Issue.record("\(String(describing: error))"); return }
        #expect(context.codingPath.map(\.stringValue) == ["map", "k", "Index 1", "x"])
        struct Wrong: Encodable { var map = ["k": [["x": "text"]]] }
        let other = #expect(throws: EncodingError.self) { try hex(Wrong(), schema) }
        guard case .invalidValue(_, let place) = try #require(other) else { return }
        #expect(place.codingPath.map(\.stringValue) == ["map", "k", "Index 0", "x"])
    }
}
