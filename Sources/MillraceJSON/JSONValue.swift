public import KafkaProtocol

/// A JSON value of any kind, read (`init(parsing:)`) or to be written (`bytes`).
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// A number without point and exponent that fits.
    case integer(Int64)
    /// Another number; one that JSON cannot express is written as null.
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Members in the order of the text.
    case object([(String, JSONValue)])
    /// JSON text that is written as it is. Never comes of reading.
    case text(Bytes)

    /// The JSON text, in one line.
    public var bytes: Bytes {
        var writer = ByteWriter(capacity: 1024)
        write(into: &writer)
        return writer.finish()
    }

    /// Appends the JSON text.
    public func write(into writer: inout ByteWriter) {
        switch self {
        case .null: writer.write(utf8: "null")
        case .bool(let value): writer.write(utf8: value ? "true" : "false")
        case .integer(let value): writer.write(utf8: "\(value)")
        case .number(let value): writer.write(utf8: value.isFinite ? "\(value)" : "null")
        case .string(let text): Self.write(text, into: &writer)
        case .array(let values):
            writer.write(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { writer.write(UInt8(ascii: ",")) }
                value.write(into: &writer)
            }
            writer.write(UInt8(ascii: "]"))
        case .object(let members):
            writer.write(UInt8(ascii: "{"))
            for (index, (name, value)) in members.enumerated() {
                if index > 0 { writer.write(UInt8(ascii: ",")) }
                Self.write(name, into: &writer)
                writer.write(UInt8(ascii: ":"))
                value.write(into: &writer)
            }
            writer.write(UInt8(ascii: "}"))
        case .text(let bytes): writer.write(raw: bytes)
        }
    }

    private static func write(_ text: String, into writer: inout ByteWriter) {
        writer.write(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): writer.write(utf8: "\\\"")
            case UInt8(ascii: "\\"): writer.write(utf8: "\\\\")
            case 0x0a: writer.write(utf8: "\\n")
            case 0..<0x20:
                writer.write(utf8: "\\u00")
                for digit in [byte >> 4, byte & 15] { writer.write(digit < 10 ? digit + 48 : digit + 87) }
            default: writer.write(byte)
            }
        }
        writer.write(UInt8(ascii: "\""))
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByIntegerLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object with its members in this order.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }

    /// A whole number; one beyond 64 bits becomes the nearest.
    public static func count(_ value: some BinaryInteger) -> JSONValue { .integer(Int64(clamping: value)) }

    /// A string, or null.
    public static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// A whole number, or null.
    public static func optional(_ number: Int64?) -> JSONValue { number.map { .integer($0) } ?? .null }
}
