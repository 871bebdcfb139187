import Avro
import KafkaProtocol
import Testing

@Suite struct `Types that read and write themselves` {
    /// Nested containers are filled in another order than they are asked for.
    private struct Nested: Codable, Equatable {
        var a = 1, b = [1, 2], c = "x"

        enum Keys: String, CodingKey { case sub, list, c }
        enum Sub: String, CodingKey { case a }

        init(a: Int, b: [Int], c: String) { (self.a, self.b, self.c) = (a, b, c) }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            c = try container.decode(String.self, forKey: .c)
            let sub = try container.nestedContainer(keyedBy: Sub.self, forKey: .sub)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            b = [try list.decode(Int.self)]
            a = try sub.decode(Int.self, forKey: .a)
            while !list.isAtEnd { b.append(try list.decode(Int.self)) }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            var list = container.nestedUnkeyedContainer(forKey: .list)
            var sub = container.nestedContainer(keyedBy: Sub.self, forKey: .sub)
            try list.encode(b[0])
            try container.encode(c, forKey: .c)
            try sub.encode(a, forKey: .a)
            for number in b.dropFirst() { try list.encode(number) }
        }
    }

    private static let schema = record(
        #"{"name":"sub","type":\#(record(#"{"name":"a","type":"int"}"#, name: "S"))},{"name":"list","type":{"type":"array","items":"long"}},{"name":"c","type":"string"}"#
    )

    @Test func `nested containers have their places, in any order`() throws {
        try roundTrip(Nested(a: 7, b: [1, 2, 3], c: "text"), Self.schema)
        #expect(try hex(Nested(a: 1, b: [2], c: ""), Self.schema) == "02" + "020400" + "00")
        try roundTrip([Nested(a: 7, b: [1], c: ""), Nested(a: 8, b: [2, 3], c: "y")], #"{"type":"array","items":\#(Self.schema)}"#)
    }

    @Test func `arrays of nested containers`() throws {
        struct Rows: Encodable {
            func encode(to encoder: any Encoder) throws {
                var rows = encoder.unkeyedContainer()
                try rows.encode([9])
                var first = rows.nestedUnkeyedContainer()
                try first.encode(1)
                try rows.encode([2, 3])
                var last = rows.nestedUnkeyedContainer()
                try last.encode(4)
                try first.encode(5)
            }
        }
        #expect(try hex(Rows(), #"{"type":"array","items":{"type":"array","items":"int"}}"#) == "08" + "021200" + "04020a00" + "04040600" + "020800" + "00")
    }

    @Test func `classes have their superclass in a field of its own`() throws {
        class Base: Codable {
            var a = 1
        }
        final class Derived: Base {
            var b = 2
            enum Keys: String, CodingKey { case b, `super` }
            override init() { super.init() }
            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Keys.self)
                b = try container.decode(Int.self, forKey: .b)
                try super.init(from: container.superDecoder())
            }
            override func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                try super.encode(to: container.superEncoder())
                try container.encode(b, forKey: .b)
            }
        }
        let schema = record(#"{"name":"b","type":"int"},{"name":"super","type":\#(record(#"{"name":"a","type":"int"}"#, name: "B"))}"#)
        let value = Derived()
        (value.a, value.b) = (3, 4)
        #expect(try hex(value, schema) == "0806")
        let back = try read(Derived.self, [8, 6], schema)
        #expect(back.a == 3 && back.b == 4)
    }

    @Test func `a container used after its time is an error, as are two for one value`() throws {
        final class Keeper: Encodable {
            nonisolated(unsafe) static var kept: (any UnkeyedEncodingContainer)?
            func encode(to encoder: any Encoder) throws { Self.kept = encoder.unkeyedContainer() }
        }
        struct Misuser: Encodable {
            func encode(to encoder: any Encoder) throws {
                var rows = encoder.unkeyedContainer()
                try rows.encode(Keeper())
                try Keeper.kept?.encode(1)
            }
        }
        struct Two: Encodable {
            func encode(to encoder: any Encoder) throws {
                _ = encoder.unkeyedContainer()
                _ = encoder.container(keyedBy: Nested.Keys.self)
            }
        }
        #expect(throws: EncodingError.self) { try hex(Misuser(), #"{"type":"array","items":{"type":"array","items":"int"}}"#) }
        #expect(throws: EncodingError.self) { try hex(Two(), #"{"type":"array","items":"int"}"#) }
    }

    @Test func `an encoder that is kept writes nothing into values after it`() throws {
        final class Keeper: Encodable {
            nonisolated(unsafe) static var kept: (any Encoder)?
            func encode(to encoder: any Encoder) throws {
                if let kept = Self.kept { _ = kept.unkeyedContainer() }
                Self.kept = encoder
                var container = encoder.singleValueContainer()
                try container.encode([1])
            }
        }
        let schema = #"{"type":"array","items":["null",{"type":"array","items":"int"}]}"#
        #expect(try hex([Keeper(), Keeper(), Keeper()], schema) == "06" + "02020200" + "02020200" + "02020200" + "00")
    }

    @Test func `a decoder that is kept has nothing to read any more`() throws {
        struct Keeper: Decodable {
            let decoder: any Decoder
            init(from decoder: any Decoder) { self.decoder = decoder }
        }
        let keeper = try read(Keeper.self, [2], "int")
        #expect(throws: (any Error).self) { try keeper.decoder.singleValueContainer().decode(Int.self) }
    }

    @Test func `values of any kind are members too`() throws {
        struct Envelope: Codable, Equatable { var key: Int; var payload: AvroValue; var other: AvroValue? }
        let schema = record(
            #"{"name":"key","type":"int"},{"name":"payload","type":["null","string",{"type":"array","items":"long"}]},{"name":"other","type":["null","boolean"]}"#
        )
        try roundTrip(Envelope(key: 1, payload: ["x", "y"].isEmpty ? nil : .array([.long(3)]), other: true), schema)
        try roundTrip(Envelope(key: 1, payload: "text", other: nil), schema)
        #expect(throws: EncodingError.self) { try hex(Envelope(key: 1, payload: true), schema) }
    }
}
