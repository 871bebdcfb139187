import Avro
import Testing

@Suite struct `Compatibility` {
    private static func record(_ fields: String, name: String = "R") -> String {
        #"{"type":"record","name":"\#(name)","fields":[\#(fields)]}"#
    }

    private func found(_ reader: String, _ writer: String) throws -> [String] {
        let (reader, writer) = (try AvroSchema(parsing: reader), try AvroSchema(parsing: writer))
        let found = AvroCompatibility.incompatibilities(reader: reader, writer: writer)
        #expect(AvroCompatibility.canRead(reader: reader, writer: writer) == found.isEmpty)
        return found.map { "\($0.kind.rawValue) \($0.path) \($0.message)" }
    }

    @Test func `of primitive types, numbers become wider and strings bytes`() throws {
        let names = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
        let promotions: Set = ["int long", "int float", "int double", "long float", "long double", "float double", "string bytes", "bytes string"]
        for writer in names {
            for reader in names {
                let expected = writer == reader || promotions.contains("\(writer) \(reader)")
                #expect(try found(reader, writer).isEmpty == expected, "\(writer) as \(reader)")
            }
        }
        #expect(try found("int", "long") == ["TYPE_MISMATCH  reader type: INT not compatible with writer type: LONG"])
    }

    @Test func `fields need a default or what an alias calls them`() throws {
        let old = Self.record(#"{"name":"id","type":"int"}"#)
        #expect(try found(Self.record(#"{"name":"id","type":"long"},{"name":"x","type":"int","default":0}"#), old) == [])
        #expect(try found(Self.record(""), old) == [])
        #expect(try found(Self.record(#"{"name":"key","type":"int","aliases":["id"]}"#), old) == [])
        #expect(
            try found(Self.record(#"{"name":"id","type":"string"},{"name":"x","type":"int"}"#), old) == [
                "TYPE_MISMATCH /fields/0/type reader type: STRING not compatible with writer type: INT",
                "READER_FIELD_MISSING_DEFAULT_VALUE /fields/1 x",
            ])
    }

    @Test func `names count without namespace, or as aliases`() throws {
        let old = #"{"type":"fixed","name":"a.F","size":2}"#
        #expect(try found(#"{"type":"fixed","name":"b.F","size":2}"#, old) == [])
        #expect(try found(#"{"type":"fixed","name":"G","aliases":["a.F"],"size":2}"#, old) == [])
        #expect(
            try found(#"{"type":"fixed","name":"G","aliases":["F"],"size":3}"#, old) == [
                "NAME_MISMATCH /name expected: a.F", "FIXED_SIZE_MISMATCH /size expected: 2, found: 3",
            ])
    }

    @Test func `symbols must be known, unless there is a default`() throws {
        let old = #"{"type":"enum","name":"E","symbols":["A","B","C"]}"#
        #expect(try found(#"{"type":"enum","name":"E","symbols":["C","B","A","D"]}"#, old) == [])
        #expect(try found(#"{"type":"enum","name":"E","symbols":["B"]}"#, old) == ["MISSING_ENUM_SYMBOLS /symbols [A, C]"])
        #expect(try found(#"{"type":"enum","name":"E","symbols":["B"],"default":"B"}"#, old) == [])
    }

    @Test func `of the writer's branches all count, of the reader's one`() throws {
        #expect(try found(#"["null","int","string"]"#, #"["string","null"]"#) == [])
        #expect(try found(#"["null","double"]"#, "int") == [])
        #expect(try found("long", #"["int","long"]"#) == [])
        #expect(try found(#"["null","int"]"#, "string") == ["MISSING_UNION_BRANCH  reader union lacking writer type: STRING"])
        #expect(try found(#"["null","int"]"#, #"["int","string"]"#) == ["MISSING_UNION_BRANCH /1 reader union lacking writer type: STRING"])
        #expect(try found("int", #"["null","int"]"#) == ["TYPE_MISMATCH  reader type: INT not compatible with writer type: NULL"])
    }

    @Test func `items and values are looked into`() throws {
        #expect(
            try found(#"{"type":"array","items":{"type":"map","values":"int"}}"#, #"{"type":"array","items":{"type":"map","values":"long"}}"#)
                == ["TYPE_MISMATCH /items/values reader type: INT not compatible with writer type: LONG"])
        #expect(
            try found(#"{"type":"array","items":"int"}"#, Self.record("")) == [
                "TYPE_MISMATCH  reader type: ARRAY not compatible with writer type: RECORD"
            ])
    }

    @Test func `types that contain themselves come to an end`() throws {
        func list(_ type: String, _ more: String = "") -> String {
            Self.record(#"{"name":"value","type":"\#(type)"},{"name":"next","type":["null","R"]}\#(more)"#)
        }
        #expect(try found(list("long"), list("int")) == [])
        #expect(
            try found(list("int"), list("long")) == ["TYPE_MISMATCH /fields/0/type reader type: INT not compatible with writer type: LONG"])
        // What is wrong comes after the place where the type contains itself.
        let found = try found(list("int", #",{"name":"x","type":"int"}"#), list("int"))
        #expect(found == ["READER_FIELD_MISSING_DEFAULT_VALUE /fields/2 x"])
    }

    @Test func `what is compatible only if something else is, is not when that is not`() throws {
        // B can be read if A can; A cannot, for its last field. The second field of R asks for B alone.
        func schema(_ last: String) -> String {
            Self.record(
                #"""
                {"name":"a","type":["null",{"type":"record","name":"A","fields":[
                  {"name":"b","type":{"type":"record","name":"B","fields":[{"name":"a","type":["null","A"]}]}},
                  {"name":"x","type":"\#(last)"}]}]},
                {"name":"b","type":"B"}
                """#)
        }
        #expect(
            try found(schema("int"), schema("string")).contains("MISSING_UNION_BRANCH /fields/1/type/fields/0/type/1 reader union lacking writer type: RECORD"))
    }

    @Test func `schemas with a long chain of types are compared, endless work is not done`() throws {
        func chain(_ count: Int) -> String {
            let records = (1...count).map { Self.record(#"{"name":"f","type":["null","R\#($0 - 1)"]}"#, name: "R\($0)") }
            return "[\(([Self.record("", name: "R0")] + records).joined(separator: ","))]"
        }
        #expect(try found(chain(200), chain(200)) == [])
        _ = try found(chain(1500), chain(1500))
    }
}
