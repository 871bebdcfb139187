import Testing

@testable import SchemaRegistry

@Suite struct SchemaRulesTests {
    private func canonical(_ text: String, _ type: SchemaType, normalize: Bool = false) throws -> String {
        try SchemaRules.canonical(Schema(text, type: type), normalize: normalize, references: []).text
    }

    @Test func `schemas are kept without what says nothing`() throws {
        #expect(try canonical(" \"string\" ", .avro) == #""string""#)
        #expect(try canonical(#"{"type": "string"}"#, .avro) == #""string""#)
        let record = #"{"fields": [{"type": "int", "name": "a", "default": 1}], "name": "shop.Order", "doc": "d", "type": "record"}"#
        #expect(
            try canonical(record, .avro)
                == #"{"type":"record","name":"Order","namespace":"shop","doc":"d","fields":[{"name":"a","type":"int","default":1}]}"#)
        #expect(try canonical(#"{ "type": "object", "a": 1.50 }"#, .json) == #"{"type":"object","a":1.5}"#)
        #expect(try canonical(#"{"type":"object","b":{"d":1,"c":2},"a":3}"#, .json, normalize: true) == #"{"a":3,"b":{"c":2,"d":1},"type":"object"}"#)
        #expect(try canonical("syntax = \"proto3\";\n", .protobuf) == "syntax = \"proto3\";\n")
    }

    @Test func `what is no schema is refused`() {
        for (text, type) in [
            ("{", .avro), (#""strnig""#, .avro), (#"{"type":"record","name":"R","fields":[{"name":"a","type":"Unknown"}]}"#, .avro),
            ("{", .json), ("[]", .json), ("1", .json), (#"{"type":"objekt"}"#, .json), (#"{"properties":[]}"#, .json),
            (#"{"properties":{"a":{"items":{"required":"b"}}}}"#, .json), (#"{"anyOf":[]}"#, .json), (#"{"minLength":-1}"#, .json),
        ] as [(String, SchemaType)] {
            #expect(code { try canonical(text, type) } == 42201, "\(text)")
        }
    }

    @Test func `levels say which schema must read what which has written`() throws {
        let (narrow, wide) = (avroRecord("a"), avroRecord("a", optional: ["b"]))
        let needy = avroRecord("a", "c")
        // Reads what narrow has written / is read by narrow.
        for (new, isBackward, isForward) in [(wide, true, true), (needy, false, true)] {
            for (level, isCompatible) in [
                (.none, true), (.backward, isBackward), (.forward, isForward), (.full, isBackward && isForward),
            ] as [(CompatibilityLevel, Bool)] {
                var registry = TestRegistry()
                try registry.set(level)
                try registry.register(narrow, "s")
                #expect((code { try registry.register(new, "s") } ?? 200) == (isCompatible ? 200 : 409), "\(level) \(new)")
            }
        }
    }

    @Test func `transitive levels look at all versions`() throws {
        // Each step is harmless, both together are not: b has a default in the second alone.
        let steps = [avroRecord("a"), avroRecord("a", optional: ["b"]), avroRecord("a", "b")]
        for (level, last) in [(.backward, nil), (.backwardTransitive, 409), (.fullTransitive, 409), (.forwardTransitive, nil)]
            as [(CompatibilityLevel, Int?)]
        {
            var registry = TestRegistry()
            try registry.set(level)
            try registry.register(steps[0], "s")
            try registry.register(steps[1], "s")
            #expect(code { try registry.register(steps[2], "s") } == last, "\(level)")
        }
    }

    @Test func `versions of a subject are of one language`() throws {
        var registry = TestRegistry()
        try registry.register(#""string""#, "s")
        #expect(code { try registry.register(#"{"type":"string"}"#, "s", type: .json) } == 409)
        try registry.set(.none, for: "s")
        try registry.register(#"{"type":"string"}"#, "s", type: .json)
    }

    @Test func `schemas of Protocol Buffers change only where nothing is compared`() throws {
        var registry = TestRegistry()
        try registry.register("message A {}", "s", type: .protobuf)
        try registry.register("message A {}", "s", type: .protobuf)
        #expect(code { try registry.register("message A { int32 a = 1; }", "s", type: .protobuf) } == 409)
        try registry.set(.none, for: "s")
        #expect(try registry.register("message A { int32 a = 1; }", "s", type: .protobuf).version == 2)
    }

    @Test func `schemas are compared with what they refer to`() throws {
        var registry = TestRegistry()
        let order = #"{"type":"record","name":"Order","fields":[{"name":"by","type":"Customer"}]}"#
        func reference(_ version: Int32) -> [SchemaReference] { [SchemaReference(name: "Customer", subject: "c", version: version)] }
        try registry.set(.none, for: "c")
        try registry.register(avroRecord("name", name: "Customer"), "c")
        try registry.register(avroRecord("name", name: "Customer", optional: ["city"]), "c")
        try registry.register(avroRecord("name", "city", "tax", name: "Customer"), "c")
        try registry.register(order, "o", references: reference(1))
        #expect(try registry.register(order, "o", references: reference(2)).version == 2)
        #expect(code { try registry.register(order, "o", references: reference(3)) } == 409)
        let schema = ##"{"type":"object","properties":{"by":{"$ref":"customer.json#/definitions/c"}},"additionalProperties":false}"##
        try registry.set(.none, for: "j")
        for type in ["integer", "number"] { try registry.register(#"{"definitions":{"c":{"type":"\#(type)"}}}"#, "j", type: .json) }
        func customer(_ version: Int32) -> [SchemaReference] { [SchemaReference(name: "customer.json", subject: "j", version: version)] }
        try registry.register(schema, "k", type: .json, references: customer(1))
        try registry.register(schema, "k", type: .json, references: customer(2))
        #expect(code { try registry.register(schema, "k", type: .json, references: customer(1)) } == nil)
        try registry.set(.backward, for: "l")
        try registry.register(schema, "l", type: .json, references: customer(2))
        #expect(code { try registry.register(schema, "l", type: .json, references: customer(1)) } == 409)
    }

    @Test func `references of references are found, by way of two as well`() throws {
        var registry = TestRegistry()
        for (name, types) in [("A", []), ("B", ["A"]), ("C", ["A"]), ("D", ["B", "C"])] {
            let fields = types.map { #"{"name":"f\#($0)","type":"\#($0)"}"# }.joined(separator: ",")
            try registry.register(
                #"{"type":"record","name":"\#(name)","fields":[\#(fields)]}"#, name,
                references: types.map { SchemaReference(name: $0, subject: $0, version: 1) })
        }
        #expect(registry.state.subjectNames() == ["A", "B", "C", "D"])
    }
}
