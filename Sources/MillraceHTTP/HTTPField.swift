/// A header field.
public struct HTTPField: Sendable, Hashable {
    /// Its name; that of a request's field is in lower case.
    public var name: String
    /// Its value, without white space around it.
    public var value: String

    /// A header field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension HTTPField {
    /// Reads a line of a header, without its end.
    ///
    /// What servers and proxies read in different ways is refused: folded lines, white space before the colon, control characters.
    init(line: ArraySlice<UInt8>) throws(HTTPFault) {
        if line.first == 0x20 || line.first == 0x09 { throw .malformed("a folded header line") }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            throw .malformed("a header line without a name")
        }
        guard line[..<colon].allSatisfy(\.isTokenCharacter) else { throw .malformed("a header's name that is none") }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            throw .malformed("a control character in a header")
        }
        self.init(String(decoding: line[..<colon], as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self))
    }
}

extension UInt8 {
    /// Whether it may stand in a token (RFC 9110, 5.6.2): a method or a header's name.
    var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }

    /// The value of a hexadecimal digit, nil if it is none.
    var hexDigit: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self) - 55
        default: nil
        }
    }
}
