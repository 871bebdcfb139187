import Millrace

/// A function of key and value that gives a value.
struct Expression: Sendable {
    /// The type of the result.
    enum Result: Sendable {
        case of(CellType)
        case sameAsKey
        case sameAsValue
        /// The key within a windowed key.
        case innerKey
    }

    let result: Result
    let apply: @Sendable (_ key: Cell?, _ value: Cell?) -> Cell?

    /// The type of the result for keys and values of these types.
    func type(key: CellType, value: CellType) -> CellType {
        switch result {
        case .of(let type): return type
        case .sameAsKey: return key
        case .sameAsValue: return value
        case .innerKey:
            switch key {
            case .timeWindowed(let inner, _), .sessionWindowed(let inner): return inner
            case .string, .int64: return key
            }
        }
    }

    init(_ text: String) throws {
        let function = FunctionText(text)
        let argument = function.argument
        switch function.name {
        case "value": self.init(.sameAsValue) { _, value in value }
        case "key": self.init(.sameAsKey) { key, _ in key }
        case "null": self.init(.sameAsValue) { _, _ in nil }
        case "nullKey": self.init(.sameAsKey) { _, _ in nil }
        case "nullKeyIf": self.init(.sameAsKey) { key, _ in key.text.isSame(as: argument) ? nil : key }
        case "nullIf": self.init(.sameAsValue) { _, value in value?.text.isSame(as: argument) == true ? nil : value }
        case "nullIfLess":
            let limit = try function.integer()
            self.init(.sameAsValue) { _, value in value?.integer.map { $0 < limit } == true ? nil : value }
        case "const": self.init(.of(.string)) { _, _ in .string(argument) }
        case "constInt":
            let constant = try function.integer()
            self.init(.of(.int64)) { _, _ in .int64(constant) }
        case "prefix": self.init(.of(.string)) { _, value in .string(argument + value.text) }
        case "suffix": self.init(.of(.string)) { _, value in .string(value.text + argument) }
        case "keyValue": self.init(.of(.string)) { key, value in .string("\(key.text)=\(value.text)") }
        case "upper": self.init(.of(.string)) { _, value in value.map { .string($0.text.asciiUppercased) } }
        case "length": self.init(.of(.int64)) { _, value in value.map { .int64($0.length) } }
        case "firstChar":
            self.init(.of(.string)) { _, value in value.map { .string(String($0.text.unicodeScalars.prefix(1))) } }
        case "toString": self.init(.of(.string)) { _, value in value.map { .string($0.text) } }
        case "toInt": self.init(.of(.int64)) { _, value in (value?.text).flatMap { Int64($0) }.map { .int64($0) } }
        case "field", "fieldInt", "add", "mul", "mod":
            try self.init(numbered: function)
        default: try self.init(ofKey: function)
        }
    }

    private init(_ result: Result, _ apply: @escaping @Sendable (_ key: Cell?, _ value: Cell?) -> Cell?) {
        self.result = result
        self.apply = apply
    }

    /// The functions with a number for an argument.
    private init(numbered function: FunctionText) throws {
        let number = try function.integer()
        switch function.name {
        case "field": self.init(.of(.string)) { _, value in value?.field(number).map { .string($0) } }
        case "fieldInt":
            self.init(.of(.int64)) { _, value in (value?.field(number)).flatMap { Int64($0) }.map { .int64($0) } }
        case "add": self.init(.of(.int64)) { _, value in (value?.integer).map { .int64($0 &+ number) } }
        case "mul": self.init(.of(.int64)) { _, value in (value?.integer).map { .int64($0 &* number) } }
        case "mod":
            guard number > 0 else { throw CaseError("mod takes a positive number, not \(number)") }
            self.init(.of(.int64)) { _, value in
                (value?.integer).map { .int64(($0 % number + number) % number) }
            }
        default: throw function.unknown
        }
    }

    /// The functions of windowed keys.
    private init(ofKey function: FunctionText) throws {
        func bound(_ bound: @escaping @Sendable (Window) -> Int64) -> Expression {
            Expression(.of(.int64)) { key, _ in
                if case .windowed(_, let window)? = key { .int64(bound(window)) } else { nil }
            }
        }
        switch function.name {
        case "windowKey": self.init(.of(.string)) { key, _ in key.map { .string($0.text) } }
        case "innerKey":
            self.init(.innerKey) { key, _ in if case .windowed(let inner, _)? = key { inner } else { key } }
        case "windowStart": self = bound { $0.start }
        case "windowEnd": self = bound { $0.end }
        default: throw function.unknown
        }
    }
}
