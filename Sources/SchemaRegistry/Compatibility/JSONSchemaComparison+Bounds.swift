internal import MillraceJSON

extension JSONSchemaComparison {
    func compareStrings(_ old: JSONValue, _ new: JSONValue, _ path: String) -> [Difference] {
        var found = bounds(["maxLength"], isUpper: true, old, new, path) + bounds(["minLength"], isUpper: false, old, new, path)
        if let pattern = new["pattern"], pattern != old["pattern"] {
            found.append(Difference(kind: "PATTERN_\(old["pattern"] == nil ? "ADDED" : "CHANGED")", path: path + "/pattern"))
        }
        return found
    }

    func compareNumbers(_ old: JSONValue, _ new: JSONValue, _ path: String) -> [Difference] {
        var found =
            bounds(["maximum", "exclusiveMaximum"], isUpper: true, old, new, path)
            + bounds(["minimum", "exclusiveMinimum"], isUpper: false, old, new, path)
        // In draft 4 they are flags.
        for name in ["exclusiveMaximum", "exclusiveMinimum"] where new[name]?.boolValue == true && old[name]?.boolValue != true {
            found.append(Difference(kind: "\(Self.words(name))_ADDED", path: "\(path)/\(name)"))
        }
        if let factor = new["multipleOf"]?.doubleValue, factor != old["multipleOf"]?.doubleValue {
            if let before = old["multipleOf"]?.doubleValue {
                // What is a multiple of six is one of three.
                if factor <= 0 || before.truncatingRemainder(dividingBy: factor) != 0 {
                    found.append(Difference(kind: "MULTIPLE_OF_CHANGED", path: path + "/multipleOf"))
                }
            } else {
                found.append(Difference(kind: "MULTIPLE_OF_ADDED", path: path + "/multipleOf"))
            }
        }
        return found
    }

    /// Bounds that are there now and were not, or that leave less room.
    func bounds(_ names: [String], isUpper: Bool, _ old: JSONValue, _ new: JSONValue, _ path: String) -> [Difference] {
        names.compactMap { name in
            guard let bound = new[name]?.doubleValue else { return nil }
            guard let before = old[name]?.doubleValue else { return Difference(kind: "\(Self.words(name))_ADDED", path: "\(path)/\(name)") }
            if isUpper ? bound >= before : bound <= before { return nil }
            return Difference(kind: "\(Self.words(name))_\(isUpper ? "DECREASED" : "INCREASED")", path: "\(path)/\(name)")
        }
    }

    /// A keyword in the form of Confluent's names: `maxLength` is `MAX_LENGTH`.
    private static func words(_ name: String) -> String {
        name.reduce(into: "") { words, letter in words += letter.isUppercase ? "_\(letter)" : letter.uppercased() }
    }
}

extension JSONValue {
    /// A number; nil for other values.
    var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
