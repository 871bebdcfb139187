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
        if let key, !names.contains(key) { throw FileFault("no column is called \(key), only \(names.joined(separator: ", "))") }
        if Set(names).count < names.count { throw FileFault("two columns have one name: \(names.joined(separator: ", "))") }
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
            let place = key.flatMap { header.firstIndex(of: $0) }
            return SourceRecord(key: place.map { Bytes(utf8: fields[$0]) }, value: value)
        }
    }

    /// The key in a line of JSON, which is checked as a whole.
    private func jsonKey(_ name: String?, of row: Bytes) throws -> Bytes? {
        do {
            return try row.withUnsafeBytes { bytes throws(any Error) in
                guard let name else {
                    _ = try JSONCoder.decode(Anything.self, from: bytes)
                    return nil
                }
                guard let value = try JSONCoder.decode([String: Scalar].self, from: bytes)[name]?.text else {
                    throw FileFault("the object has no text or number called \(name)")
                }
                return Bytes(utf8: value)
            }
        } catch let fault as FileFault {
            throw fault
        } catch {
            throw FileFault("not JSON: \(error)")
        }
    }

    /// Any JSON value.
    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    /// The text of a JSON value that is no array, object or null.
    private struct Scalar: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let string = try? container.decode(String.self) {
                text = string
            } else if let integer = try? container.decode(Int64.self) {
                text = "\(integer)"
            } else if let number = try? container.decode(Double.self) {
                text = "\(number)"
            } else if let truth = try? container.decode(Bool.self) {
                text = "\(truth)"
            } else {
                text = nil
            }
        }
    }
}
