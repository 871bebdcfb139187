import KafkaProtocol
import Millrace

/// Finds members of a JSON object whose values are strings, without decoding the rest.
///
/// Any JSON is taken: members in any order, white space, nested values, escapes. A value with escapes is given as it is
/// written.
struct JSONFields {
    private let text: UnsafeRawBufferPointer
    private var at = 0

    /// Reads the object in `text`.
    @inline(__always)
    init(_ text: UnsafeRawBufferPointer) throws(SerdeError) {
        self.text = text
        skipSpace()
        try expect(UInt8(ascii: "{"))
    }

    /// The next member's name and the place of its value if that is a string; nil at the end of the object.
    @inline(__always)
    mutating func next() throws(SerdeError) -> (name: Range<Int>, string: Range<Int>?)? {
        skipSpace()
        if peek == UInt8(ascii: ",") {
            at += 1
            skipSpace()
        }
        if peek == UInt8(ascii: "}") { return nil }
        let name = try string()
        skipSpace()
        try expect(UInt8(ascii: ":"))
        skipSpace()
        if peek == UInt8(ascii: "\"") { return (name, try string()) }
        try skipValue()
        return (name, nil)
    }

    /// Whether the bytes at `place` are `word`.
    @inline(__always)
    func holds(_ place: Range<Int>, _ word: StaticString) -> Bool {
        guard place.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<place.count where text[place.lowerBound + offset] != word.utf8Start[offset] { return false }
        return true
    }

    private var peek: UInt8? { at < text.count ? text[at] : nil }

    @inline(__always)
    private mutating func skipSpace() {
        while at < text.count, text[at] == 0x20 || (text[at] >= 0x09 && text[at] <= 0x0d) { at += 1 }
    }

    @inline(__always)
    private mutating func expect(_ byte: UInt8) throws(SerdeError) {
        guard peek == byte else { throw SerdeError("no JSON object: byte \(at) is not what it should be") }
        at += 1
    }

    /// A string's content, without its quotation marks.
    @inline(__always)
    private mutating func string() throws(SerdeError) -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let first = at
        while at < text.count {
            switch text[at] {
            case UInt8(ascii: "\""):
                at += 1
                return first..<at - 1
            case UInt8(ascii: "\\"): at += 2
            default: at += 1
            }
        }
        throw SerdeError("a JSON string without an end")
    }

    /// Goes past a number, a word, an array or an object.
    private mutating func skipValue() throws(SerdeError) {
        var depth = 0
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                _ = try string()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return
            default: break
            }
            at += 1
        }
        throw SerdeError("a JSON object without an end")
    }
}
