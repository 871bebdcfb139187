/// A function of a key and the values of two sides that gives a value.
struct Joiner: Sendable {
    /// The type of the result, where it is not that of a side.
    enum Result: Sendable {
        case of(CellType)
        case sameAsLeft
        case sameAsRight
    }

    let result: Result
    let apply: @Sendable (_ key: Cell?, _ left: Cell?, _ right: Cell?) -> Cell?

    init(_ text: String) throws {
        let function = FunctionText(text)
        let argument = function.argument
        switch function.name {
        case "concat": self.init(.of(.string)) { _, left, right in .string("\(left.text)+\(right.text)") }
        case "concatKey":
            self.init(.of(.string)) { key, left, right in .string("\(key.text):\(left.text)+\(right.text)") }
        case "concatOrNull":
            self.init(.of(.string)) { _, left, right in
                left.text.isSame(as: argument) || right.text.isSame(as: argument) ? nil : .string("\(left.text)+\(right.text)")
            }
        case "sum": self.init(.of(.int64)) { _, left, right in .int64((left?.integer ?? 0) &+ (right?.integer ?? 0)) }
        case "left": self.init(.sameAsLeft) { _, left, _ in left }
        case "right": self.init(.sameAsRight) { _, _, right in right }
        default: throw function.unknown
        }
    }

    private init(
        _ result: Result, _ apply: @escaping @Sendable (_ key: Cell?, _ left: Cell?, _ right: Cell?) -> Cell?
    ) {
        self.result = result
        self.apply = apply
    }

    /// The type of the result for values of these types.
    func type(left: CellType, right: CellType) -> CellType {
        switch result {
        case .of(let type): type
        case .sameAsLeft: left
        case .sameAsRight: right
        }
    }
}
