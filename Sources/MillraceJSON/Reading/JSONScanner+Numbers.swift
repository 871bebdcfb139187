extension JSONScanner {
    /// A number as RFC 8259 has them. Its value is looked at when a type asks for it.
    mutating func number() throws(JSONSyntaxError) -> JSONNode {
        let start = position
        if text[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        try digits()
        guard text[first] != UInt8(ascii: "0") || position == first + 1 else { throw failure(.badNumber) }
        var isPlain = true
        if position < count, text[position] == UInt8(ascii: ".") {
            isPlain = false
            position += 1
            try digits()
        }
        if position < count, text[position] | 0x20 == UInt8(ascii: "e") {
            isPlain = false
            position += 1
            if position < count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return JSONNode(start: UInt32(start), count: UInt32(position - start), kind: .number, isPlain: isPlain)
    }

    /// At least one digit.
    @inline(__always)
    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while position < count, text[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw failure(position < count ? .badNumber : .unexpectedEnd) }
    }
}
