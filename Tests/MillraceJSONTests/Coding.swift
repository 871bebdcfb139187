import Foundation
import MillraceJSON

/// Reads a value by the coder under test.
func read<T: Decodable>(_ type: T.Type = T.self, _ text: String) throws -> T {
    try read(type, bytes: Array(text.utf8))
}

func read<T: Decodable>(_ type: T.Type = T.self, bytes: [UInt8]) throws -> T {
    try bytes.withUnsafeBytes { try JSONCoder.decode(type, from: $0) }
}

/// The text that the coder under test writes.
func write<T: Encodable>(_ value: T) throws -> String {
    try JSONCoder.encode(value) { String(decoding: $0, as: UTF8.self) }
}

/// Reads and writes a value by Foundation.
func foundationRead<T: Decodable>(_ type: T.Type = T.self, _ text: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(text.utf8))
}

func foundationWrite<T: Encodable>(_ value: T) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// The reason for which a text is not JSON, nil if it is.
func refusal(_ bytes: [UInt8]) -> JSONSyntaxError.Reason? {
    do {
        _ = try read(AnyJSON.self, bytes: bytes)
        return nil
    } catch {
        return (error as? JSONSyntaxError)?.reason
    }
}

func refusal(_ text: String) -> JSONSyntaxError.Reason? { refusal(Array(text.utf8)) }

/// Any JSON value, for texts of which the form does not matter.
enum AnyJSON: Codable, Equatable {
    case null, bool(Bool), integer(Int64), number(Double), string(String), array([AnyJSON]), object([String: AnyJSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([AnyJSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: AnyJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

/// Random numbers that are the same in each run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
