import Foundation
import Millrace
import Testing

@testable import conformance

@Suite struct CaseFormatTests {
    func decode(_ text: String) throws -> ConformanceCase {
        try ConformanceCase(Fields(JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)), "the case"))
    }

    func passThrough(expecting value: String) -> String {
        """
        {"name": "x", "topology": [
            {"let": "n1", "op": "stream", "topic": "in", "key": "string", "value": "int64"},
            {"op": "to", "from": "n1", "topic": "out"}],
         "input": [{"topic": "in", "key": "a", "value": 9223372036854775807, "timestamp": 1}],
         "expected": {"out": [{"key": "a", "value": \(value), "timestamp": 1, "step": 0}]}}
        """
    }

    @Test func `integers keep all 64 bits`() throws {
        #expect(try decode(passThrough(expecting: "9223372036854775807")).run() == [])
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data("-9223372036854775808".utf8)) == .integer(.min))
    }

    @Test func `a difference is shown with what was expected and what came`() throws {
        let lines = try decode(passThrough(expecting: "9223372036854775806")).run()
        #expect(
            lines == [
                "topic out [0] expected \"a\" = 9223372036854775806, timestamp 1, step 0",
                "topic out [0]   actual \"a\" = 9223372036854775807, timestamp 1, step 0",
            ])
    }

    @Test(arguments: [
        (#"{"name": "x", "topology": [{"op": "stream"}]}"#, "statement 1: \"key\" is missing"),
        (#"{"name": "x", "topology": [{"op": "to", "from": "n9", "topic": "t"}]}"#, "no statement before it gives n9"),
        (#"{"name": "x", "topology": [7]}"#, "statement 1 is not an object"),
        (#"{"topology": []}"#, "the case: \"name\" is missing"),
    ])
    func `a broken case says what is wrong with it`(_ text: String, _ message: String) {
        let error = #expect(throws: CaseError.self) { try decode(text).run() }
        #expect(error?.description == message)
    }

    @Test func `functions follow the format`() throws {
        func value(_ text: String, _ value: Cell?) throws -> Cell? { try Expression(text).apply(.string("k"), value) }
        #expect(try value("prefix:x:y", nil) == .string("x:ynull"))
        #expect(try value("mod:3", .int64(-4)) == .int64(2))
        #expect(try value("field:2", .string("a,b,")) == .string(""))
        #expect(try value("field:3", .string("a,b,")) == nil)
        #expect(try value("fieldInt:1", .string("a,-7")) == .int64(-7))
        #expect(try value("keyValue", nil) == .string("k=null"))
        #expect(try value("constInt:5", nil) == .int64(5))
        #expect(
            try OneToMany("splitPairs").apply(nil, .string("a=b=c,,d")) == [
                .init(.string("a"), .string("b=c")), .init(.string("d"), nil),
            ])
        #expect(try Fold("max").apply(nil, nil, .int64(3)) == .int64(3))
        #expect(throws: CaseError.self) { try Expression("add:x") }
        #expect(throws: CaseError.self) { try Predicate("nonsense") }
    }
}
