/// A small text file of the broker: lines of words, closed by a line that says all of them are there.
struct PropertyFile {
    /// The words of each line.
    var lines: [[String]]

    private static let end = "end"

    init(lines: [[String]]) { self.lines = lines }

    /// Reads what `text` wrote. Throws `BrokerError` with `.corrupt` if the end is missing.
    init(parsing text: String, name: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map { Self.unescape($0) }
        }
        guard lines.popLast() == [Self.end] else { throw BrokerError(.corrupt, "\(name) is cut off or damaged") }
        self.lines = lines
    }

    var text: String {
        (lines + [[Self.end]]).map { $0.map(Self.escape).joined(separator: "\t") + "\n" }.joined()
    }

    /// Tabs and line ends inside a word are written as %-codes.
    private static func escape(_ word: String) -> String {
        guard word.utf8.contains(where: { $0 == 9 || $0 == 10 || $0 == 37 }) else { return word }
        var text = ""
        for character in word.unicodeScalars {
            switch character {
            case "\t": text += "%09"
            case "\n": text += "%0A"
            case "%": text += "%25"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    private static func unescape(_ word: Substring) -> String {
        guard word.utf8.contains(37) else { return String(word) }
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 37, rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
