import KafkaProtocol
import Testing

@testable import MillraceCommandLine

@Suite struct RecordLineTests {
    private func read(
        _ line: String, key: RecordFormat = .string, value: RecordFormat = .string
    ) throws -> RecordLine {
        try RecordLine(parsing: line, keyFormat: key, valueFormat: value)
    }

    @Test func `a line says all of a record, or a part of it`() throws {
        let line = try read(
            #" {"offset":7, "partition":2,"timestamp":5,"headers":[["a","b"],["c",null]],"key":"k\"{","value":"v,:\\\u00e9"} "#)
        #expect(line.partition == 2 && line.timestamp == 5)
        #expect(line.headers == [RecordHeader(key: "a", value: Bytes(utf8: "b")), RecordHeader(key: "c", value: nil)])
        #expect(line.key == Bytes(utf8: "k\"{") && line.value == Bytes(utf8: "v,:\\\u{e9}"))
        let empty = try read("{}")
        #expect(empty == RecordLine(key: nil, value: nil))
        #expect(try read(#"{"key":null,"value":""}"#) == RecordLine(key: nil, value: Bytes()))
        // A letter that joins the quotation mark before it.
        #expect(try read("{\"key\":\"\u{301}x\"}").key == Bytes(utf8: "\u{301}x"))
    }

    @Test func `formats give the bytes that they are printed from`() throws {
        #expect(try read(#"{"key":-2,"value":300}"#, key: .int32, value: .int64).key == [255, 255, 255, 254])
        #expect(try read(#"{"value":300}"#, value: .int64).value == [0, 0, 0, 0, 0, 0, 1, 44])
        #expect(try read(#"{"value":1.5}"#, value: .double).value == [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])
        #expect(try read(#"{"value":"AAE="}"#, value: .base64).value == [0, 1])
        #expect(try read(#"{"value": {"b": 1.10, "a":[ ]}}"#, value: .json).value == Bytes(utf8: #"{"b":1.10,"a":[]}"#))
        #expect(try read(#"{"value":"12"}"#, value: .int64).value == read(#"{"value":12}"#, value: .int64).value)
    }

    @Test(arguments: [
        "", "x", "[]", "1", #"{"key":"a""#, #"{"key":1}"#, #"{"partition":-1}"#, #"{"partition":"a"}"#, #"{"timestamp":-5}"#,
        #"{"timestamp":1.5}"#, #"{"headers":[["a"]]}"#, #"{"headers":[[null,"b"]]}"#, #"{"headers":"a"}"#, #"{"a":1}{}"#,
        #"{"partition":99999999999}"#,
    ])
    func `other lines are no records`(line: String) {
        #expect(throws: ValueError.self) { try read(line) }
    }

    @Test(arguments: [
        (RecordFormat.int32, "2147483648"), (.int64, "1.5"), (.int64, ""), (.double, "x"), (.json, "{"), (.base64, "%"),
        (.session(.string), "a"),
    ])
    func `text that a format does not have is refused`(format: RecordFormat, text: String) {
        #expect(throws: ValueError.self) { try format.bytes(of: text) }
    }

    @Test func `what a format shows it reads`() throws {
        for (format, text) in [(RecordFormat.int32, "-7"), (.int64, "9223372036854775807"), (.double, "0.1"), (.string, "a\tb"), (.base64, "AAE=")] {
            var shown = ByteWriter()
            try format.writeText(try format.bytes(of: text), into: &shown)
            #expect(shown.finish() == Bytes(utf8: text))
        }
    }
}
