extension JSONWriter {
    /// A string in quotes.
    func write(_ string: String) {
        var string = string
        string.withUTF8 { utf8 in
            append(upTo: utf8.count + 2) { output in
                guard let base = utf8.baseAddress else {
                    output[0] = UInt8(ascii: "\"")
                    output[1] = UInt8(ascii: "\"")
                    return 2
                }
                output[0] = UInt8(ascii: "\"")
                guard Self.isPlain(utf8) else { return 1 }
                (output + 1).update(from: base, count: utf8.count)
                output[utf8.count + 1] = UInt8(ascii: "\"")
                return utf8.count + 2
            }
            guard !Self.isPlain(utf8) else { return }
            for byte in utf8 { writeEscaped(byte) }
            append(UInt8(ascii: "\""))
        }
    }

    /// Whether there is nothing to escape.
    @inline(__always)
    private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(utf8)
        var place = 0
        while place + 8 <= raw.count {
            if JSONBytes.special(in: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)) != 0 { return false }
            place += 8
        }
        while place < raw.count {
            if mustBeEscaped(raw[place]) { return false }
            place += 1
        }
        return true
    }

    @inline(__always)
    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private func writeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case UInt8(ascii: "\n"): append("\\n")
        case UInt8(ascii: "\r"): append("\\r")
        case UInt8(ascii: "\t"): append("\\t")
        case 0x08: append("\\b")
        case 0x0C: append("\\f")
        case 0..<0x20:
            append("\\u00")
            append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let digit = byte & 0xF
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        default: append(byte)
        }
    }
}
