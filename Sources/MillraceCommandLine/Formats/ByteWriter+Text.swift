internal import KafkaProtocol

extension ByteWriter {
    /// Appends the number in decimal digits.
    mutating func write(decimal value: Int64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var magnitude = value.magnitude
            var first = digits.count
            repeat {
                first -= 1
                let (rest, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
                digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                magnitude = rest
            } while magnitude > 0
            if value < 0 {
                first -= 1
                digits[first] = UInt8(ascii: "-")
            }
            write(raw: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[first...]))
        }
    }

    /// Appends the bytes as a JSON string with its quotes; each piece that is not UTF-8 as U+FFFD.
    mutating func writeJSONString(_ bytes: UnsafeRawBufferPointer) {
        write(UInt8(ascii: "\""))
        writeJSONCharacters(bytes)
        write(UInt8(ascii: "\""))
    }

    private mutating func writeJSONCharacters(_ bytes: UnsafeRawBufferPointer) {
        // Runs of characters that stand for themselves are copied in one go.
        var runStart = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                index += 1
            } else if byte >= 0x80 {
                let piece = UTF8Piece(in: bytes, at: index)
                if !piece.isValid {
                    write(raw: UnsafeRawBufferPointer(rebasing: bytes[runStart..<index]))
                    write(utf8: "\u{fffd}")
                    runStart = index + piece.length
                }
                index += piece.length
            } else {
                write(raw: UnsafeRawBufferPointer(rebasing: bytes[runStart..<index]))
                writeJSONEscape(byte)
                index += 1
                runStart = index
            }
        }
        write(raw: UnsafeRawBufferPointer(rebasing: bytes[runStart..<bytes.count]))
    }

    private mutating func writeJSONEscape(_ byte: UInt8) {
        write(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): write(byte)
        case UInt8(ascii: "\n"): write(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): write(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): write(UInt8(ascii: "t"))
        case 8: write(UInt8(ascii: "b"))
        case 12: write(UInt8(ascii: "f"))
        default:
            write(utf8: "u00")
            write(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 15
            write(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }

    /// Appends the bytes as base64 with padding.
    mutating func writeBase64(_ bytes: UnsafeRawBufferPointer) {
        func letter(_ bits: UInt32) -> UInt8 {
            switch UInt8(bits & 63) {
            case let value where value < 26: UInt8(ascii: "A") + value
            case let value where value < 52: UInt8(ascii: "a") + value - 26
            case let value where value < 62: UInt8(ascii: "0") + value - 52
            case 62: UInt8(ascii: "+")
            default: UInt8(ascii: "/")
            }
        }
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let second = left > 1 ? UInt32(bytes[index + 1]) : 0
            let third = left > 2 ? UInt32(bytes[index + 2]) : 0
            let bits = UInt32(bytes[index]) << 16 | second << 8 | third
            write(letter(bits >> 18))
            write(letter(bits >> 12))
            write(left > 1 ? letter(bits >> 6) : UInt8(ascii: "="))
            write(left > 2 ? letter(bits) : UInt8(ascii: "="))
            index += 3
        }
    }
}

/// The bytes of one character that is not ASCII, or the bytes that one U+FFFD stands for.
struct UTF8Piece: Equatable {
    var isValid: Bool
    var length: Int

    /// The piece that starts at `index`, where a byte of 0x80 or more is.
    init(in bytes: UnsafeRawBufferPointer, at index: Int) {
        let lead = bytes[index]
        var range: ClosedRange<UInt8> = 0x80...0xbf
        let total: Int
        switch lead {
        case 0xc2...0xdf: total = 2
        case 0xe0...0xef:
            total = 3
            if lead == 0xe0 { range = 0xa0...0xbf }
            if lead == 0xed { range = 0x80...0x9f }
        case 0xf0...0xf4:
            total = 4
            if lead == 0xf0 { range = 0x90...0xbf }
            if lead == 0xf4 { range = 0x80...0x8f }
        default:
            isValid = false
            length = 1
            return
        }
        length = 1
        while length < total, index + length < bytes.count, range.contains(bytes[index + length]) {
            length += 1
            range = 0x80...0xbf
        }
        isValid = length == total
    }
}
