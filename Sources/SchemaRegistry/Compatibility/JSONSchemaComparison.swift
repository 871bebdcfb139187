internal import MillraceJSON
internal import KafkaProtocol

/// Finds what two versions of a JSON Schema say differently, so that a value that is valid by the old one may not be by the new one.
///
/// By the rules of Confluent's registry: a change counts as harmless only if it surely is. So a property may not be added to an object that
/// takes any (`additionalProperties` is not `false`), as values may have had it with another type. Where Confluent matches the patterns of
/// `patternProperties`, all of them must go here.
struct JSONSchemaComparison {
    /// A harmful difference: Confluent's name for it, and where it is.
    struct Difference: Equatable, CustomStringConvertible {
        var kind: String
        var path: String
        var description: String { "{errorType:\"\(kind)\", path:\"\(path)\"}" }
    }

    private struct Pair: Hashable {
        var old: String
        var new: String
        var isTurned: Bool
    }

    private let oldReferences: JSONSchemaReferences
    private let newReferences: JSONSchemaReferences
    /// Whether old and new have changed places, as inside of a `not`.
    private var isTurned = false
    /// Pairs of references that are being compared: what refers to itself ends there.
    private var open: Set<Pair> = []
    private var steps = 0
    private var depth = 0

    /// References can make a small text a large schema.
    private static let mostSteps = 100_000
    private static let deepest = 256

    /// The harmful differences between two schemas; empty if all that was valid is.
    static func differences(
        from old: JSONValue, _ oldReferences: JSONSchemaReferences, to new: JSONValue, _ newReferences: JSONSchemaReferences
    ) -> [Difference] {
        var comparison = JSONSchemaComparison(oldReferences: oldReferences, newReferences: newReferences)
        return comparison.compare(old, new, "#")
    }

    private init(oldReferences: JSONSchemaReferences, newReferences: JSONSchemaReferences) {
        self.oldReferences = oldReferences
        self.newReferences = newReferences
    }

    /// The harmful differences of two schemas at `path`.
    mutating func compare(_ old: JSONValue, _ new: JSONValue, _ path: String) -> [Difference] {
        steps += 1
        depth += 1
        defer { depth -= 1 }
        guard steps <= Self.mostSteps, depth <= Self.deepest else { return [Difference(kind: "TOO_LARGE_TO_COMPARE", path: path)] }
        guard old["$ref"] == nil, new["$ref"] == nil else { return follow(old, new, path) }
        return compare(JSONSchemaShape(old), JSONSchemaShape(new), old, new, path)
    }

    private mutating func follow(_ old: JSONValue, _ new: JSONValue, _ path: String) -> [Difference] {
        let pair = Pair(old: old.bytes.string, new: new.bytes.string, isTurned: isTurned)
        guard open.insert(pair).inserted else { return [] }
        defer { open.remove(pair) }
        let found = (
            old["$ref"]?.stringValue.map { oldReferences.schema(at: $0) } ?? old,
            new["$ref"]?.stringValue.map { newReferences.schema(at: $0) } ?? new
        )
        guard let old = found.0, let new = found.1 else {
            return pair.old == pair.new ? [] : [Difference(kind: "REFERENCE_NOT_FOUND", path: path)]
        }
        return compare(old, new, path)
    }

