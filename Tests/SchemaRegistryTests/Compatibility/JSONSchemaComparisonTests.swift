import MillraceJSON
import Testing

@testable import SchemaRegistry

@Suite struct JSONSchemaComparisonTests {
    /// The kinds of harmful differences between two schemas.
    private func differences(_ old: String, _ new: String) throws -> [String] {
        let (old, new) = (try JSONValue(parsing: old), try JSONValue(parsing: new))
        return JSONSchemaComparison.differences(
            from: old, JSONSchemaReferences(root: old, others: []), to: new, JSONSchemaReferences(root: new, others: [])
        ).map(\.kind)
    }

    static let harmless: [(String, String)] = [
        // Annotations say nothing.
        (#"{"type":"string"}"#, #"{"type":"string","title":"T","description":"d","default":"x","examples":["y"],"format":"date"}"#),
        // Types.
        (#"{"type":"string"}"#, "true"), (#"{"type":"string"}"#, "{}"), ("false", #"{"type":"string"}"#),
        (#"{"type":"integer"}"#, #"{"type":"number"}"#), (#"{"type":"string"}"#, #"{"type":["string","null"]}"#),
        (#"{"type":["string"]}"#, #"{"type":"string"}"#), (#"{"type":"boolean"}"#, #"{"type":"boolean"}"#),
        // Ranges.
        (#"{"type":"string","maxLength":5,"minLength":2,"pattern":"a"}"#, #"{"type":"string","maxLength":6,"minLength":1}"#),
        (#"{"type":"number","maximum":5,"exclusiveMinimum":1}"#, #"{"type":"number","maximum":5.5,"exclusiveMinimum":0}"#),
        (#"{"type":"integer","multipleOf":6}"#, #"{"type":"integer","multipleOf":3}"#),
        (#"{"type":"array","maxItems":1,"uniqueItems":true}"#, #"{"type":"array","maxItems":2}"#),
        // Enums.
        (#"{"enum":["a"]}"#, #"{"enum":["a","b"]}"#), (#"{"type":"string","enum":["a"]}"#, #"{"type":"string","enum":["b","a"]}"#),
        (#"{"const":1}"#, #"{"enum":[1,2]}"#),
        // Properties.
        (
            #"{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}"#,
            #"{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"string"}},"additionalProperties":false}"#
        ),
        (#"{"type":"object","properties":{"a":{"type":"string"}}}"#, #"{"type":"object"}"#),
        (#"{"type":"object"}"#, #"{"type":"object","properties":{"a":true}}"#),
        (
            #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#,
            #"{"type":"object","properties":{"a":{"type":"string"}}}"#
        ),
        (
            #"{"type":"object","properties":{},"additionalProperties":false}"#,
            #"{"type":"object","properties":{"a":{"type":"string","default":""}},"required":["a"],"additionalProperties":false}"#
        ),
        (
            #"{"type":"object","additionalProperties":{"type":"integer"}}"#,
            #"{"type":"object","properties":{"a":{"type":"number"}},"additionalProperties":{"type":"number"}}"#
        ),
        (#"{"type":"object","additionalProperties":false}"#, #"{"type":"object","patternProperties":{"^x":{"type":"string"}}}"#),
        // Items.
        (#"{"type":"array","items":{"type":"integer"}}"#, #"{"type":"array","items":{"type":"number"}}"#),
        (#"{"type":"array","items":[{"type":"string"}]}"#, #"{"type":"array"}"#),
        (
            #"{"type":"array","items":[{"type":"string"}],"additionalItems":false}"#,
            #"{"type":"array","items":[{"type":"string"},{"type":"string"}],"additionalItems":false}"#
        ),
        // Combinations.
        (#"{"type":"string"}"#, #"{"oneOf":[{"type":"null"},{"type":"string"}]}"#),
        (#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, #"{"anyOf":[{"type":"null"},{"type":"integer"},{"type":"string"}]}"#),
        (#"{"allOf":[{"type":"string"},{"maxLength":2}]}"#, #"{"allOf":[{"type":"string"}]}"#),
        (#"{"not":{"type":"string"}}"#, #"{"not":{"type":"string","maxLength":3}}"#),
        // References.
        (
            ##"{"$ref":"#/definitions/a","definitions":{"a":{"type":"integer"}}}"##,
            ##"{"$ref":"#/$defs/b","$defs":{"b":{"type":"number"}}}"##
        ),
        (
            ##"{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}"##,
            ##"{"type":"object","properties":{"next":{"$ref":"#"},"x":{"type":"string"}},"additionalProperties":false}"##
        ),
    ]

    @Test(arguments: harmless) func `values stay valid`(old: String, new: String) throws {
        #expect(try differences(old, new) == [])
        #expect(try differences(old, old) == [])
        #expect(try differences(new, new) == [])
    }

    static let harmful: [(String, String, String)] = [
        (#"{"type":"string"}"#, #"{"type":"integer"}"#, "TYPE_CHANGED"),
        (#"{"type":"number"}"#, #"{"type":"integer"}"#, "TYPE_NARROWED"),
        ("{}", #"{"type":"string"}"#, "TYPE_CHANGED"), (#"{"type":"string"}"#, "false", "TYPE_CHANGED"),
        (#"{"type":["string","null"]}"#, #"{"type":"string"}"#, "TYPE_CHANGED"),
        (#"{"type":"string"}"#, #"{"type":"string","maxLength":5}"#, "MAX_LENGTH_ADDED"),
        (#"{"type":"string","maxLength":5}"#, #"{"type":"string","maxLength":4}"#, "MAX_LENGTH_DECREASED"),
        (#"{"type":"string","pattern":"a"}"#, #"{"type":"string","pattern":"b"}"#, "PATTERN_CHANGED"),
        (#"{"type":"number","minimum":1}"#, #"{"type":"number","minimum":2}"#, "MINIMUM_INCREASED"),
        (#"{"type":"number"}"#, #"{"type":"number","exclusiveMinimum":2}"#, "EXCLUSIVE_MINIMUM_ADDED"),
        (#"{"type":"number","minimum":1}"#, #"{"type":"number","minimum":1,"exclusiveMinimum":true}"#, "EXCLUSIVE_MINIMUM_ADDED"),
        (#"{"type":"integer","multipleOf":3}"#, #"{"type":"integer","multipleOf":6}"#, "MULTIPLE_OF_CHANGED"),
        (#"{"type":"integer"}"#, #"{"type":"integer","multipleOf":0}"#, "MULTIPLE_OF_ADDED"),
        (#"{"enum":["a","b"]}"#, #"{"enum":["a"]}"#, "ENUM_ARRAY_NARROWED"),
        (#"{"enum":["a","b"]}"#, #"{"enum":["a","c"]}"#, "ENUM_ARRAY_CHANGED"),
        (#"{"type":"string"}"#, #"{"type":"string","enum":["a"]}"#, "TYPE_CHANGED"),
        (
            #"{"type":"object"}"#, #"{"type":"object","properties":{"a":{"type":"string"}}}"#, "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#,
            #"{"type":"object","additionalProperties":false}"#, "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"
        ),
        (
            #"{"type":"object","additionalProperties":false}"#,
            #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
            "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string"}}}"#,
            #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#, "REQUIRED_ATTRIBUTE_ADDED"
        ),
        (#"{"type":"object"}"#, #"{"type":"object","required":["a"]}"#, "REQUIRED_ATTRIBUTE_ADDED"),
        (#"{"type":"object"}"#, #"{"type":"object","additionalProperties":false}"#, "ADDITIONAL_PROPERTIES_REMOVED"),
        (#"{"type":"object"}"#, #"{"type":"object","additionalProperties":{"type":"string"}}"#, "ADDITIONAL_PROPERTIES_NARROWED"),
        (
            #"{"type":"object","additionalProperties":{"type":"string"}}"#,
            #"{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}}"#,
            "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
        ),
        (#"{"type":"object"}"#, #"{"type":"object","patternProperties":{"^x":{"type":"string"}}}"#, "PATTERN_PROPERTY_ADDED"),
        (#"{"type":"object"}"#, #"{"type":"object","dependentRequired":{"a":["b"]}}"#, "DEPENDENCY_ADDED"),
        (#"{"type":"array"}"#, #"{"type":"array","uniqueItems":true}"#, "UNIQUE_ITEMS_ADDED"),
        (#"{"type":"array"}"#, #"{"type":"array","items":{"type":"string"}}"#, "TYPE_CHANGED"),
        (#"{"type":"array","prefixItems":[{"type":"string"}]}"#, #"{"type":"array","prefixItems":[{"type":"null"}]}"#, "TYPE_CHANGED"),
        (
            #"{"type":"array","items":[{"type":"string"}],"additionalItems":false}"#, #"{"type":"array","items":[],"additionalItems":false}"#,
            "ITEM_REMOVED_NOT_COVERED"
        ),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, #"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, "COMBINED_TYPE_CHANGED"),
        (#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, #"{"oneOf":[{"type":"string"}]}"#, "SUM_TYPE_NARROWED"),
        (#"{"allOf":[{"type":"string"}]}"#, #"{"allOf":[{"type":"string"},{"maxLength":2}]}"#, "PRODUCT_TYPE_EXTENDED"),
        (
            #"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, #"{"oneOf":[{"type":"string"},{"type":"boolean"}]}"#,
            "COMBINED_TYPE_SUBSCHEMAS_CHANGED"
        ),
        (#"{"not":{"type":"string","maxLength":3}}"#, #"{"not":{"type":"string"}}"#, "NOT_TYPE_EXTENDED"),
        (#"{"type":"string"}"#, ##"{"$ref":"#/nowhere"}"##, "REFERENCE_NOT_FOUND"),
        (#"{"if":{"type":"string"},"then":{"maxLength":3}}"#, #"{"if":{"type":"string"},"then":{"maxLength":2}}"#, "TYPE_CHANGED"),
    ]

    @Test(arguments: harmful) func `values may become invalid`(old: String, new: String, kind: String) throws {
        #expect(try differences(old, new) == [kind])
    }

    @Test func `differences are told with their place`() throws {
        let old = try JSONValue(parsing: #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"number"}}}}"#)
        let new = try JSONValue(parsing: #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}}"#)
        let found = JSONSchemaComparison.differences(
            from: old, JSONSchemaReferences(root: old, others: []), to: new, JSONSchemaReferences(root: new, others: []))
        #expect(found.map(\.description) == [##"{errorType:"TYPE_NARROWED", path:"#/properties/a/items"}"##])
    }

    @Test func `a small text that is a large schema ends the comparison`() throws {
        let levels = (0..<24).map { ##""d\##($0)":{"type":"array","items":[{"$ref":"#/$defs/d\##($0 + 1)"},{"$ref":"#/$defs/d\##($0 + 1)"}]}"## }
        let text = ##"{"$ref":"#/$defs/d0","$defs":{\##(levels.joined(separator: ",")),"d24":{"type":"string"}}}"##
        #expect(try differences(text, text).contains("TOO_LARGE_TO_COMPARE"))
    }

    @Test(arguments: [
        ##"{"$ref":"#"}"##, ##"{"not":{"$ref":"#"}}"##, ##"{"$ref":"#/$defs/a","$defs":{"a":{"not":{"$ref":"#/$defs/a"}}}}"##,
        ##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}"##,
        ##"{"anyOf":[{"$ref":"#"},{"not":{"not":{"$ref":"#"}}}]}"##,
    ])
    func `what refers to itself, also as what it is not, ends`(text: String) throws {
        _ = try differences(text, text)
    }

    @Test func `what is nested too deeply is not compared`() throws {
        for keyword in ["items", "not", "additionalProperties"] {
            let text = String(repeating: #"{"\#(keyword)":"#, count: 500) + "{}" + String(repeating: "}", count: 500)
            #expect(JSONSchemaCheck.fault(in: try JSONValue(parsing: text)) == nil)
            #expect(try differences(text, text) == ["TOO_LARGE_TO_COMPARE"] || differences(text, text) == ["NOT_TYPE_EXTENDED"])
        }
    }

    @Test func `as many pairs are found as there can be`() {
        #expect(JSONSchemaComparison.matching([[0, 1], [0]], count: 2) == 2)
        #expect(JSONSchemaComparison.matching([[0], [0]], count: 1) == 1)
        #expect(JSONSchemaComparison.matching([[0, 1], [0, 1], [2], [2, 0]], count: 3) == 3)
        #expect(JSONSchemaComparison.matching([], count: 0) == 0)
    }
}
