public import KafkaProtocol

/// How the bytes of a key or a value are shown: `string`, `int32`, `int64`, `double`, `json`, `base64`,
/// `windowed:F:SIZE_MS` or `session:F` with another format as F.
///
/// Numbers are big-endian, as Kafka's serializers write them. A windowed key is the inner key's bytes and 8 bytes of
/// window start; a session key is the inner key's bytes, 8 bytes of session end and 8 bytes of session start.
public indirect enum RecordFormat: Sendable, Equatable {
    /// UTF-8 text.
    case string
    /// A 4-byte integer.
    case int32
    /// An 8-byte integer.
    case int64
    /// An 8-byte IEEE 754 number.
    case double
    /// JSON text, shown as JSON, not as a string.
    case json
    /// Any bytes, as base64.
    case base64
    /// A key in a window of fixed size in milliseconds.
    case windowed(RecordFormat, sizeMilliseconds: Int64)
    /// A key in a session.
    case session(RecordFormat)

    /// Reads the notation above. Throws `ValueError`.
    public init(parsing text: String) throws {
        try self.init(parsing: text[...], whole: text, depth: 0)
    }

    private init(parsing text: Substring, whole: String, depth: Int) throws {
        func refuse(_ why: String) -> ValueError { ValueError("\"\(whole)\" is not a format: \(why)") }
        guard depth < 4 else { throw refuse("windows are nested too deep") }
        switch text {
        case "string": self = .string
        case "int32": self = .int32
        case "int64": self = .int64
        case "double": self = .double
        case "json": self = .json
        case "base64": self = .base64
        default:
            if text.hasPrefix("session:") {
                self = .session(try RecordFormat(parsing: text.dropFirst(8), whole: whole, depth: depth + 1))
            } else if text.hasPrefix("windowed:") {
                let rest = text.dropFirst(9)
                guard let colon = rest.lastIndex(of: ":"), let size = Int64(rest[rest.index(after: colon)...]), size > 0
                else { throw refuse("it must be windowed:FORMAT:SIZE_MS, the window's size in whole milliseconds") }
                self = .windowed(
                    try RecordFormat(parsing: rest[..<colon], whole: whole, depth: depth + 1), sizeMilliseconds: size)
            } else {
                throw refuse(
                    "it must be string, int32, int64, double, json, base64, windowed:FORMAT:SIZE_MS or session:FORMAT")
            }
        }
    }
}

extension RecordFormat: CustomStringConvertible {
    /// The notation that `init(parsing:)` reads.
    public var description: String {
        switch self {
        case .string: "string"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "double"
        case .json: "json"
        case .base64: "base64"
        case .windowed(let inner, let size): "windowed:\(inner):\(size)"
        case .session(let inner): "session:\(inner)"
        }
    }
}

extension RecordFormat {
    /// Appends `bytes` as one JSON value; null for nil. Throws `ValueError` for bytes that do not fit the format; the
    /// writer then holds a part of the value.
    public func writeJSON(_ bytes: Bytes?, into writer: inout ByteWriter) throws {
        guard let bytes else {
            writer.write(utf8: "null")
            return
        }
        switch self {
        case .string:
            bytes.withUnsafeBytes { writer.writeJSONString($0) }
        case .int32:
            writer.write(decimal: Int64(try number(bytes, as: Int32.self)))
        case .int64:
            writer.write(decimal: try number(bytes, as: Int64.self))
        case .double:
            let value = Double(bitPattern: try number(bytes, as: UInt64.self))
            // JSON has no words for these.
            writer.write(utf8: value.isFinite ? "\(value)" : "\"\(Self.name(ofInfinite: value))\"")
        case .json:
            try bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws in
                try writer.writeCompactJSON(buffer)
            }
        case .base64:
            writer.write(UInt8(ascii: "\""))
            bytes.withUnsafeBytes { writer.writeBase64($0) }
            writer.write(UInt8(ascii: "\""))
        case .windowed, .session:
            let (format, key, start, end) = try window(bytes)
            writer.write(utf8: "{\"key\":")
            try format.writeJSON(key, into: &writer)
            writer.write(utf8: ",\"windowStart\":")
            writer.write(decimal: start)
            writer.write(utf8: ",\"windowEnd\":")
            writer.write(decimal: end)
            writer.write(UInt8(ascii: "}"))
        }
    }

    /// Appends `bytes` as plain text: strings and JSON as they are, a windowed key as `[key@start/end]`, `null` for nil.
    /// Throws `ValueError` as `writeJSON` does.
    public func writeText(_ bytes: Bytes?, into writer: inout ByteWriter) throws {
        guard let bytes else {
            writer.write(utf8: "null")
            return
        }
        switch self {
        case .string:
            writer.write(raw: bytes)
        case .base64:
            bytes.withUnsafeBytes { writer.writeBase64($0) }
        case .double:
            let value = Double(bitPattern: try number(bytes, as: UInt64.self))
            writer.write(utf8: value.isFinite ? "\(value)" : Self.name(ofInfinite: value))
        case .int32, .int64, .json:
            try writeJSON(bytes, into: &writer)
        case .windowed, .session:
            let (format, key, start, end) = try window(bytes)
            writer.write(UInt8(ascii: "["))
            try format.writeText(key, into: &writer)
            writer.write(UInt8(ascii: "@"))
            writer.write(decimal: start)
            writer.write(UInt8(ascii: "/"))
            writer.write(decimal: end)
            writer.write(UInt8(ascii: "]"))
        }
    }

    private static func name(ofInfinite value: Double) -> String {
        value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }

    private func number<I: FixedWidthInteger>(_ bytes: Bytes, as type: I.Type) throws -> I {
        guard bytes.count == MemoryLayout<I>.size else {
            throw ValueError("\(self) takes \(MemoryLayout<I>.size) bytes, here are \(bytes.count)")
        }
        var reader = ByteReader(bytes)
        return try reader.read(I.self)
    }

    private func window(_ bytes: Bytes) throws -> (format: RecordFormat, key: Bytes, start: Int64, end: Int64) {
        switch self {
        case .windowed(let inner, let size):
            let key = try head(of: bytes, before: 8)
            var reader = ByteReader(bytes[key.count..<bytes.count])
            let start = try reader.read(Int64.self)
            let (end, overflow) = start.addingReportingOverflow(size)
            return (inner, key, start, overflow ? .max : end)
        case .session(let inner):
            let key = try head(of: bytes, before: 16)
            var reader = ByteReader(bytes[key.count..<bytes.count])
            let end = try reader.read(Int64.self)
            return (inner, key, try reader.read(Int64.self), end)
        default:
            return (self, bytes, 0, 0)
        }
    }

    private func head(of bytes: Bytes, before tail: Int) throws -> Bytes {
        guard bytes.count >= tail else {
            throw ValueError("\(self) takes at least \(tail) bytes, here are \(bytes.count)")
        }
        return bytes[0..<bytes.count - tail]
    }
}
