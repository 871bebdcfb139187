import Millrace

/// A function of key and value that gives any number of pairs.
struct OneToMany: Sendable {
    let key: Expression.Result
    let value: Expression.Result
    let apply: @Sendable (_ key: Cell?, _ value: Cell?) -> [KeyValue<Cell, Cell>]

    init(_ text: String) throws {
        let function = FunctionText(text)
        switch function.name {
        case "none": self.init(.sameAsKey, .sameAsValue) { _, _ in [] }
        case "repeat":
            let count = Int(try function.integer())
            guard count >= 0 else { throw CaseError("repeat takes no negative number") }
            self.init(.sameAsKey, .sameAsValue) { key, value in Array(repeating: KeyValue(key, value), count: count) }
        case "split":
            self.init(.sameAsKey, .of(.string)) { key, value in
                Self.parts(value).map { KeyValue(key, .string($0)) }
            }
        case "splitKeys":
            self.init(.of(.string), .sameAsValue) { _, value in
                Self.parts(value).map { KeyValue(.string($0), value) }
            }
        case "splitPairs":
            self.init(.of(.string), .of(.string)) { _, value in
                Self.parts(value).map { part in
                    let pair = part.parts(at: "=", maxSplits: 1)
                    return KeyValue(.string(pair[0]), pair.count > 1 ? .string(pair[1]) : nil)
                }
            }
        default: throw function.unknown
        }
    }

    private init(
        _ key: Expression.Result, _ value: Expression.Result,
        _ apply: @escaping @Sendable (_ key: Cell?, _ value: Cell?) -> [KeyValue<Cell, Cell>]
    ) {
        self.key = key
        self.value = value
        self.apply = apply
    }

    private static func parts(_ value: Cell?) -> [String] { value?.parts.filter { !$0.isEmpty } ?? [] }
}
