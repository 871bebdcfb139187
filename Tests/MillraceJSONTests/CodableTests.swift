import Foundation
import MillraceJSON
import Testing

struct CodableTests {
    @Test func `values of all kinds go to and from Foundation`() throws {
        var random = Seeded(8)
        for _ in 0..<1000 {
            let value = Sample.random(&random)
            let text = try write(value)
            #expect(try foundationRead(Sample.self, text) == value)
            #expect(try read(Sample.self, text) == value)
            #expect(try read(Sample.self, foundationWrite(value)) == value)
            // The same members with the same texts, in whatever order.
            #expect(try foundationRead(AnyJSON.self, text) == foundationRead(AnyJSON.self, foundationWrite(value)))
            #expect(try write([value, value]) == "[\(text),\(text)]")
        }
    }

    @Test func `members stand in the order in which they are encoded, those of dictionaries in that of their keys`() throws {
        struct Order: Codable { var z = 1, a = "x", m: Int?, b = [true] }
        #expect(try write(Order()) == #"{"z":1,"a":"x","b":[true]}"#)
        let names = Dictionary(uniqueKeysWithValues: (0..<200).map { ("k\($0)", [1: $0, 0: $0]) })
        let expected = names.keys.sorted().map { "\"\($0)\":{\"0\":\(names[$0]![0]!),\"1\":\(names[$0]![1]!)}" }.joined(separator: ",")
        #expect(try write(names) == "{\(expected)}")
        #expect(try write(["b": Sample.Shape.none, "a": .label("x"), "": .none]) == #"{"":{"none":{}},"a":{"label":{"_0":"x"}},"b":{"none":{}}}"#)
        #expect(try write([String: Int]()) == "{}")
    }

    @Test func `single values are documents too`() throws {
        #expect(try write(1) == "1")
        #expect(try write("a") == #""a""#)
        #expect(try write(Int?.none) == "null")
        #expect(try write(true) == "true")
        #expect(try write([Int]()) == "[]")
        #expect(try read(Int?.self, " null ") == nil)
        #expect(try read(Int??.self, "5") == 5)
        #expect(try read([Int?].self, "[1,null]") == [1, nil])
        #expect(try read(Bool.self, "false") == false)
    }

    @Test func `classes encode themselves and their superclasses`() throws {
        #expect(try write(Dog(name: "Rex", age: 4)) == #"{"super":{"name":"Rex"},"age":4}"#)
        let dog = try read(Dog.self, #"{"age":4,"super":{"name":"Rex"}}"#)
        #expect(dog.name == "Rex" && dog.age == 4)
        #expect(throws: DecodingError.self) { try read(Dog.self, #"{"age":4}"#) }
        #expect(try write(Cat(name: "Tom", lives: 7)) == #"{"lives":7,"name":"Tom"}"#)
        let cat = try read(Cat.self, #"{"name":"Tom","lives":7}"#)
        #expect(cat.name == "Tom" && cat.lives == 7)
    }

    @Test func `containers in containers may be written by turns`() throws {
        #expect(try write(Interleaved()) == #"{"meta":{"a":1,"inner":{"a":"6"},"b":2},"list":[3,[4]],"d":5}"#)
        #expect(try read(Interleaved.self, write(Interleaved())) == Interleaved())
        #expect(try foundationRead(Interleaved.self, write([Interleaved(), Interleaved()]).dropFirst().split(separator: "},{")[0] + "}") == Interleaved())
    }

    @Test func `of members that repeat the last counts, however their keys are written`() throws {
        struct Value: Codable, Equatable { var a: Int, b: String? }
        #expect(try read(Value.self, #"{"a":1,"b":"x","a":2}"#) == Value(a: 2, b: "x"))
        #expect(try read(Value.self, #"{"a":{"a":[1]},"\u0061":3,"b":"x","b":null}"#) == Value(a: 3, b: nil))
        #expect(try read([String: Int].self, #"{"a":1,"a":2,"b":3,"a":4}"#) == ["a": 4, "b": 3])
        let many = (0..<1000).map { "\"k\($0 % 300)\":\($0)" }.joined(separator: ",")
        let expected = Dictionary((0..<1000).map { ("k\($0 % 300)", $0) }) { $1 }
        #expect(try read([String: Int].self, "{\(many)}") == expected)
    }

    @Test func `members are found in any order, and unknown ones passed over`() throws {
        struct Value: Codable, Equatable { var a: Int, b: [Int], c: String }
        let parts = ["\"a\":1", "\"b\":[2]", "\"c\":\"3\"", "\"x\":{\"a\":[{}]}", "\"\":null"]
        var random = Seeded(9)
        for _ in 0..<100 {
            let text = parts.shuffled(using: &random).joined(separator: " , ")
            #expect(try read(Value.self, " { \(text) } ") == Value(a: 1, b: [2], c: "3"))
        }
        // Keys are bytes: the two ways to write an é are two keys.
        #expect(try read([String: Int].self, "{\"\u{e9}\":1}")["\u{e9}"] == 1)
    }

    @Test func `an object of very many keys is read in a time that grows with their number`() throws {
        let count = 200_000
        let text = "{" + (0..<count).map { "\"\($0)\":\($0)" }.joined(separator: ",") + "}"
        #expect(try read([String: Int].self, text).count == count)
    }

    @Test func `nesting ends at its limit in both directions`() throws {
        final class Link: Codable {
            var next: Link?
            init(_ next: Link?) { self.next = next }
        }
        func chain(_ depth: Int) -> Link { (1..<depth).reduce(Link(nil)) { link, _ in Link(link) } }
        let text = try write(chain(JSONCoder.maximumDepth))
        #expect(try write(read(Link.self, text)) == text)
        #expect(throws: EncodingError.self) { try write(chain(JSONCoder.maximumDepth + 1)) }
        #expect(refusal(#"{"next":"# + text + "}") == .tooDeep)
        #expect(refusal("[" + text + "]") == .tooDeep)
    }

    @Test func `errors name the place`() throws {
        struct Row: Codable { var cells: [[String: Int]] }
        func path(_ text: String) -> [String]? {
            let error = #expect(throws: DecodingError.self) { try read([Row].self, text) }
            switch error {
            case .typeMismatch(_, let context), .keyNotFound(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                return context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            default: return nil
            }
        }
        #expect(path(#"[{"cells":[]},{"cells":[{"a":1},{"b":1,"c":"x"}]}]"#) == ["1", "cells", "1", "c"])
        #expect(path(#"[{"cells":[]},{"cells":[null]}]"#) == ["1", "cells", "0"])
        #expect(path(#"[{"cells":[]},{}]"#) == ["1"])
        #expect(path(#"[{"cells":[{"a":1e30}]}]"#) == ["0", "cells", "0", "a"])
        #expect(path(#"{"a":1}"#) == [])

        struct Outer: Codable { var list = [["a": 1.5], ["b": Double.nan]] }
        let error = #expect(throws: EncodingError.self) { try write(Outer()) }
        guard case .invalidValue(_, let context) = error else { return }
        #expect(context.codingPath.map(\.stringValue) == ["list", "Index 1", "b"])
    }

    @Test func `a member that cannot be written leaves nothing behind`() throws {
        struct Tolerant: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: JSONName.self)
                try container.encode(1, forKey: JSONName("a"))
                try? container.encode(Double.nan, forKey: JSONName("b"))
                try? container.encode(["x": [1, .infinity]], forKey: JSONName("c"))
                try container.encode([2.5], forKey: JSONName("d"))
                var list = container.nestedUnkeyedContainer(forKey: JSONName("e"))
                try? list.encode(Float.nan)
                try list.encode("f")
            }
        }
        #expect(try write(Tolerant()) == #"{"a":1,"d":[2.5],"e":["f"]}"#)
    }

