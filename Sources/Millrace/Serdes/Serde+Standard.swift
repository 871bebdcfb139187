public import Foundation
public import KafkaProtocol

extension Serde where Value == Bytes {
    /// The bytes as they are, without a copy.
    public static var bytes: Serde<Bytes> {
        Serde(encode: { $1.write(raw: $0) }, decode: { $0 }, detach: { $0.detached() })
    }
}

extension Serde where Value == String {
    /// UTF-8 text. Invalid UTF-8 is undecodable.
    public static var string: Serde<String> {
        Serde(
            encode: { $1.write(utf8: $0) },
            decode: { bytes in
                let text = bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
                guard let text else { throw SerdeError("not valid UTF-8") }
                return text
            })
    }
}

extension Serde where Value == Int32 {
    /// Four bytes, big-endian: Kafka's `IntegerSerializer`.
    public static var int32: Serde<Int32> {
        Serde(encode: { $1.write($0) }, decode: { try fixed($0, 4) { try $0.read(Int32.self) } })
    }
}

extension Serde where Value == Int64 {
    /// Eight bytes, big-endian: Kafka's `LongSerializer`.
    public static var int64: Serde<Int64> {
        Serde(encode: { $1.write($0) }, decode: { try fixed($0, 8) { try $0.read(Int64.self) } })
    }
}

extension Serde where Value == Double {
    /// Eight bytes, IEEE 754 big-endian: Kafka's `DoubleSerializer`.
    public static var double: Serde<Double> {
        Serde(encode: { $1.write($0) }, decode: { try fixed($0, 8) { try $0.readDouble() } })
    }
}

extension Serde where Value == UUID {
    /// The UUID's 36-character text in lower case: Kafka's `UUIDSerializer`.
    public static var uuid: Serde<UUID> {
        Serde(
            encode: { $1.write(utf8: $0.uuidString.lowercased()) },
            decode: { bytes in
                guard let uuid = UUID(uuidString: bytes.string) else { throw SerdeError("not a UUID: '\(bytes)'") }
                return uuid
            })
    }
}

/// Checks the length before the read, so that the message says both.
private func fixed<R>(_ bytes: Bytes, _ size: Int, _ body: (inout ByteReader) throws -> R) throws -> R {
    guard bytes.count == size else { throw SerdeError("\(size) bytes expected, \(bytes.count) found") }
    var reader = ByteReader(bytes)
    return try body(&reader)
}

extension Bytes: DefaultSerde {
    public static var defaultSerde: Serde<Bytes> { .bytes }
}
extension String: DefaultSerde {
    public static var defaultSerde: Serde<String> { .string }
}
extension Int32: DefaultSerde {
    public static var defaultSerde: Serde<Int32> { .int32 }
}
extension Int64: DefaultSerde {
    public static var defaultSerde: Serde<Int64> { .int64 }
}
extension Double: DefaultSerde {
    public static var defaultSerde: Serde<Double> { .double }
}
extension UUID: DefaultSerde {
    public static var defaultSerde: Serde<UUID> { .uuid }
}
