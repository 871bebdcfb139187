import Avro
import Foundation
import MillraceJSON
import KafkaProtocol

/// What the Python packages fastavro and avro have done, made by `make-vectors.py`.
enum Vectors {
    static let all: JSONValue = {
        guard let url = Bundle.module.url(forResource: "Vectors", withExtension: "json"), let data = try? Data(contentsOf: url),
            let value = try? JSONValue(parsing: Bytes(data))
        else { return .null }
        return value
    }()

    static func cases(_ name: String) -> [JSONValue] { all[name]?.elements ?? [] }

    static func schema(_ value: JSONValue?) throws -> AvroSchema { try AvroSchema(json: value ?? .null) }

    static func bytes(_ value: JSONValue?) -> Bytes {
        let digits = Array((value?.stringValue ?? "").utf8)
        return Bytes(
            stride(from: 0, to: digits.count, by: 2).map {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
            })
    }

    /// A value as the script writes it: an object with the kind as its only key, but for null and Booleans.
    static func value(_ json: JSONValue?) throws -> AvroValue {
        switch json {
        case .null?: return .null
        case .bool(let value)?: return .boolean(value)
        default: break
        }
        guard let (kind, content) = json?.members?.first else { throw Unknown(json: json) }
        let name = json?["name"]?.stringValue ?? ""
        switch kind {
        case "int": return .int(Int32(content.integerValue ?? 0))
        case "long": return .long(content.integerValue ?? 0)
        case "float": return .float(Float(bitPattern: UInt32(content.integerValue ?? 0)))
        case "double": return .double(Double(bitPattern: UInt64(content.stringValue ?? "", radix: 16) ?? 0))
        case "bytes": return .bytes(bytes(content))
        case "string": return .string(content.stringValue ?? "")
        case "fixed": return .fixed(bytes(content), name: name)
        case "enum": return .enumeration(content.stringValue ?? "", name: name)
        case "array": return .array(try (content.elements ?? []).map { try value($0) })
        case "map":
            return .map(try Dictionary(uniqueKeysWithValues: (content.members ?? []).map { ($0.0, try value($0.1)) }))
        case "record":
            let fields = try (json?["fields"]?.elements ?? []).map { ($0.elements?[0].stringValue ?? "", try value($0.elements?[1])) }
            return .record(AvroRecord(content.stringValue ?? "", fields))
        default: throw Unknown(json: json)
        }
    }

    struct Unknown: Error {
        let json: JSONValue?
    }
}
