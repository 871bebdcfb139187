extension JSONScanner {
    /// A string or key, from its first quote to behind its last.
    mutating func string(_ kind: JSONNode.Kind) throws(JSONSyntaxError) -> JSONNode {
        position += 1
        let start = position
        var others: UInt64 = 0
        while true {
            // Plain bytes are passed eight at a time.
            while position + 8 <= count {
                let word = UInt64(littleEndian: UnsafeRawPointer(text + position).loadUnaligned(as: UInt64.self))
                let special = JSONBytes.special(in: word)
                if special != 0 {
                    let plain = special.trailingZeroBitCount & ~7
                    others |= word & ((1 << UInt64(plain)) - 1)
                    position += plain / 8
                    break
                }
                others |= word
                position += 8
            }
            guard position < count else { throw failure(.unexpectedEnd) }
            let byte = text[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") { return try unescapedString(kind, from: start) }
            guard byte >= 0x20 else { throw failure(.controlCharacter) }
            others |= UInt64(byte)
            position += 1
        }
        let node = JSONNode(
            start: UInt32(start), count: UInt32(position - start), kind: kind, isPlain: others & JSONBytes.highBits == 0)
        try check(node)
        position += 1
        return node
    }

    /// The same for a string of which there is an escape at `position`.
    private mutating func unescapedString(_ kind: JSONNode.Kind, from start: Int) throws(JSONSyntaxError) -> JSONNode {
        let output = unescaped ?? .allocate(capacity: count)
        unescaped = output
        let first = unescapedCount
        var end = first + position - start
        (output + first).update(from: text + start, count: position - start)
        while true {
            guard position < count else { throw failure(.unexpectedEnd) }
            let byte = text[position]
            guard byte >= 0x20 else { throw failure(.controlCharacter) }
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                // An escape has at least as many bytes as what it stands for.
                for byte in UTF8.encode(try escape()) ?? UTF8.encodedReplacementCharacter {
                    output[end] = byte
                    end += 1
                }
            } else {
                output[end] = byte
                end += 1
                position += 1
            }
        }
        unescapedCount = end
        let isPlain = (first..<end).allSatisfy { output[$0] < 0x80 }
        let node = JSONNode(
            start: UInt32(first), count: UInt32(end - first), kind: kind, isUnescaped: true, isPlain: isPlain)
        try check(node)
        position += 1
        return node
    }

    /// The character that an escape stands for.
    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard position + 1 < count else { throw failure(.unexpectedEnd) }
        let character: Unicode.Scalar
        switch text[position + 1] {
        case UInt8(ascii: "\""): character = "\""
        case UInt8(ascii: "\\"): character = "\\"
        case UInt8(ascii: "/"): character = "/"
        case UInt8(ascii: "b"): character = "\u{8}"
        case UInt8(ascii: "f"): character = "\u{c}"
        case UInt8(ascii: "n"): character = "\n"
        case UInt8(ascii: "r"): character = "\r"
        case UInt8(ascii: "t"): character = "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure(.badEscape)
        }
        position += 2
        return character
    }

    /// The character that `\uXXXX` stands for, or two of them that are a surrogate pair.
    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(unit) {
            position += 6
            return scalar
        }
        guard UTF16.isLeadSurrogate(unit) else { throw failure(.loneSurrogate) }
        let place = position
        position += 6
        guard position + 1 < count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u") else {
            throw JSONSyntaxError(reason: .loneSurrogate, offset: place)
        }
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw JSONSyntaxError(reason: .loneSurrogate, offset: place) }
        position += 6
        return UTF16.decode(UTF16.EncodedScalar([unit, second]))
    }

    /// The number of `\uXXXX` at `position`.
    private func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        guard position + 6 <= count else { throw failure(.unexpectedEnd) }
        var unit: UInt16 = 0
        for digit in 2..<6 {
            guard let value = JSONBytes.hexDigit(text[position + digit]) else { throw failure(.badEscape) }
            unit = unit << 4 | value
        }
        return unit
    }

    /// Checks that a string with bytes beyond ASCII is UTF-8.
    private func check(_ node: JSONNode) throws(JSONSyntaxError) {
        guard !node.isPlain else { return }
        do {
            _ = try UTF8Span(validating: bytes(of: node).span)
        } catch {
            throw failure(.notUTF8)
        }
    }
}
