internal import MillraceJSON

/// Looks whether a text is a JSON Schema: whether its keywords have values of the right kinds.
enum JSONSchemaCheck {
    private static let types: Set<String> = ["string", "number", "integer", "boolean", "null", "array", "object"]

    /// What is wrong with a schema and where; nil if nothing is.
    static func fault(in schema: JSONValue, at path: String = "#") -> String? {
        if schema.boolValue != nil { return nil }
        guard let members = schema.members else { return "\(path) is neither an object nor true or false" }
        for (name, value) in members {
            if let fault = fault(in: value, of: name, at: "\(path)/\(name)") { return fault }
        }
        return nil
    }

    private static func fault(in value: JSONValue, of keyword: String, at path: String) -> String? {
        switch keyword {
        case "type":
            let names = value.elements ?? [value]
            return names.allSatisfy { $0.stringValue.map(types.contains) ?? false } ? nil : "\(path) is not a type of JSON"
        case "$ref", "pattern", "$id", "$schema": return value.stringValue == nil ? "\(path) is not text" : nil
        case "required":
            return value.elements?.allSatisfy { $0.stringValue != nil } ?? false ? nil : "\(path) is not a list of names"
        case "enum": return value.elements == nil ? "\(path) is not a list" : nil
        case "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties":
            return value.integerValue.map { $0 >= 0 } ?? false ? nil : "\(path) is not a number from 0"
        case "maximum", "minimum", "multipleOf": return value.doubleValue == nil ? "\(path) is not a number" : nil
        case "properties", "patternProperties", "definitions", "$defs", "dependentSchemas":
            guard let members = value.members else { return "\(path) is not an object of schemas" }
            return first(in: members) { fault(in: $1, at: "\(path)/\($0)") }
        case "allOf", "anyOf", "oneOf", "prefixItems":
            guard let schemas = value.elements, !schemas.isEmpty else { return "\(path) is not a list of schemas" }
            return first(in: schemas.enumerated().map { ("\($0.offset)", $0.element) }) { fault(in: $1, at: "\(path)/\($0)") }
        case "items":
            guard let schemas = value.elements else { return fault(in: value, at: path) }
            return first(in: schemas.enumerated().map { ("\($0.offset)", $0.element) }) { fault(in: $1, at: "\(path)/\($0)") }
        case "additionalProperties", "additionalItems", "not", "if", "then", "else", "contains", "propertyNames":
            return fault(in: value, at: path)
        default: return nil
        }
    }

    private static func first(in members: [(String, JSONValue)], _ fault: (String, JSONValue) -> String?) -> String? {
        for (name, value) in members {
            if let found = fault(name, value) { return found }
        }
        return nil
    }
}
