import Avro
import MillraceJSON
import KafkaProtocol
import Testing

@Suite struct `Bytes that are no values` {
    @Test(
        arguments: [
            ("int", [], "the bytes end too early"), ("int", [0x80], "the bytes end too early"), ("int", [2, 2], "1 bytes after the value"),
            ("int", [0x80, 0x80, 0x80, 0x80, 0x10], "an int of more than 32 bits"),
            ("long", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], "a number of more than 64 bits"),
            ("boolean", [2], "a boolean that is neither 0 nor 1"), ("double", [0, 0, 0], "the bytes end too early"),
            ("bytes", [1], "a length of -1"), ("string", [4, 0x61], "a length of 2"), ("string", [2, 0xff], "a string that is not UTF-8"),
            (#"["null","int"]"#, [4], "branch 2 of a union of 2"), (#"["null","int"]"#, [1], "branch -1 of a union of 2"),
            (#"{"type":"enum","name":"E","symbols":["A"]}"#, [2], "symbol 1 of an enum of 1"),
            (#"{"type":"array","items":"int"}"#, [2, 2], "the bytes end too early"),
            (#"{"type":"array","items":"int"}"#, [3, 4, 2, 2], "the bytes end too early"),
            (#"{"type":"array","items":"int"}"#, [1, 0x7e], "a length of 63"),
            (#"{"type":"array","items":"int"}"#, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0], "a block of \(Int64.min) items"),
            (#"{"type":"array","items":"null"}"#, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0], "too many empty values"),
            (#"{"type":"array","items":{"type":"fixed","name":"F","size":0}}"#, [0xfe, 0xff, 0xff, 0xff, 0x0f, 0], "too many empty values"),
        ] as [(String, [UInt8], String)])
    func `say what is wrong`(schema: String, bytes: [UInt8], reason: String) throws {
        let error = #expect(throws: AvroDataError.self, "\(schema)") { try read(AvroValue.self, bytes, schema) }
        #expect(error?.reason == reason)
        // The same where the value is passed over, but for what comes after it.
        if reason == "1 bytes after the value" { return }
        let outer = record(#"{"name":"a","type":\#(schema.hasPrefix("{") || schema.hasPrefix("[") ? schema : "\"\(schema)\"")},{"name":"b","type":"int"}"#)
        #expect(throws: AvroDataError.self, "\(schema)") { try read(AvroValue.self, bytes, outer, as: record(#"{"name":"b","type":"int"}"#)) }
    }

    @Test func `nesting has a limit, in reading, passing over and writing`() throws {
        struct List: Codable {
            var next: [List] = []
        }
        let schema = record(#"{"name":"next","type":{"type":"array","items":"R"}}"#)
        let deep = [UInt8](repeating: 2, count: 100_000)
        #expect(throws: AvroDataError.self) { try read(AvroValue.self, deep, schema) }
        #expect(throws: (any Error).self) { try read(List.self, deep, schema) }
        let outer = record(#"{"name":"a","type":\#(record(#"{"name":"next","type":{"type":"array","items":"L"}}"#, name: "L"))},{"name":"b","type":"int"}"#)
        #expect(throws: AvroDataError.self) { try read(AvroValue.self, deep, outer, as: record(#"{"name":"b","type":"int"}"#)) }
        var value = AvroValue.record(AvroRecord("R", [("next", [])]))
        for _ in 0..<300 { value = .record(AvroRecord("R", [("next", .array([value]))])) }
        #expect(throws: EncodingError.self) { try hex(value, schema) }
        var list = List()
        for _ in 0..<300 { list = List(next: [list]) }
        #expect(throws: EncodingError.self) { try hex(list, schema) }
    }

    @Test func `a record in itself without end is an error`() throws {
        #expect(throws: AvroDataError.self) { try read(AvroValue.self, [], record(#"{"name":"f","type":"R"}"#)) }
    }

    @Test func `records without bytes that double with each type are not walked through`() throws {
        let doubling = (1...60).map { record(#"{"name":"a","type":"R\#($0 - 1)"},{"name":"b","type":"R\#($0 - 1)"}"#, name: "R\($0)") }
        let schema = "[\(([record("", name: "R0")] + doubling).joined(separator: ","))]"
        #expect(throws: AvroDataError.self) { try read(AvroValue.self, [120], schema) }
    }

    @Test func `unions of thousands of types are not compared each with each`() throws {
        let types = (0..<3000).map { #"{"type":"fixed","name":"n\#($0).F","size":1}"# }.joined(separator: ",")
        let schema = try AvroSchema(parsing: "[\(types)]")
        _ = try? AvroReader(writer: schema)
        #expect(!AvroCompatibility.canRead(reader: schema, writer: try AvroSchema(parsing: #"{"type":"fixed","name":"G","size":1}"#)))
    }

    @Test func `random and changed bytes are an error or a value, whatever the schema is`() throws {
        var random = Seeded(21)
        for test in Vectors.cases("random") {
            let schema = try Vectors.schema(test["schema"])
            let (reader, writer) = (try AvroReader(writer: schema), try AvroWriter(schema: schema))
            let bytes = Vectors.bytes(test["bytes"]).array
            for round in 0..<60 {
                var changed = bytes
                if round % 3 == 0 || bytes.isEmpty {
                    changed = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) & (round % 2 == 0 ? 7 : 255) }
                } else if round % 3 == 1 {
                    changed.removeLast(Int.random(in: 1...bytes.count, using: &random))
                } else {
                    for _ in 0..<3 { changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
                }
                // What is read can be written, and is the same value then.
                guard let value = try? reader.decode(AvroValue.self, from: Bytes(changed)) else { continue }
                let again = try writer.encode(value)
                let back = try writer.encode(reader.decode(AvroValue.self, from: again))
                #expect(again == back, "\(test.bytes.string)")
            }
        }
    }

    @Test func `Codable types read random bytes or fail`() throws {
        struct Deep: Codable { var a: Int?; var b: [Deep]; var c: [String: Deep]; var d: String; var e: Double? }
        let schema = record(
            #"""
            {"name":"a","type":["null","int"]},{"name":"b","type":{"type":"array","items":"R"}},{"name":"e","type":["double","null"]},
            {"name":"c","type":{"type":"map","values":"R"}},{"name":"d","type":"string"}
            """#)
        var random = Seeded(22)
        let reader = try AvroReader(writer: AvroSchema(parsing: schema))
        var count = 0
        for round in 0..<20_000 {
            let bytes = (0..<Int.random(in: 5...60, using: &random)).map { _ in
                round % 2 == 0 ? UInt8.random(in: 0...3, using: &random) : UInt8.random(in: 0...255, using: &random)
            }
            if (try? reader.decode(Deep.self, from: Bytes(bytes))) != nil { count += 1 }
        }
        #expect(count > 0)
    }
}
