import MillraceJSON
import KafkaProtocol

/// What the rows of a file are, and which records they make.
public struct FileFormat: Sendable {
    enum Rows: Sendable, Equatable {
        case lines
        case json(key: String?)
        case csv(separator: UInt8, key: String?)
    }

    let rows: Rows

    /// Each line is the value of a record without a key.
    public static let lines = FileFormat(rows: .lines)

    /// Each line is JSON and the value of a record as it is; the member `key` of the object, a text, number or truth value, is its
    /// key. Empty lines are passed over.
    public static func jsonLines(key: String? = nil) -> FileFormat { FileFormat(rows: .json(key: key)) }

    /// The file is CSV (RFC 4180) whose first row has the names of the columns. A row is a JSON object of texts; the column `key` is
    /// its key. Empty rows are passed over. `separator` is an ASCII character.
    public static func csv(key: String? = nil, separator: Character = ",") -> FileFormat {
        FileFormat(rows: .csv(separator: separator.asciiValue ?? UInt8(ascii: ","), key: key))
    }

    /// Whether a row may go on after a line feed.
    var hasQuotes: Bool { if case .csv = rows { true } else { false } }

    /// The names in the first row; nil if it is a row like others.
    func header(_ row: Bytes) throws -> [String]? {
        guard case .csv(let separator, let key) = rows else { return nil }
        // A byte order mark is no part of the first name.
        let mark = row.count >= 3 && row[0..<3] == Bytes([0xef, 0xbb, 0xbf])
        let names = try CSVRow.fields(mark ? row[3..<row.count] : row, separator: separator)
        let columns = names.map { Name($0) }
        if let key, !columns.contains(Name(key)) { throw FileFault("no column is called \(key), only \(names.joined(separator: ", "))") }
        if Set(columns).count < columns.count { throw FileFault("two columns have one name: \(names.joined(separator: ", "))") }
        return names
    }

    /// The record of a row; nil if it makes none. Throws `FileFault` for a row that is not of the format.
    func record(_ row: Bytes, header: [String]) throws -> SourceRecord? {
        switch rows {
        case .lines: return SourceRecord(value: row)
        case .json(let key):
            guard !row.isEmpty else { return nil }
            return SourceRecord(key: try jsonKey(key, of: row), value: row)
        case .csv(let separator, let key):
            guard !row.isEmpty else { return nil }
            let fields = try CSVRow.fields(row, separator: separator)
            let value = try CSVRow.object(fields, header: header)
            let place = key.flatMap { key in header.firstIndex { $0.utf8.elementsEqual(key.utf8) } }
            return SourceRecord(key: place.map { Bytes(utf8: fields[$0]) }, value: value)
        }
    }

    /// The key in a line of JSON, which is checked as a whole.
    private func jsonKey(_ name: String?, of row: Bytes) throws -> Bytes? {
        let value: JSONValue
        do { value = try JSONValue(parsing: row) } catch { throw FileFault("not JSON: \(error)") }
        guard let name else { return nil }
        switch value[name] {
        case .string(let text): return Bytes(utf8: text)
        case .integer(let number): return Bytes(utf8: "\(number)")
        case .number(let number): return Bytes(utf8: "\(number)")
        case .bool(let truth): return Bytes(utf8: "\(truth)")
        default: throw FileFault("the object has no text or number called \(name)")
        }
    }
}