    private mutating func compare(
        _ oldShape: JSONSchemaShape, _ newShape: JSONSchemaShape, _ old: JSONValue, _ new: JSONValue, _ path: String
    ) -> [Difference] {
        switch (oldShape, newShape) {
        case (_, .anything), (.nothing, _): return []
        case (.combination(let oldCriterion, let oldParts), .combination(let newCriterion, let newParts)):
            return compare(oldCriterion, oldParts, newCriterion, newParts, path)
        case (.combination(_, let parts), _):
            if parts.count == 1, compare(parts[0], new, path).isEmpty { return [] }
        case (_, .combination(let criterion, let parts)):
            if parts.count == 1 || criterion != .allOf {
                for part in parts where compare(old, part, path).isEmpty { return [] }
            }
        case (.plain(let old), .plain(let new)): if old == new { return [] }
        case (.string(let old), .string(let new)): return compareStrings(old, new, path)
        case (.number(let old, let wasInteger), .number(let new, let isInteger)):
            return compareNumbers(old, new, path) + (isInteger && !wasInteger ? [Difference(kind: "TYPE_NARROWED", path: path)] : [])
        case (.array(let old), .array(let new)): return compareArrays(old, new, path)
        case (.object(let old), .object(let new)): return compareObjects(old, new, path)
        case (.enumeration(let old), .enumeration(let new)):
            if old.allSatisfy(new.contains) { return [] }
            return [Difference(kind: "ENUM_ARRAY_\(new.allSatisfy(old.contains) ? "NARROWED" : "CHANGED")", path: path + "/enum")]
        case (.not(let old), .not(let new)):
            // What was forbidden is all that may be.
            if turned({ $0.compare(new, old, path + "/not") }).isEmpty { return [] }
            return [Difference(kind: "NOT_TYPE_EXTENDED", path: path + "/not")]
        case (.opaque(let old), .opaque(let new)): if old == new { return [] }
        default: break
        }
        return [Difference(kind: "TYPE_CHANGED", path: path)]
    }
}

extension JSONSchemaComparison {
    /// Compares with old and new in each other's place. What is open and how much has been done goes on.
    private mutating func turned(_ body: (inout JSONSchemaComparison) -> [Difference]) -> [Difference] {
        var turned = JSONSchemaComparison(oldReferences: newReferences, newReferences: oldReferences)
        (turned.open, turned.steps, turned.depth, turned.isTurned) = (open, steps, depth, !isTurned)
        defer { steps = turned.steps }
        return body(&turned)
    }

    private mutating func compare(
        _ oldCriterion: JSONSchemaShape.Criterion, _ old: [JSONValue], _ newCriterion: JSONSchemaShape.Criterion, _ new: [JSONValue],
        _ path: String
    ) -> [Difference] {
        let isExtended =
            switch newCriterion {
            case oldCriterion, .anyOf: true
            case .oneOf: old.count == 1
            case .allOf: old.count == 1 && new.count == 1
            }
        guard isExtended else { return [Difference(kind: "COMBINED_TYPE_CHANGED", path: path)] }
        if newCriterion == .allOf, old.count < new.count { return [Difference(kind: "PRODUCT_TYPE_EXTENDED", path: path)] }
        if newCriterion != .allOf, old.count > new.count { return [Difference(kind: "SUM_TYPE_NARROWED", path: path)] }
        // Each part of the smaller side needs one of its own on the other.
        var goesWith: [[Int]] = []
        for oldPart in old {
            goesWith.append(new.indices.filter { compare(oldPart, new[$0], "\(path)/\(newCriterion.rawValue)/\($0)").isEmpty })
        }
        guard Self.matching(goesWith, count: new.count) >= min(old.count, new.count) else {
            return [Difference(kind: "COMBINED_TYPE_SUBSCHEMAS_CHANGED", path: path)]
        }
        return []
    }

    /// The most pairs that can be made, if each may be in one: `partners` has those on the other side for each on this one.
    static func matching(_ partners: [[Int]], count: Int) -> Int {
        var taken = [Int?](repeating: nil, count: count)
        func place(_ index: Int, _ tried: inout Set<Int>) -> Bool {
            for partner in partners[index] where tried.insert(partner).inserted {
                guard let other = taken[partner] else {
                    taken[partner] = index
                    return true
                }
                if place(other, &tried) {
                    taken[partner] = index
                    return true
                }
            }
            return false
        }
        return partners.indices.reduce(0) { found, index in
            var tried: Set<Int> = []
            return found + (place(index, &tried) ? 1 : 0)
        }
    }
}
