import KafkaProtocol
import Testing

@testable import Connectors

/// Rows, their fields and the records that they make.
@Suite struct RowTests {
    func rows(_ text: String, quotes: Bool = false, chunk: Int) throws -> [String] {
        var splitter = RowSplitter(hasQuotes: quotes, longestRow: 100)
        let bytes = Bytes(utf8: text)
        var rows: [String] = []
        var ends: [Int64] = []
        var start = 0
        while start < bytes.count {
            try splitter.push(bytes[start..<min(start + chunk, bytes.count)]) {
                rows.append($0.string); ends.append($1)
            }
            start += chunk
        }
        if let last = splitter.finish() { rows.append(last.string) }
        #expect(ends == ends.sorted() && splitter.end == Int64(bytes.count))
        return rows
    }

    @Test(arguments: [1, 2, 3, 100]) func `rows end at line feeds, wherever chunks do`(_ chunk: Int) throws {
        #expect(try rows("a\n\nbc\r\nd", chunk: chunk) == ["a", "", "bc", "d"])
        #expect(try rows("a\"\nb\"\n", chunk: chunk) == ["a\"", "b\""])
        #expect(try rows("1,\"a\nb \"\" c\"\n2,x\n", quotes: true, chunk: chunk) == ["1,\"a\nb \"\" c\"", "2,x"])
    }

    @Test func `a row that is too long is refused, with a word about a quotation mark that is not closed`() {
        #expect(throws: FileFault.self) { try rows(String(repeating: "x", count: 101), chunk: 7) }
        #expect(throws: FileFault.self) { try rows(String(repeating: "x", count: 101) + "\n", chunk: 200) }
        let error = #expect(throws: FileFault.self) {
            try rows("a,\"b\n" + String(repeating: "x\n", count: 60), quotes: true, chunk: 50)
        }
        #expect(error?.description.contains("not closed") == true)
    }

    @Test func `fields are what RFC 4180 says`() throws {
        func fields(_ row: String, _ separator: Character = ",") throws -> [String] {
            try CSVRow.fields(Bytes(utf8: row), separator: separator.asciiValue ?? 0)
        }
        #expect(try fields("a,b c,") == ["a", "b c", ""])
        #expect(try fields("") == [""])
        #expect(try fields("\"a,\"\"b\"\"\n\",é") == ["a,\"b\"\n", "é"])
        #expect(try fields("a;b,c", ";") == ["a", "b,c"])
        for bad in ["\"a", "a\"b", "\"a\"b,c", "\"", "\"\"\""] { #expect(throws: FileFault.self, "\(bad)") { try fields(bad) } }
        #expect(throws: FileFault.self) { try CSVRow.fields([0x61, 0xff], separator: 0x2c) }
    }

    @Test func `a row of CSV is an object in the header's order`() throws {
        let format = FileFormat.csv(key: "id")
        let header = try #require(try format.header(Bytes(utf8: "\u{feff}name,id,\"no\"\"te\"")))
        #expect(header == ["name", "id", "no\"te"])
        let record = try format.record(Bytes(utf8: "Ann,7,\"a\nb\""), header: header)
        #expect(record == SourceRecord(key: Bytes(utf8: "7"), value: Bytes(utf8: #"{"name":"Ann","id":"7","no\"te":"a\nb"}"#)))
        #expect(try format.record(Bytes(), header: header) == nil)
        #expect(throws: FileFault.self) { try format.record(Bytes(utf8: "Ann,7"), header: header) }
        #expect(throws: FileFault.self) { try FileFormat.csv(key: "none").header(Bytes(utf8: "a,b")) }
        #expect(throws: FileFault.self) { try format.header(Bytes(utf8: "id,id")) }
    }

    @Test func `a line of JSON stays as it is and gives its key`() throws {
        func key(_ line: String, _ name: String? = "id") throws -> String? {
            let record = try FileFormat.jsonLines(key: name).record(Bytes(utf8: line), header: [])
            if let record { #expect(record.value?.string == line) }
            return record?.key?.string
        }
        #expect(try key(#"{"id":"a","x":[1,{}]}"#) == "a")
        #expect(try key(#"{ "x" : null, "id" : 9007199254740993 }"#) == "9007199254740993")
        #expect(try key(#"{"id":true}"#) == "true")
        #expect(try key("[1]", nil) == nil && key("") == nil)
        for bad in [#"{"id":null}"#, #"{"id":[1]}"#, "{}", "[]", "{", "{\"id\":1} x", "nonsense"] {
            #expect(throws: FileFault.self, "\(bad)") { try key(bad) }
        }
        #expect(throws: FileFault.self) { try key("{", nil) }
    }

    @Test func `a position is read as it was written, and nothing else is one`() throws {
        for position in [
            FilePosition(FileIdentity(device: 0, inode: 0), offset: 0),
            FilePosition(FileIdentity(device: .max, inode: .max), offset: .max),
        ] { #expect(try FilePosition(position.bytes) == position) }
        for bad in ["", "1", "1 1 1", "2 1 1 1", "1 1 1 -1", "1 1 1 9223372036854775808", "1  1 1", "1 1 1 1 "] {
            #expect(throws: FileFault.self, "\(bad)") { try FilePosition(Bytes(utf8: bad)) }
        }
    }

    @Test func `the name of a file with records is read as it was written, and no other is taken for one`() {
        let name = FileSinkName(partition: TopicPartition(topic: "a-b-1", partition: 7), first: 0, last: .max)
        #expect(name.text == "a-b-1-7-00000000000000000000-09223372036854775807")
        #expect(FileSinkName(name.text + ".x", suffix: ".x") == name)
        for other in [
            "a-0-1-2.x", "a-0-00000000000000000002-00000000000000000001.x", "a-0.part",
            "a-00-00000000000000000000-00000000000000000001.x", "a-0-00000000000000000000-00000000000000000001.y",
        ] { #expect(FileSinkName(other, suffix: ".x") == nil, "\(other)") }
    }
}
