/// Names of Avro: words of ASCII letters, digits and underscores, with a namespace before the last dot.
enum AvroName {
    /// The part of a full name behind its last dot.
    static func simple(_ fullName: String) -> String {
        guard let dot = fullName.utf8.lastIndex(of: UInt8(ascii: ".")) else { return fullName }
        return String(fullName[fullName.utf8.index(after: dot)...])
    }

    /// The part of a full name before its last dot, empty if there is none.
    static func namespace(_ fullName: String) -> String {
        guard let dot = fullName.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(fullName[..<dot])
    }

    /// The full name of what is called `name` in a namespace.
    static func full(_ name: String, in namespace: String) -> String {
        name.utf8.contains(UInt8(ascii: ".")) || namespace.isEmpty ? name : "\(namespace).\(name)"
    }

    /// Whether a name without namespace is one.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }

    /// Whether a full name is one. Words of namespaces may have any characters but spaces, as Java takes them (`my-company.orders`).
    static func isValidFull(_ name: String) -> Bool {
        let words = name.split(separator: ".", omittingEmptySubsequences: false)
        return isValid(simple(name)) && words.allSatisfy { !$0.isEmpty && !$0.contains(where: \.isWhitespace) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}
