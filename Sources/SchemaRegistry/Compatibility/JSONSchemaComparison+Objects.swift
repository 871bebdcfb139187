internal import MillraceJSON

extension JSONSchemaComparison {
    mutating func compareObjects(_ old: JSONValue, _ new: JSONValue, _ path: String) -> [Difference] {
        let (before, now) = (ObjectRules(old), ObjectRules(new))
        var found =
            bounds(["maxProperties"], isUpper: true, old, new, path) + bounds(["minProperties"], isUpper: false, old, new, path)
        for (name, schema) in before.properties {
            let place = "\(path)/properties/\(name)"
            if let other = now.properties[name] {
                found += compare(schema, other, place)
                if now.required.contains(name), !before.required.contains(name), other["default"] == nil {
                    found.append(Difference(kind: "REQUIRED_ATTRIBUTE_ADDED", path: "\(path)/required/\(name)"))
                }
            } else {
                found += compareRemoved(schema, now, place)
            }
        }
        for (name, schema) in now.properties where before.properties[name] == nil {
            found += compareAdded(schema, isRequired: now.required.contains(name), before, "\(path)/properties/\(name)")
        }
        // Names without a schema of their own.
        for name in now.required where now.properties[name] == nil && !before.required.contains(name) {
            found.append(Difference(kind: "REQUIRED_ATTRIBUTE_ADDED", path: "\(path)/required/\(name)"))
        }
        found += compareAdditional(before, now, path)
        for name in ["dependencies", "dependentRequired", "dependentSchemas", "propertyNames", "unevaluatedProperties"] {
            if let rule = new[name], rule != old[name] {
                found.append(Difference(kind: "\(old[name] == nil ? "DEPENDENCY_ADDED" : "DEPENDENCY_CHANGED")", path: "\(path)/\(name)"))
            }
        }
        return found.sorted { ($0.path, $0.kind) < ($1.path, $1.kind) }
    }

    /// A property that has no rule of its own any more must be allowed by the others.
    private mutating func compareRemoved(_ schema: JSONValue, _ now: ObjectRules, _ path: String) -> [Difference] {
        if now.isOpen { return [] }
        let others = now.others
        if others.isEmpty {
            if case .nothing = JSONSchemaShape(schema) { return [] }
            return [Difference(kind: "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", path: path)]
        }
        for other in others where !compare(schema, other, path).isEmpty {
            return [Difference(kind: "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path: path)]
        }
        return []
    }

    /// A property that had no rule of its own may have been there, if the others allowed it.
    private mutating func compareAdded(
        _ schema: JSONValue, isRequired: Bool, _ before: ObjectRules, _ path: String
    ) -> [Difference] {
        if before.isOpen {
            if case .anything = JSONSchemaShape(schema), schema["$ref"] == nil, !isRequired { return [] }
            return [Difference(kind: "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", path: path)]
        }
        for other in before.others where !compare(other, schema, path).isEmpty {
            return [Difference(kind: "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path: path)]
        }
        if isRequired, schema["default"] == nil {
            return [Difference(kind: "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", path: path)]
        }
        return []
    }

    private mutating func compareAdditional(_ before: ObjectRules, _ now: ObjectRules, _ path: String) -> [Difference] {
        let place = path + "/additionalProperties"
        var found: [Difference] = []
        switch (before.additional, now.additional) {
        case (_, .bool(true)), (.bool(false), _): break
        case (_, .bool(false)): found.append(Difference(kind: "ADDITIONAL_PROPERTIES_REMOVED", path: place))
        case (.bool(true), let schema):
            if case .anything = JSONSchemaShape(schema), schema["$ref"] == nil { break }
            found.append(Difference(kind: "ADDITIONAL_PROPERTIES_NARROWED", path: place))
        case (let old, let new): found += compare(old, new, place)
        }
        for (pattern, schema) in now.patterns {
            if let old = before.patterns.first(where: { $0.0 == pattern })?.1 {
                found += compare(old, schema, "\(path)/patternProperties/\(pattern)")
            } else if before.additional != .bool(false) || !before.patterns.isEmpty {
                found.append(Difference(kind: "PATTERN_PROPERTY_ADDED", path: "\(path)/patternProperties/\(pattern)"))
            }
        }
        if now.additional == .bool(false) {
            for (pattern, _) in before.patterns where !now.patterns.contains(where: { $0.0 == pattern }) {
                found.append(Difference(kind: "PATTERN_PROPERTY_REMOVED", path: "\(path)/patternProperties/\(pattern)"))
            }
        }
        return found
    }
}

/// What a schema says of an object's properties.
private struct ObjectRules {
    let properties: [String: JSONValue]
    let required: Set<String>
    let patterns: [(String, JSONValue)]
    /// The rule for properties that no other one is for.
    let additional: JSONValue

    init(_ schema: JSONValue) {
        properties = Dictionary(schema["properties"]?.members ?? [], uniquingKeysWith: { $1 })
        required = Set((schema["required"]?.elements ?? []).compactMap(\.stringValue))
        patterns = schema["patternProperties"]?.members ?? []
        additional = schema["additionalProperties"] ?? .bool(true)
    }

    /// Whether properties without a rule of their own may be anything.
    var isOpen: Bool { patterns.isEmpty && additional == .bool(true) }

    /// The rules that a property without one of its own may be under; none if there can be no such property.
    var others: [JSONValue] { patterns.map(\.1) + (additional == .bool(false) ? [] : [additional]) }
}
