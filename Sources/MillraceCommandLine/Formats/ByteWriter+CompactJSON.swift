internal import KafkaProtocol

extension ByteWriter {
    /// Appends JSON text without the white space between its parts, so that it takes one line. Throws `ValueError` for
    /// text that is not JSON; a part of it may then be written.
    ///
    /// Nesting is kept in an array, not on the stack: deep input costs memory in proportion to its size, nothing else.
    mutating func writeCompactJSON(_ bytes: UnsafeRawBufferPointer) throws {
        var scanner = JSONScanner(bytes: bytes)
        try scanner.copy(into: &self)
    }
}

private struct JSONScanner {
    enum Expected { case value, valueOrEnd, key, keyOrEnd, colon, commaOrEnd, nothing }

    let bytes: UnsafeRawBufferPointer
    var index = 0
    /// The closing bracket of each container that is open.
    var open: [UInt8] = []
    var expected = Expected.value

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func refuse() -> ValueError {
        ValueError("not JSON: \(index < bytes.count ? "unexpected byte at position \(index)" : "it ends early")")
    }

    mutating func copy(into writer: inout ByteWriter) throws {
        while let byte = nextAfterSpace() {
            switch (expected, byte) {
            case (.valueOrEnd, UInt8(ascii: "]")), (.keyOrEnd, UInt8(ascii: "}")): close(byte, &writer)
            case (.commaOrEnd, _) where byte == open.last: close(byte, &writer)
            case (.commaOrEnd, UInt8(ascii: ",")):
                writer.write(byte)
                index += 1
                expected = open.last == UInt8(ascii: "}") ? .key : .value
            case (.colon, UInt8(ascii: ":")):
                writer.write(byte)
                index += 1
                expected = .value
            case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
                try string(&writer)
                expected = .colon
            case (.value, _), (.valueOrEnd, _): try value(byte, &writer)
            default: throw refuse()
            }
        }
        guard expected == .nothing else { throw refuse() }
    }

    private mutating func nextAfterSpace() -> UInt8? {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0a, 0x0d, 0x09: index += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private mutating func close(_ byte: UInt8, _ writer: inout ByteWriter) {
        writer.write(byte)
        index += 1
        open.removeLast()
        valueEnded()
    }

    private mutating func valueEnded() { expected = open.isEmpty ? .nothing : .commaOrEnd }

    private mutating func value(_ byte: UInt8, _ writer: inout ByteWriter) throws {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            writer.write(byte)
            index += 1
            // In ASCII each closing bracket is two after the opening one.
            open.append(byte + 2)
            expected = byte == UInt8(ascii: "{") ? .keyOrEnd : .valueOrEnd
            return
        case UInt8(ascii: "\""): try string(&writer)
        case UInt8(ascii: "t"): try word("true", &writer)
        case UInt8(ascii: "f"): try word("false", &writer)
        case UInt8(ascii: "n"): try word("null", &writer)
        default: try number(&writer)
        }
        valueEnded()
    }

    private mutating func word(_ word: String, _ writer: inout ByteWriter) throws {
        let start = index
        for letter in word.utf8 {
            guard index < bytes.count, bytes[index] == letter else { throw refuse() }
            index += 1
        }
        copy(from: start, &writer)
    }

    private mutating func number(_ writer: inout ByteWriter) throws {
        let start = index
        if take(UInt8(ascii: "-")) {}
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")), take(UInt8(ascii: "-")) {}
            try digits()
        }
        copy(from: start, &writer)
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func digits() throws {
        let start = index
        while index < bytes.count, bytes[index].isDigit { index += 1 }
        guard index > start else { throw refuse() }
    }

    private mutating func string(_ writer: inout ByteWriter) throws {
        var runStart = index
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                copy(from: runStart, &writer)
                return
            } else if byte == UInt8(ascii: "\\") {
                index += 1
                try escape()
            } else if byte < 0x20 {
                throw refuse()
            } else if byte < 0x80 {
                index += 1
            } else {
                let piece = UTF8Piece(in: bytes, at: index)
                if !piece.isValid {
                    copy(from: runStart, &writer)
                    writer.write(utf8: "\u{fffd}")
                    runStart = index + piece.length
                }
                index += piece.length
            }
        }
        throw refuse()
    }

    private mutating func escape() throws {
        guard index < bytes.count else { throw refuse() }
        switch bytes[index] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        case UInt8(ascii: "u"):
            index += 1
            for _ in 0..<4 {
                guard index < bytes.count, isHexDigit(bytes[index]) else { throw refuse() }
                index += 1
            }
        default: throw refuse()
        }
    }

    private func isHexDigit(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return byte.isDigit || (letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "f"))
    }

    private func copy(from start: Int, _ writer: inout ByteWriter) {
        writer.write(raw: UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
    }
}
