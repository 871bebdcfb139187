/// Reads the `key=value` lines of Java's properties files: comments with `#` or `!`, `:` or a blank instead of `=`,
/// lines continued with a backslash, and its escapes.
enum PropertiesFile {
    struct Entry: Equatable {
        var key: String
        var value: String
        var line: Int
    }

    static func parse(_ text: String) -> [Entry] {
        var entries: [Entry] = []
        var logical: [Character] = []
        var firstLine = 1
        var continues = false
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        for (index, raw) in lines.enumerated() {
            let line = raw.drop(while: isBlank)
            if !continues {
                if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("!") { continue }
                firstLine = index + 1
            }
            let backslashes = line.reversed().prefix { $0 == "\\" }.count
            continues = backslashes % 2 == 1 && index + 1 < lines.count
            logical += continues ? line.dropLast() : line
            if continues { continue }
            entries.append(entry(logical, line: firstLine))
            logical = []
        }
        return entries
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == "\u{c}"
    }

    private static func entry(_ line: [Character], line number: Int) -> Entry {
        var end = line.startIndex
        while end < line.endIndex, line[end] != "=", line[end] != ":", !isBlank(line[end]) {
            end += line[end] == "\\" ? 2 : 1
        }
        end = min(end, line.endIndex)
        var start = end
        while start < line.endIndex, isBlank(line[start]) { start += 1 }
        if start < line.endIndex, line[start] == "=" || line[start] == ":" { start += 1 }
        while start < line.endIndex, isBlank(line[start]) { start += 1 }
        var value = line[start...]
        // Java keeps blanks at the end; in a password file they are a slip of an editor.
        while let last = value.last, isBlank(last), value.dropLast().last != "\\" { value.removeLast() }
        return Entry(key: unescaped(line[..<end]), value: unescaped(value), line: number)
    }

    private static func unescaped(_ text: ArraySlice<Character>) -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "\\", let escaped = rest.popFirst() else {
                result.append(character)
                continue
            }
            switch escaped {
            case "t": result.append("\t")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "f": result.append("\u{c}")
            case "u":
                let digits = String(rest.prefix(4))
                if digits.count == 4, let number = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(number) {
                    result.unicodeScalars.append(scalar)
                    rest = rest.dropFirst(4)
                } else {
                    result.append("u")
                }
            default: result.append(escaped)
            }
        }
        return result
    }
}
