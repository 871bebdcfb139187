internal import KafkaProtocol

/// What a command lists: rows of cells under names, as a table for people or with `--json` as a line of JSON for each row.
public struct Listing: Sendable {
    /// One cell.
    public enum Cell: Sendable, Hashable, ExpressibleByStringLiteral {
        /// Text.
        case text(String)
        /// A whole number.
        case number(Int64)
        /// Yes or no.
        case flag(Bool)
        /// Several texts.
        case texts([String])
        /// Nothing: `-` in a table, null in JSON.
        case none

        /// Text.
        public init(stringLiteral value: String) { self = .text(value) }
        /// Text, or nothing.
        public init(_ text: String?) { self = text.map { .text($0) } ?? .none }
        /// A number, or nothing.
        public init(_ number: (some BinaryInteger)?) { self = number.map { .number(Int64(clamping: $0)) } ?? .none }
    }

    private let columns: [String]
    private var rows: [[Cell]] = []

    /// A list with these columns, whose names are the keys in JSON, such as `endOffset`; tables have them in words.
    public init(_ columns: [String]) { self.columns = columns }

    /// A list with these columns.
    public init(_ columns: String...) { self.init(columns) }

    /// Whether there are no rows.
    public var isEmpty: Bool { rows.isEmpty }

    /// How many rows there are.
    public var count: Int { rows.count }

    /// Adds a row; cells that it has too few of are nothing.
    public mutating func add(_ cells: Cell...) { add(row: cells) }

    /// Adds a row; cells that it has too few of are nothing.
    public mutating func add(row cells: [Cell]) {
        rows.append(columns.indices.map { $0 < cells.count ? cells[$0] : .none })
    }

    /// Writes all rows: as JSON a line for each, else as a table below `title` if there is one, or nothing if there are no rows.
    public func write(to output: OutputWriter, asJSON: Bool, title: String? = nil) {
        if asJSON {
            for row in rows { write(row, into: &output.buffer) }
            return
        }
        if let title { output.writeLine(title) }
        guard !rows.isEmpty else { return }
        var table = TextTable(columns.map(Self.words))
        for row in rows { table.add(row.map(\.text)) }
        output.write(table.text(indent: title == nil ? "" : "  "))
    }

    /// Writes all rows to standard output. Throws as `OutputWriter.flush` does.
    public func print(asJSON: Bool) throws {
        let output = OutputWriter()
        write(to: output, asJSON: asJSON)
        try output.flush()
    }

    private func write(_ row: [Cell], into writer: inout ByteWriter) {
        for (place, (column, cell)) in zip(columns, row).enumerated() {
            writer.write(utf8: place == 0 ? "{" : ",")
            writer.writeJSONString(column)
            writer.write(UInt8(ascii: ":"))
            cell.write(into: &writer)
        }
        writer.write(utf8: "}\n")
    }

    /// `endOffset` as `end offset`.
    private static func words(_ column: String) -> String {
        column.reduce(into: "") { text, letter in text += letter.isUppercase ? " \(letter.lowercased())" : "\(letter)" }
    }
}

extension Listing.Cell {
    fileprivate var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "yes" : "no"
        case .texts(let texts): texts.isEmpty ? "-" : texts.joined(separator: ",")
        case .none: "-"
        }
    }

    fileprivate func write(into writer: inout ByteWriter) {
        switch self {
        case .text(let text): writer.writeJSONString(text)
        case .number(let number): writer.write(decimal: number)
        case .flag(let flag): writer.write(utf8: flag ? "true" : "false")
        case .texts(let texts):
            writer.write(UInt8(ascii: "["))
            for (place, text) in texts.enumerated() {
                if place > 0 { writer.write(UInt8(ascii: ",")) }
                writer.writeJSONString(text)
            }
            writer.write(UInt8(ascii: "]"))
        case .none: writer.write(utf8: "null")
        }
    }
}

extension CommandOption {
    /// `--json`, of commands that list something.
    public static var json: CommandOption { .flag("json", "Prints a line of JSON for each row, instead of a table.") }

    /// `--execute`, of commands that destroy something.
    public static var execute: CommandOption { .flag("execute", "Does it; otherwise it is only told what would be done.") }
}

extension Invocation {
    /// Whether `--execute` is given. Says at the end of a command without it that nothing was done.
    public func executes() -> Bool {
        if arguments.flag("execute") { return true }
        console.info("nothing is done: add --execute")
        return false
    }
}
