import Foundation
import KafkaProtocol

/// A line of a vector file: a JSON object.
struct Vector {
    let fields: [String: Any]
    /// File and line, for messages.
    let place: String

    subscript(_ name: String) -> Any? { fields[name] }

    func string(_ name: String) throws -> String { try require(fields[name] as? String, name) }
    func int(_ name: String) throws -> Int64 { try require((fields[name] as? NSNumber)?.int64Value, name) }
    func object(_ name: String) throws -> [String: Any] { try require(fields[name] as? [String: Any], name) }
    func bytes(_ name: String = "hex") throws -> Bytes { try require(Bytes(hex: string(name)), name) }

    private func require<T>(_ value: T?, _ name: String) throws -> T {
        guard let value else { throw VectorError(description: "\(place): no \(name)") }
        return value
    }

    /// The lines of a file below `Vectors`.
    static func load(_ file: String) throws -> [Vector] {
        let url = Bundle.module.bundleURL.appending(path: "Vectors/\(file)")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        return try lines.enumerated().map { index, line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            guard let fields = object as? [String: Any] else { throw VectorError(description: "\(file): no object") }
            return Vector(fields: fields, place: "\(file):\(index + 1)")
        }
    }

    /// The message vectors, a file for each API.
    static let messageFiles: [String] = APIKey.all.map { "messages/\($0.name).jsonl" }
}

struct VectorError: Error, CustomStringConvertible {
    let description: String
}

extension Bytes {
    /// The bytes of hexadecimal digits, nil for anything else.
    init?(hex: String) {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        let values = digits.compactMap { $0 }
        self.init(stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) })
    }
}
