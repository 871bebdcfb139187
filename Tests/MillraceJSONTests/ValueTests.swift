import MillraceJSON
import KafkaProtocol
import Testing

@Suite struct `Values of any kind` {
    @Test func `come back as they were written, members in their order`() throws {
        let text = #"{"z":[1,-9223372036854775808,1.5,true,false,null],"a":{"é\n\"":""},"b":{},"c":[]}"#
        let value = try JSONValue(parsing: text)
        #expect(value.bytes.string == text)
        #expect(try JSONValue(parsing: Bytes(utf8: text)) == value)
        #expect(value["z"]?.elements?.count == 6 && value["z"]?.elements?[1].integerValue == .min)
        #expect(value["a"]?["é\n\""]?.stringValue == "" && value["missing"] == nil && value["c"]?["x"] == nil)
    }

    @Test func `whole numbers that fit are integers, others are not`() throws {
        #expect(
            try JSONValue(parsing: "[9223372036854775807, 9223372036854775808, 1.0, 1e3, 0.5]") == [
                .integer(.max), .number(9_223_372_036_854_775_808), .number(1), .number(1000), .number(0.5),
            ])
        #expect(JSONValue.number(1e3).integerValue == 1000 && JSONValue.number(0.5).integerValue == nil)
        #expect(JSONValue.number(1e30).integerValue == nil)
    }

    @Test func `equal objects may have their members in any order`() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"b":[{"c":null}]}"#) == JSONValue(parsing: #"{"b":[{"c":null}],"a":1}"#))
        #expect(try JSONValue(parsing: #"{"a":1}"#) != JSONValue(parsing: #"{"a":1.0}"#))
        #expect(try JSONValue(parsing: #"{"a":1,"a":2}"#) == ["a": 2])
    }

    @Test(arguments: ["", "[", "{\"a\"}", "nul", "01", "[1] 2", "[[[[1]]]"])
    func `what is no JSON is an error`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    }

    @Test func `names and texts are equal if their bytes are, however they look`() throws {
        let (composed, decomposed) = ("\u{e9}", "e\u{301}")
        let value = try JSONValue(parsing: "{\"\(composed)\":1,\"\(decomposed)\":2}")
        #expect(value[composed] == 1 && value[decomposed] == 2)
        #expect(JSONValue.string(composed) != .string(decomposed))
        #expect(JSONValue.object([(composed, .integer(1))]) != .object([(decomposed, .integer(1))]))
        #expect(value == .object([(decomposed, .integer(2)), (composed, .integer(1))]))
    }
}
