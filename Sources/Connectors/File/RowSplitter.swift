import KafkaProtocol

/// Cuts a stream of chunks into rows at line feeds; with quotes, not at those between `"`. A carriage return before the line feed
/// belongs to neither row.
struct RowSplitter: Sendable {
    /// Whether `"` encloses what may have line feeds, as in CSV. Two of them within are one, which needs no care here.
    let hasQuotes: Bool
    /// Longer rows are refused.
    let longestRow: Int
    /// How many bytes of whole rows, line feeds included, have been given.
    private(set) var end: Int64
    private var carried: [UInt8] = []
    private var isQuoted = false

    init(hasQuotes: Bool, longestRow: Int, at start: Int64 = 0) {
        self.hasQuotes = hasQuotes
        self.longestRow = longestRow
        end = start
    }

    /// Calls `body` with each row that `chunk` completes, when `end` is after it.
    mutating func push(_ chunk: Bytes, _ body: (_ row: Bytes, _ end: Int64) throws -> Void) throws {
        var start = 0
        for index in 0..<chunk.count {
            let byte = chunk[index]
            if hasQuotes, byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard byte == UInt8(ascii: "\n"), !isQuoted else { continue }
            try check(carried.count + index - start)
            let row = take(chunk, start..<index)
            start = index + 1
            end += Int64(row.count + 1)
            try body(trimmed(row), end)
        }
        try check(carried.count + chunk.count - start)
        chunk[start..<chunk.count].withUnsafeBytes { carried.append(contentsOf: $0) }
    }

    /// What stands after the last line feed, if anything does: a row, if nothing follows.
    mutating func finish() -> Bytes? {
        guard !carried.isEmpty else { return nil }
        let row = take(Bytes(), 0..<0)
        end += Int64(row.count)
        isQuoted = false
        return trimmed(row)
    }

    private mutating func take(_ chunk: Bytes, _ range: Range<Int>) -> Bytes {
        guard !carried.isEmpty else { return chunk[range] }
        chunk[range].withUnsafeBytes { carried.append(contentsOf: $0) }
        defer { carried.removeAll(keepingCapacity: true) }
        return Bytes(carried)
    }

    private func trimmed(_ row: Bytes) -> Bytes {
        row.count > 0 && row[row.count - 1] == UInt8(ascii: "\r") ? row[0..<row.count - 1] : row
    }

    private func check(_ count: Int) throws {
        guard count > longestRow else { return }
        let quote = isQuoted ? "; a quotation mark before it is not closed" : ""
        throw FileFault("a row after byte \(end) has more than \(longestRow) bytes\(quote)")
    }
}

/// What is wrong with a file, in words.
public struct FileFault: Error, Sendable, CustomStringConvertible {
    /// The words.
    public let description: String

    init(_ description: String) { self.description = description }
}
