import KafkaProtocol
import MillraceCommandLine
import Testing

@Suite struct RecordFormatTests {
    func json(_ format: String, _ bytes: [UInt8]?) throws -> String {
        var writer = ByteWriter()
        try RecordFormat(parsing: format).writeJSON(bytes.map { Bytes($0) }, into: &writer)
        return writer.finish().string
    }

    func text(_ format: String, _ bytes: [UInt8]?) throws -> String {
        var writer = ByteWriter()
        try RecordFormat(parsing: format).writeText(bytes.map { Bytes($0) }, into: &writer)
        return writer.finish().string
    }

    func bigEndian(_ value: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) } }

    @Test(arguments: [
        "string", "int32", "int64", "double", "json", "base64", "windowed:string:60000", "session:int64",
        "windowed:session:json:5",
    ])
    func `the notation of a format is read and written`(notation: String) throws {
        #expect(try RecordFormat(parsing: notation).description == notation)
    }

    @Test(arguments: [
        "", "String", "int", "windowed", "windowed:", "windowed:string", "windowed:string:", "windowed:string:0",
        "windowed:string:-1", "windowed:nope:5", "session", "session:",
        "session:session:session:session:session:string",
    ])
    func `what is no format is refused`(notation: String) {
        #expect(throws: ValueError.self) { try RecordFormat(parsing: notation) }
    }

    @Test func `numbers are big-endian`() throws {
        #expect(try json("int32", [0xff, 0xff, 0xff, 0xfe]) == "-2")
        #expect(try json("int64", bigEndian(.min)) == "-9223372036854775808")
        #expect(try json("int64", bigEndian(1_234_567_890_123)) == "1234567890123")
        #expect(try json("int64", bigEndian(0)) == "0")
        #expect(try json("double", bigEndian(Int64(bitPattern: (0.1).bitPattern))) == "0.1")
        #expect(try json("double", bigEndian(Int64(bitPattern: (1e300).bitPattern))) == "1e+300")
        #expect(try json("double", bigEndian(Int64(bitPattern: Double.nan.bitPattern))) == "\"NaN\"")
        #expect(try json("double", bigEndian(Int64(bitPattern: (-Double.infinity).bitPattern))) == "\"-Infinity\"")
        #expect(try text("double", bigEndian(Int64(bitPattern: Double.infinity.bitPattern))) == "Infinity")
    }

    @Test(arguments: [
        "string", "int32", "int64", "double", "json", "base64", "windowed:string:60000", "session:string",
    ])
    func `null is null in every format`(notation: String) throws {
        #expect(try json(notation, nil) == "null")
        #expect(try text(notation, nil) == "null")
    }

    @Test func `windowed keys show their window`() throws {
        let key = Array("/a".utf8) + bigEndian(60_000)
        #expect(try json("windowed:string:60000", key) == #"{"key":"/a","windowStart":60000,"windowEnd":120000}"#)
        #expect(try text("windowed:string:60000", key) == "[/a@60000/120000]")
        #expect(
            try json("windowed:string:60000", bigEndian(.max))
                == #"{"key":"","windowStart":9223372036854775807,"windowEnd":9223372036854775807}"#)
        let session = Array("u".utf8) + bigEndian(500) + bigEndian(100)
        #expect(try json("session:string", session) == #"{"key":"u","windowStart":100,"windowEnd":500}"#)
    }

    @Test(arguments: [
        ("int32", 3), ("int32", 8), ("int64", 0), ("int64", 4), ("double", 7), ("windowed:string:5", 7),
        ("session:string", 15), ("windowed:int64:5", 10),
    ])
    func `bytes that do not fit are refused`(notation: String, size: Int) {
        #expect(throws: ValueError.self) { try json(notation, [UInt8](repeating: 1, count: size)) }
    }

    @Test func `strings are escaped`() throws {
        #expect(
            try json("string", Array("a\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{1f}/é😀".utf8))
                == #""a\"b\\c\n\r\t\b\f\u0001\u001f/é😀""#)
        #expect(try json("string", []) == "\"\"")
    }

    @Test func `what is not UTF-8 becomes the replacement character, as in Swift's strings`() throws {
        var random = SeededRandom(seed: 11)
        let odd: [UInt8] = [
            0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xef, 0xf0, 0x90, 0xf4, 0x8f, 0xf5, 0xff,
        ]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...8, using: &random)).map { _ in odd.randomElement(using: &random) ?? 0 }
            #expect(try json("string", bytes) == "\"\(String(decoding: bytes, as: UTF8.self))\"", "\(bytes)")
        }
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("\u{fb}\u{ff}", "w7vDvw=="),
    ])
    func `base64 is padded`(plain: String, expected: String) throws {
        #expect(try json("base64", Array(plain.utf8)) == "\"\(expected)\"")
        #expect(try text("base64", Array(plain.utf8)) == expected)
    }

    @Test(arguments: [
        (
            " { \"a\" : [ 1 , -2.5e+3 , true , null ] ,\n \"b\\u00e9\\\"\" : { } } ",
            #"{"a":[1,-2.5e+3,true,null],"b\u00e9\"":{}}"#
        ),
        ("[]", "[]"), ("\"a b\"", "\"a b\""), ("0", "0"), ("-0.0E-1", "-0.0E-1"), ("[[],[[]]]", "[[],[[]]]"),
        ("false", "false"),
    ])
    func `JSON is put on one line`(input: String, expected: String) throws {
        #expect(try json("json", Array(input.utf8)) == expected)
    }

    @Test(arguments: [
        "", " ", "{", "[", "]", "}", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{\"a\":1]", "[1}",
        "01", "1.", ".5", "+1", "-", "1e", "tru", "nul", "True", "\"", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\n\"",
        "1 2", "[1 2]", "{\"a\" 1}", "'a'",
    ])
    func `what is not JSON is refused`(input: String) {
        #expect(throws: ValueError.self) { try json("json", Array(input.utf8)) }
    }

    @Test func `deeply nested JSON does not end the program`() throws {
        let depth = 200_000
        let deep =
            [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        #expect(try json("json", deep).utf8.count == 2 * depth)
        #expect(throws: ValueError.self) { try json("json", [UInt8](repeating: UInt8(ascii: "["), count: depth)) }
    }

    @Test func `a record is one line of JSON`() throws {
        let record = RecordView(
            offset: 7, timestamp: 1_500, key: nil, value: Bytes(utf8: "v\"1"),
            headers: [RecordHeader(key: "h", value: Bytes(utf8: "x")), RecordHeader(key: "n", value: nil)])
        let printer = RecordPrinter(keyFormat: .string, valueFormat: .string, isJSON: true)
        var writer = ByteWriter()
        try printer.write(record, from: TopicPartition(topic: "t", partition: 3), into: &writer)
        #expect(
            writer.finish().string
                == #"{"topic":"t","partition":3,"offset":7,"timestamp":1500,"headers":[["h","x"],["n",null]],"key":null,"value":"v\"1"}"#
                + "\n")
    }

    @Test func `a record is one line of text`() throws {
        let record = RecordView(offset: 7, timestamp: 1_500, key: Bytes(utf8: "k"), value: Bytes(utf8: "v"))
        var writer = ByteWriter()
        let source = TopicPartition(topic: "t", partition: 3)
        try RecordPrinter(keyFormat: .string, valueFormat: .string, isJSON: false).write(
            record, from: source, into: &writer)
        try RecordPrinter(keyFormat: .string, valueFormat: .string, isJSON: false, keySeparator: "=>").write(
            record, from: source, into: &writer)
        #expect(writer.finish().string == "v\nk=>v\n")
    }

    @Test func `a record that does not fit its format is named, and nothing of it is written`() throws {
        let record = RecordView(offset: 7, timestamp: 1_500, key: nil, value: Bytes(utf8: "v"))
        var writer = ByteWriter()
        do {
            try RecordPrinter(keyFormat: .string, valueFormat: .int64, isJSON: true)
                .write(record, from: TopicPartition(topic: "t", partition: 3), into: &writer)
            Issue.record("it was taken")
        } catch {
            #expect(
                "\(error)"
                    == "topic t, partition 3, offset 7: the value is not as expected: int64 takes 8 bytes, here are 1")
        }
        #expect(writer.count == 0)
    }
}
