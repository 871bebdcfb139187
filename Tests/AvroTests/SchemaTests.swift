import Avro
import MillraceJSON
import Testing

@Suite struct `Schemas` {
    @Test(arguments: ["null", "boolean", "int", "long", "float", "double", "bytes", "string"])
    func `primitive types in their three spellings`(name: String) throws {
        for text in [name, "\"\(name)\"", "{\"type\": \"\(name)\"}"] {
            let schema = try AvroSchema(parsing: text)
            #expect(schema.type.name == name)
            #expect(schema.canonicalForm == "\"\(name)\"")
            #expect(schema.text() == "\"\(name)\"")
        }
    }

    @Test func `a record with all that the specification has comes back as it was`() throws {
        let text = #"""
            {"type":"record","name":"Order","namespace":"shop","doc":"One \"order\".","fields":[{"name":"id","type":"long","doc":"a key","default":-1,"order":"descending","aliases":["number"]},{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A","B"],"default":"A"}},{"name":"hash","type":{"type":"fixed","name":"Hash","namespace":"other","size":4},"default":"\u0001ÿab"},{"name":"again","type":["null","Kind","other.Hash"],"default":null},{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"},"order":"ignore"},{"name":"tags","type":{"type":"map","values":{"type":"array","items":"string"}},"default":{"a":["b"]}},{"name":"next","type":["null","Order"],"my.property":[1,2.5]}],"aliases":["shop.Purchase"]}
            """#
        let schema = try AvroSchema(parsing: text)
        #expect(schema.text() == text)
        #expect(try AvroSchema(parsing: schema.text()) == schema)
        #expect(schema.name == "shop.Order")
        #expect(Set(schema.definitions.keys) == ["shop.Order", "shop.Kind", "other.Hash"])
        let fields = try #require(schema.definitions["shop.Order"]?.fields)
        #expect(fields[0].aliases == ["number"] && fields[0].order == .descending && fields[0].defaultValue == -1)
        #expect(fields[4].type.logicalType == .timestampMicros)
        #expect(
            schema.canonicalForm == #"""
                {"name":"shop.Order","type":"record","fields":[{"name":"id","type":"long"},{"name":"kind","type":{"name":"shop.Kind","type":"enum","symbols":["A","B"]}},{"name":"hash","type":{"name":"other.Hash","type":"fixed","size":4}},{"name":"again","type":["null","shop.Kind","other.Hash"]},{"name":"at","type":"long"},{"name":"tags","type":{"type":"map","values":{"type":"array","items":"string"}}},{"name":"next","type":["null","shop.Order"]}]}
                """#)
    }

    @Test(
        arguments: [
            ("null", 7_195_948_357_588_979_594), ("boolean", -6_970_731_678_124_411_036), ("int", 8_247_732_601_305_521_295),
            ("long", -3_434_872_931_120_570_953), ("float", 5_583_340_709_985_441_680), ("double", -8_181_574_048_448_539_266),
            ("bytes", 5_746_618_253_357_095_269), ("string", -8_142_146_995_180_207_161),
        ] as [(String, Int64)])
    func `fingerprints are those of Avro's own tests`(name: String, fingerprint: Int64) throws {
        #expect(try AvroSchema(parsing: name).fingerprint == UInt64(bitPattern: fingerprint))
    }

    @Test func `names: a dot in the name wins over a namespace, which wins over that around`() throws {
        let schema = try AvroSchema(
            parsing: #"""
                {"type": "record", "name": "a.b.R", "namespace": "x", "fields": [
                  {"name": "f", "type": {"type": "fixed", "name": "F", "size": 1}},
                  {"name": "g", "type": {"type": "fixed", "name": "G", "namespace": "n", "size": 1, "aliases": ["Old", "m.Older"]}},
                  {"name": "h", "type": {"type": "record", "name": "H", "namespace": "", "fields": [{"name": "s", "type": "a.b.F"}]}},
                  {"name": "i", "type": ["F", "n.G", "H"]}]}
                """#)
        #expect(Set(schema.definitions.keys) == ["a.b.R", "a.b.F", "n.G", "H"])
        #expect(schema.definitions["n.G"]?.aliases == ["n.Old", "m.Older"])
        #expect(try AvroSchema(parsing: schema.text()).canonicalForm == schema.canonicalForm)
    }

    @Test func `types of references are known, written by name, and defined in a text that stands alone`() throws {
        let address = try AvroSchema(parsing: #"{"type":"record","name":"p.Address","fields":[{"name":"city","type":"string"}]}"#)
        let text = #"{"type":"record","name":"Person","namespace":"p","fields":[{"name":"home","type":"Address"}]}"#
        #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: text) }
        let schema = try AvroSchema(parsing: text, references: [address, address])
        #expect(schema.text() == text)
        #expect(try AvroSchema(parsing: schema.text(withReferences: true)).canonicalForm == schema.canonicalForm)
        let other = try AvroSchema(parsing: #"{"type":"fixed","name":"p.Address","size":1}"#)
        #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: text, references: [address, other]) }
    }

    @Test(
        arguments: [
            (#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#, .decimal(precision: 9, scale: 2)),
            (#"{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}"#, nil),
            (#"{"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":9}"#, .decimal(precision: 9, scale: 0)),
            (#"{"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":10}"#, nil),
            (#"{"type":"string","logicalType":"uuid"}"#, .uuid), (#"{"type":"int","logicalType":"date"}"#, .date),
            (#"{"type":"long","logicalType":"date"}"#, nil), (#"{"type":"int","logicalType":"time-millis"}"#, .timeMillis),
            (#"{"type":"long","logicalType":"local-timestamp-micros"}"#, .localTimestampMicros),
            (#"{"type":"fixed","name":"F","size":12,"logicalType":"duration"}"#, .duration),
        ] as [(String, AvroLogicalType?)])
    func `logical types that make no sense are passed over`(text: String, type: AvroLogicalType?) throws {
        let schema = try AvroSchema(parsing: text)
        #expect((schema.definition(of: schema.type)?.logicalType ?? schema.type.logicalType) == type)
        #expect(schema.text() == text)
    }
}

@Suite struct `Texts that are no schemas` {
    @Test(arguments: [
        ("", ""), ("{", ""), ("3", ""), ("\"Unknown\"", ""), ("{}", ""), (#"{"type":"array"}"#, ""), (#"{"type":"map"}"#, ""),
        (#"{"type":"array","items":"x"}"#, "/items"), (#"["null",["int"]]"#, "/1"), (#"["int","int"]"#, "/1"),
        (#"{"type":"record","name":"R"}"#, ""), (#"{"type":"record","name":"a-b","fields":[]}"#, ""),
        (#"{"type":"record","name":"int","fields":[]}"#, ""), (#"{"type":"record","name":"a..b","fields":[]}"#, ""),
        (#"{"type":"record","name":"R","fields":[{"name":"f","type":"int"},{"name":"f","type":"int"}]}"#, "/fields/1"),
        (#"{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"map","values":"S"}}]}"#, "/fields/0/type/values"),
        (#"{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"fixed","name":"R","size":1}}]}"#, "/fields/0/type"),
        (#"{"type":"record","name":"R","fields":[{"name":"f","type":"int","order":"up"}]}"#, "/fields/0"),
        (#"{"type":"enum","name":"E","symbols":["A","A"]}"#, "/symbols"), (#"{"type":"enum","name":"E","symbols":["a b"]}"#, "/symbols"),
        (#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#, "/default"), (#"{"type":"fixed","name":"F","size":-1}"#, ""),
        (#"{"type":"fixed","name":"F","size":1,"aliases":"G"}"#, "/aliases"),
    ])
    func `say where they are wrong`(text: String, path: String) throws {
        let error = #expect(throws: AvroSchemaError.self, "\(text)") { try AvroSchema(parsing: text) }
        #expect(error?.path == path, "\(text): \(error?.reason ?? "")")
    }

    @Test(arguments: [
        ("\"int\"", "2147483648"), ("\"int\"", "1.5"), ("\"long\"", "\"1\""), ("\"string\"", "null"), ("\"bytes\"", "\"\u{100}\""),
        ("\"boolean\"", "0"), ("\"double\"", "\"1\""), (#"{"type":"array","items":"int"}"#, "[1,\"2\"]"),
        (#"{"type":"map","values":"int"}"#, "{\"a\":null}"), (#"["null","int"]"#, "\"x\""),
        (#"{"type":"fixed","name":"F","size":2}"#, "\"abc\""), (#"{"type":"enum","name":"E","symbols":["A"]}"#, "\"B\""),
        (#"{"type":"record","name":"S","fields":[{"name":"x","type":"int"}]}"#, "{}"),
    ])
    func `defaults are values of their fields`(type: String, value: String) throws {
        let text = #"{"type":"record","name":"R","fields":[{"name":"f","type":\#(type),"default":\#(value)}]}"#
        let error = #expect(throws: AvroSchemaError.self, "\(text)") { try AvroSchema(parsing: text) }
        #expect(error?.path == "/fields/0/default")
        _ = try AvroSchema(parsing: text, checksDefaults: false)
    }

    @Test func `depth, defaults without end and records in themselves are bounded`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"type":"array","items":"#, count: depth) + "\"int\"" + String(repeating: "}", count: depth)
        }
        _ = try AvroSchema(parsing: nested(AvroSchema.maximumDepth - 1))
        #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: nested(AvroSchema.maximumDepth)) }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: nested(100_000)) }
        #expect(throws: AvroSchemaError.self) {
            try AvroSchema(parsing: #"{"type":"record","name":"R","fields":[{"name":"f","type":"R","default":{}}]}"#)
        }
        // Each record has two of the one before it: 2 to the power of 40 numbers.
        let doubling = (1...40).map {
            #"{"type":"record","name":"R\#($0)","fields":[{"name":"a","type":"R\#($0 - 1)","default":{}},{"name":"b","type":"R\#($0 - 1)","default":{}}]}"#
        }
        let first = #"{"type":"record","name":"R0","fields":[{"name":"a","type":"int","default":0}]}"#
        #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: "[\(([first] + doubling).joined(separator: ","))]") }
        // Unions in which each branch fails at the very end: again 2 to the power of 40 ways.
        let branching = #"""
            {"type":"record","name":"A","fields":[{"name":"x","type":["null","A",
              {"type":"record","name":"B","fields":[{"name":"x","type":["null","A","B"]}]}],
              "default":\#(String(repeating: "{\"x\":", count: 40))1\#(String(repeating: "}", count: 40))}]}
            """#
        #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: branching) }
    }
}
