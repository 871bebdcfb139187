import Foundation
import MillraceHTTP
import MillraceJSON
import KafkaProtocol

/// How keys and values of stores are written in paths and JSON: as `broker consume` writes those of topics.
enum KeyText: String, Sendable, CaseIterable {
    /// UTF-8 text.
    case string
    /// Numbers, big-endian as Kafka's serializers write them.
    case int32, int64, double
    /// JSON text, shown as JSON.
    case json
    /// Any bytes.
    case base64

    /// The form for values of a Swift type, by its name; for types that are not known here text, or base64 where it is none.
    init(type: String?) {
        self =
            switch type {
            case "Int32": .int32
            case "Int64", "Int": .int64
            case "Double": .double
            default: .string
            }
    }

    /// The form that a request names in the query's parameter `name`, else the one for `type`. Throws 400.
    init(_ request: HTTPRequest, _ name: String, type: String?) throws(HTTPFault) {
        guard let text = request.query(name) else {
            self.init(type: type)
            return
        }
        guard let form = KeyText(rawValue: text) else {
            let known = KeyText.allCases.map(\.rawValue).joined(separator: ", ")
            throw HTTPFault(400, "\(name) is one of \(known), not \(text)")
        }
        self = form
    }

    /// The bytes of what stands in a path. Throws 400.
    func bytes(of text: String) throws(HTTPFault) -> Bytes {
        var writer = ByteWriter(capacity: 8)
        switch self {
        case .string, .json: return Bytes(utf8: text)
        case .base64:
            guard let data = Data(base64Encoded: text) else { throw HTTPFault(400, "the key is no base64") }
            return Bytes(data)
        case .int32:
            guard let number = Int32(text) else { throw HTTPFault(400, "the key is no number of 4 bytes") }
            writer.write(number)
        case .int64:
            guard let number = Int64(text) else { throw HTTPFault(400, "the key is no number of 8 bytes") }
            writer.write(number)
        case .double:
            guard let number = Double(text) else { throw HTTPFault(400, "the key is no number") }
            writer.write(number)
        }
        return writer.finish()
    }

    /// Bytes as a JSON value. What they are not is written as base64, so that nothing is lost.
    func json(_ bytes: Bytes) -> JSONValue {
        var reader = ByteReader(bytes)
        switch self {
        case .string:
            if let text = String(validating: bytes.array, as: UTF8.self) { return .string(text) }
        case .int32: if bytes.count == 4, let number = try? reader.read(Int32.self) { return .count(number) }
        case .int64: if bytes.count == 8, let number = try? reader.read(Int64.self) { return .integer(number) }
        case .double:
            if bytes.count == 8, let bits = try? reader.read(UInt64.self) { return .number(Double(bitPattern: bits)) }
        case .json:
            if (try? JSONSerialization.jsonObject(with: Data(bytes.array), options: .fragmentsAllowed)) != nil { return .text(bytes) }
        case .base64: break
        }
        return .object([("base64", .string(Data(bytes.array).base64EncodedString()))])
    }
}
