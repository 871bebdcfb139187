/// A function of two values that gives one: aggregator, reducer, subtractor, session merger.
struct Fold: Sendable {
    let apply: @Sendable (_ key: Cell?, _ a: Cell?, _ b: Cell?) -> Cell?

    init(_ text: String) throws {
        let function = FunctionText(text)
        let argument = function.argument
        switch function.name {
        case "concat": apply = { _, a, b in .string("\(a.text)+\(b.text)") }
        case "remove": apply = { _, a, b in .string("\(a.text)-\(b.text)") }
        case "pipe": apply = { _, a, b in .string("\(a.text)|\(b.text)") }
        case "concatKey": apply = { key, a, b in .string("\(a.text)+\(key.text):\(b.text)") }
        case "nullOn": apply = { _, a, b in b.text.isSame(as: argument) ? nil : .string("\(a.text)+\(b.text)") }
        case "sum": apply = { _, a, b in .int64((a?.integer ?? 0) &+ (b?.integer ?? 0)) }
        case "subtract": apply = { _, a, b in .int64((a?.integer ?? 0) &- (b?.integer ?? 0)) }
        case "min": apply = { _, a, b in Self.choose(a, b) { $0.comesBefore($1) } }
        case "max": apply = { _, a, b in Self.choose(a, b) { $1.comesBefore($0) } }
        case "first": apply = { _, a, _ in a }
        case "last": apply = { _, _, b in b }
        case "increment": apply = { _, a, _ in .int64((a?.integer ?? 0) &+ 1) }
        case "decrement": apply = { _, a, _ in .int64((a?.integer ?? 0) &- 1) }
        default: throw function.unknown
        }
    }

    private static func choose(_ a: Cell?, _ b: Cell?, _ isBetter: (Cell, Cell) -> Bool) -> Cell? {
        guard let a, let b else { return a ?? b }
        return isBetter(b, a) ? b : a
    }
}
