internal import MillraceJSON

extension JSONSchemaComparison {
    mutating func compareArrays(_ old: JSONValue, _ new: JSONValue, _ path: String) -> [Difference] {
        let (before, now) = (ArrayRules(old), ArrayRules(new))
        var found = bounds(["maxItems", "maxContains"], isUpper: true, old, new, path)
        found += bounds(["minItems", "minContains"], isUpper: false, old, new, path)
        if new["uniqueItems"]?.boolValue == true, old["uniqueItems"]?.boolValue != true {
            found.append(Difference(kind: "UNIQUE_ITEMS_ADDED", path: path + "/uniqueItems"))
        }
        for name in ["contains", "unevaluatedItems"] {
            if let rule = new[name], rule != old[name] {
                found.append(Difference(kind: "\(name.uppercased())_CHANGED", path: "\(path)/\(name)"))
            }
        }
        // Places that one of them alone has a rule for are under the other's rule for the rest.
        for place in 0..<max(before.places.count, now.places.count) {
            let (isOld, isNew) = (place < before.places.count, place < now.places.count)
            let differences = compare(
                isOld ? before.places[place] : before.rest, isNew ? now.places[place] : now.rest, "\(path)/items/\(place)")
            if isOld, isNew {
                found += differences
            } else if !differences.isEmpty {
                found.append(Difference(kind: "ITEM_\(isOld ? "REMOVED" : "ADDED")_NOT_COVERED", path: "\(path)/items/\(place)"))
            }
        }
        return found + compare(before.rest, now.rest, path + "/items")
    }
}

/// What a schema says of an array's elements.
private struct ArrayRules {
    /// The rules for the first elements, each its own.
    let places: [JSONValue]
    /// The rule for the others.
    let rest: JSONValue

    init(_ schema: JSONValue) {
        if let places = schema["prefixItems"]?.elements {
            self.places = places
            rest = schema["items"] ?? .bool(true)
        } else if let places = schema["items"]?.elements {
            self.places = places
            rest = schema["additionalItems"] ?? .bool(true)
        } else {
            places = []
            rest = schema["items"] ?? .bool(true)
        }
    }
}
