/// A function as a case writes it: `NAME` or `NAME:ARG`.
struct FunctionText {
    let name: String
    let argument: String

    init(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        argument = parts.count > 1 ? String(parts[1]) : ""
    }

    /// The argument as an integer.
    func integer() throws -> Int64 {
        guard let integer = Int64(argument) else { throw CaseError("\(name) takes an integer, not '\(argument)'") }
        return integer
    }

    var unknown: CaseError { CaseError("no function of this kind is called \(name)") }
}

extension Cell {
    /// The comma-separated parts of the text, empty ones too.
    var parts: [String] { text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }

    /// The n-th of the comma-separated parts.
    func field(_ number: Int64) -> String? {
        let all = parts
        return number >= 0 && number < all.count ? all[Int(number)] : nil
    }

    /// The number of characters of the text.
    var length: Int64 { Int64(text.utf16.count) }
}
