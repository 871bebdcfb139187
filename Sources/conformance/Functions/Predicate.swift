/// A function of key and value that says yes or no.
struct Predicate: Sendable {
    let apply: @Sendable (_ key: Cell?, _ value: Cell?) -> Bool

    init(_ text: String) throws {
        let function = FunctionText(text)
        let argument = function.argument
        switch function.name {
        case "always": apply = { _, _ in true }
        case "never": apply = { _, _ in false }
        case "keyIs": apply = { key, _ in key?.text.isSame(as: argument) == true }
        case "valueIs": apply = { _, value in value?.text.isSame(as: argument) == true }
        case "keyNotNull": apply = { key, _ in key != nil }
        case "valueNotNull": apply = { _, value in value != nil }
        case "contains": apply = { _, value in value?.text.hasPart(argument) == true }
        case "valueGreater":
            let limit = try function.integer()
            apply = { _, value in value?.integer.map { $0 > limit } == true }
        case "valueEven": apply = { _, value in value?.integer.map { $0 % 2 == 0 } == true }
        case "lengthGreater":
            let limit = try function.integer()
            apply = { _, value in value.map { $0.length > limit } == true }
        default: throw function.unknown
        }
    }
}