    @Test func `containers that JSON has no place for are an error`() {
        struct Twice: Encodable {
            func encode(to encoder: any Encoder) throws {
                _ = encoder.container(keyedBy: JSONName.self)
                _ = encoder.unkeyedContainer()
            }
        }
        struct TwoValues: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(1)
                try container.encode(2)
            }
        }
        struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
        #expect(throws: EncodingError.self) { try write(Twice()) }
        #expect(throws: EncodingError.self) { try write(["a": TwoValues()]) }
        #expect(throws: EncodingError.self) { try write(Nothing()) }
        #expect((try? write([Nothing()])) == "[{}]")
    }

    @Test func `a decoder that is kept can be used when the bytes are gone`() throws {
        struct Late: Decodable {
            let container: KeyedDecodingContainer<JSONName>
            init(from decoder: any Decoder) throws { container = try decoder.container(keyedBy: JSONName.self) }
        }
        let late = try read(Late.self, #"{"text":"a long text that was somewhere else \n"}"#)
        #expect(try late.container.decode(String.self, forKey: JSONName("text")) == "a long text that was somewhere else \n")
    }

    @Test func `an encoder that is kept can write nothing more`() throws {
        final class Keeper: Encodable {
            var kept: (any Encoder)?
            func encode(to encoder: any Encoder) throws {
                kept = encoder
                var container = encoder.container(keyedBy: JSONName.self)
                try container.encode(1, forKey: JSONName("a"))
            }
        }
        let keeper = Keeper()
        #expect(try write([keeper]) == #"[{"a":1}]"#)
        var container = try #require(keeper.kept).container(keyedBy: JSONName.self)
        #expect(throws: EncodingError.self) { try container.encode(2, forKey: JSONName("b")) }
    }

    @Test func `unkeyed containers count, and stay where a value cannot be read`() throws {
        struct List: Decodable, Equatable {
            var items: [String] = []
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                #expect(container.count == 3)
                while !container.isAtEnd {
                    if try container.decodeNil() {
                        items.append("nil \(container.currentIndex)")
                    } else if let number = try? container.decode(Int.self) {
                        items.append("\(number)")
                    } else {
                        items.append(try container.decode(String.self))
                    }
                }
                #expect(throws: DecodingError.self) { try container.decode(Int.self) }
                #expect(throws: DecodingError.self) { try container.decodeNil() }
            }
        }
        #expect(try read(List.self, #"[null,"a",5]"#).items == ["nil 1", "a", "5"])
    }
}

/// A key of any name.
struct JSONName: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
