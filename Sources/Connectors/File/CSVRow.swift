import MillraceJSON
import KafkaProtocol

/// Rows of CSV as RFC 4180 has them.
enum CSVRow {
    /// The fields of a row. Throws `FileFault` for quotation marks in wrong places and for what is not UTF-8.
    static func fields(_ row: Bytes, separator: UInt8) throws -> [String] {
        let quote = UInt8(ascii: "\"")
        var fields: [String] = []
        var field: [UInt8] = []
        var index = 0
        while true {
            field.removeAll(keepingCapacity: true)
            if index < row.count, row[index] == quote {
                index += 1
                while true {
                    guard index < row.count else { throw FileFault("a quotation mark is not closed") }
                    if row[index] == quote {
                        guard index + 1 < row.count, row[index + 1] == quote else { break }
                        index += 1
                    }
                    field.append(row[index])
                    index += 1
                }
                index += 1
                guard index == row.count || row[index] == separator else {
                    throw FileFault("field \(fields.count + 1) goes on after its quotation mark")
                }
            } else {
                while index < row.count, row[index] != separator {
                    guard row[index] != quote else {
                        throw FileFault("field \(fields.count + 1) has a quotation mark and does not begin with one")
                    }
                    field.append(row[index])
                    index += 1
                }
            }
            guard let text = String(validating: field, as: UTF8.self) else {
                throw FileFault("field \(fields.count + 1) is not UTF-8")
            }
            fields.append(text)
            guard index < row.count else { return fields }
            index += 1
        }
    }

    /// A row as a JSON object whose members are named by the header, all of them texts.
    static func object(_ fields: [String], header: [String]) throws -> Bytes {
        guard fields.count == header.count else {
            throw FileFault("\(fields.count) fields, and \(header.count) names in the header")
        }
        return try JSONCoder.encode(Row(members: Array(zip(header, fields)))) { Bytes(copying: $0) }
    }

    private struct Row: Encodable {
        let members: [(name: String, value: String)]

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: FieldName.self)
            for member in members { try container.encode(member.value, forKey: FieldName(stringValue: member.name)) }
        }
    }
}

/// The name of a member that no type has.
struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
