internal import Foundation

/// The seeds of boundary tests: `MILLRACE_BOUNDARY_SEEDS` says how many (1).
package let boundarySeeds: Range<UInt64> =
    0..<(ProcessInfo.processInfo.environment["MILLRACE_BOUNDARY_SEEDS"].flatMap { UInt64($0) } ?? 1)

/// The values at which arithmetic goes wrong: what every numeric field from outside is given in the boundary tests.
extension FixedWidthInteger {
    /// The ends of the type, what lies around zero, and the ends of the narrower types, as fields are copied from one width
    /// into another; in order.
    package static var boundaryValues: [Self] {
        var values: Set<Self> = [.min, .max, .max - 1, 0, 1]
        for neighbour in [Int64(Int8.max), Int64(Int16.max), Int64(Int32.max), Int64(UInt32.max), Int64.max] {
            for value in [neighbour, neighbour - 1, neighbour &+ 1, -neighbour, -neighbour - 1, -1] {
                if let value = Self(exactly: value) { values.insert(value) }
            }
        }
        return values.sorted()
    }
}

/// One numeric field of a request, a batch, a record or a file, to be set to each boundary value in turn.
package struct BoundaryField<Root> {
    /// What the field is called; for messages.
    package let name: String
    /// `Root` with the field at each of its boundary values, and the value in words.
    package let variants: (Root) -> [(value: String, root: Root)]

    package init<Value: FixedWidthInteger>(_ name: String, _ path: WritableKeyPath<Root, Value>) {
        self.name = name
        variants = { root in
            Value.boundaryValues.map { value in
                var root = root
                root[keyPath: path] = value
                return ("\(value)", root)
            }
        }
    }

    /// A field that is right by itself unless it is given.
    package init<Value: FixedWidthInteger>(_ name: String, _ path: WritableKeyPath<Root, Value?>) {
        self.name = name
        variants = { root in
            Value.boundaryValues.map { value in
                var root = root
                root[keyPath: path] = value
                return ("\(value)", root)
            }
        }
    }
}

/// All `root`s with one field at a boundary value, then `pairs` with two, chosen by `random`: two wrong numbers can hide each
/// other's check.
package func boundaryVariants<Root>(
    of root: Root, _ fields: [BoundaryField<Root>], pairs: Int = 0, using random: inout some RandomNumberGenerator
) -> [(name: String, root: Root)] {
    var found: [(name: String, root: Root)] = []
    for field in fields {
        for variant in field.variants(root) { found.append(("\(field.name)=\(variant.value)", variant.root)) }
    }
    for _ in 0..<pairs where fields.count > 1 {
        guard let first = fields.randomElement(using: &random), let second = fields.randomElement(using: &random),
            let one = first.variants(root).randomElement(using: &random),
            let two = second.variants(one.root).randomElement(using: &random)
        else { continue }
        found.append(("\(first.name)=\(one.value) \(second.name)=\(two.value)", two.root))
    }
    return found
}
