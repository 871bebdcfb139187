internal import Foundation
public import KafkaProtocol

/// A record as a line of JSON says it, in the form that `RecordPrinter` writes; what is left out is the sender's to say.
public struct RecordLine: Sendable, Equatable {
    /// The partition; nil for that of the key.
    public var partition: Int32?
    /// Milliseconds since 1970; nil for now.
    public var timestamp: Int64?
    /// The headers.
    public var headers: [RecordHeader] = []
    /// The key; nil for none.
    public var key: Bytes?
    /// The value; nil for none.
    public var value: Bytes?

    /// A record with this key and value.
    public init(key: Bytes?, value: Bytes?) {
        self.key = key
        self.value = value
    }

    /// Reads a line; topic and offset in it are passed over. Throws `ValueError`.
    public init(parsing line: String, keyFormat: RecordFormat, valueFormat: RecordFormat) throws {
        let fields = try JSONObjectFields.parse(line)
        func decode<T: Decodable>(_ name: String) throws -> T? {
            guard let text = fields[name], text != "null" else { return nil }
            guard let value = try? JSONDecoder().decode(T.self, from: Data(text.utf8)) else {
                throw ValueError("the \(name) is not as expected")
            }
            return value
        }
        partition = try decode("partition")
        timestamp = try decode("timestamp")
        if let partition, partition < 0 { throw ValueError("there is no partition \(partition)") }
        if let timestamp, timestamp < 0 { throw ValueError("the timestamp \(timestamp) is before 1970") }
        headers = try ((try decode("headers") as [[String?]]?) ?? []).map { pair in
            guard pair.count == 2, let name = pair[0] else { throw ValueError("headers are written as [[\"name\",\"value\"]]") }
            return RecordHeader(key: name, value: pair[1].map { Bytes(utf8: $0) })
        }
        do { key = try fields["key"].flatMap { try keyFormat.bytes(ofJSON: $0) } } catch { throw ValueError("key: \(error)") }
        do { value = try fields["value"].flatMap { try valueFormat.bytes(ofJSON: $0) } } catch {
            throw ValueError("value: \(error)")
        }
    }
}

/// The fields of a JSON object with their values as they are written, so that JSON values stay what they are.
enum JSONObjectFields {
    /// Throws `ValueError` for what is no object.
    static func parse(_ line: String) throws -> [String: Substring] {
        var compact = ByteWriter()
        try Bytes(utf8: line).withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws in try compact.writeCompactJSON(buffer) }
        let text = compact.finish().string
        guard text.utf8.first == UInt8(ascii: "{") else { throw ValueError("the line is no JSON object") }
        var fields: [String: Substring] = [:]
        var rest = text.dropFirst().dropLast()
        while !rest.isEmpty {
            let name = take(&rest)
            // A colon; the text is known to be JSON.
            rest = rest.dropFirst()
            let key = try JSONDecoder().decode(String.self, from: Data(name.utf8))
            fields[key] = take(&rest)
            rest = rest.dropFirst()
        }
        return fields
    }

    /// Takes a value off the front.
    private static func take(_ rest: inout Substring) -> Substring {
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        var end = rest.utf8.startIndex
        while end < rest.utf8.endIndex {
            let byte = rest.utf8[end]
            if isQuoted {
                isQuoted = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            } else if depth == 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":") {
                break
            }
            end = rest.utf8.index(after: end)
        }
        defer { rest = rest[end...] }
        return rest[..<end]
    }
}
