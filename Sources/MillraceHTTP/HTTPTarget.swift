/// What a request asks for: path and query, decoded.
public struct HTTPTarget: Sendable, Equatable {
    /// The components of the path: `["api", "stores"]` of `/api/stores`, none of `/`. A `/` inside of one was written as `%2F`.
    public var path: [String]
    /// The parameters of the query, in order.
    public var query: [HTTPField]
    /// Path and query as they were written.
    public var text: String

    /// Reads a target in origin form, or absolute form, whose host is left out of account (RFC 9112, 3.2).
    init(_ bytes: ArraySlice<UInt8>) throws(HTTPFault) {
        var bytes = bytes
        if bytes.first != UInt8(ascii: "/") {
            guard let scheme = ["http://", "https://"].first(where: { bytes.starts(with: $0.utf8) }) else {
                throw .malformed("a target that does not begin with /")
            }
            bytes = bytes.dropFirst(scheme.utf8.count)
            bytes = bytes.firstIndex(of: UInt8(ascii: "/")).map { bytes[$0...] } ?? Array("/".utf8)[...]
        }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else {
            throw .malformed("a character in the target that must be encoded")
        }
        text = String(decoding: bytes, as: UTF8.self)
        let mark = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        path = []
        for part in bytes[..<mark].split(separator: UInt8(ascii: "/")) { path.append(try Self.decoded(part)) }
        query = []
        for pair in bytes[mark...].dropFirst().split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            query.append(
                HTTPField(
                    try Self.decoded(pair[..<equals], isForm: true),
                    try Self.decoded(pair[equals...].dropFirst(), isForm: true)))
        }
    }

    /// Text as one component of a path, or as a value of a query.
    public static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>, isForm: Bool = false) throws(HTTPFault) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where isForm: decoded.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                    throw .malformed("a % in the target without two digits")
                }
                decoded.append(UInt8(high << 4 | low))
            default: decoded.append(byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .malformed("a target that is no UTF-8") }
        return text
    }
}
