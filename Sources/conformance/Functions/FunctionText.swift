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
    var parts: [String] { text.parts(at: ",") }

    /// The n-th of the comma-separated parts.
    func field(_ number: Int64) -> String? {
        let all = parts
        return number >= 0 && number < all.count ? all[Int(number)] : nil
    }

    /// The number of characters of the text.
    var length: Int64 { Int64(text.utf16.count) }
}

extension String {
    /// Whether both have the same bytes.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Whether the bytes of the other are among these.
    func hasPart(_ other: String) -> Bool {
        let (bytes, part) = (Array(utf8), Array(other.utf8))
        return bytes.indices.contains { bytes[$0...].starts(with: part) } || part.isEmpty
    }

    /// The text with its ASCII letters in upper case.
    var asciiUppercased: String {
        String(decoding: utf8.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
    }

    /// The parts between the places of an ASCII character, whatever comes after it; empty ones too.
    func parts(at separator: Unicode.Scalar, maxSplits: Int = .max) -> [String] {
        unicodeScalars.split(separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: false).map {
            String($0)
        }
    }
}
