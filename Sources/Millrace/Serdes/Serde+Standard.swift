public import Foundation
public import KafkaProtocol

extension Serde where Value == Bytes {
    /// The bytes as they are, without a copy.
    public static var bytes: Serde<Bytes> {
        Serde(raw: { $1.write(raw: $0) }, decode: { $0 }, detach: { $0.detached() })
    }
}

extension Serde where Value == String {
    /// UTF-8 text. Invalid UTF-8 is undecodable.
    public static var string: Serde<String> {
        Serde(
            .utf8, encode: { $1.write(utf8: $0) },
            decodeInPlace: { bytes in
                guard let text = String(validating: bytes, as: UTF8.self) else { throw SerdeError("not valid UTF-8") }
                return text
            })
    }
}

extension Serde where Value == Int32 {
    /// Four bytes, big-endian: Kafka's `IntegerSerializer`.
    public static var int32: Serde<Int32> {
        Serde(.bigEndian, encode: { $1.write($0) }, decodeInPlace: { try bigEndian($0) })
    }
}

extension Serde where Value == Int64 {
    /// Eight bytes, big-endian: Kafka's `LongSerializer`.
    public static var int64: Serde<Int64> {
        Serde(.bigEndian, encode: { $1.write($0) }, decodeInPlace: { try bigEndian($0) })
    }
}

extension Serde where Value == Double {
    /// Eight bytes, IEEE 754 big-endian: Kafka's `DoubleSerializer`.
    public static var double: Serde<Double> {
        Serde(.bigEndian, encode: { $1.write($0) }, decodeInPlace: { Double(bitPattern: try bigEndian($0)) })
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

/// The integer that the bytes are. Throws if they are too few or too many.
private func bigEndian<I: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer) throws -> I {
    guard bytes.count == MemoryLayout<I>.size else {
        throw SerdeError("\(MemoryLayout<I>.size) bytes expected, \(bytes.count) found")
    }
    return I(bigEndian: bytes.loadUnaligned(as: I.self))
}

extension Bytes: DefaultSerde {
    /// The serde `.bytes`.
    public static var defaultSerde: Serde<Bytes> { .bytes }
}
extension String: DefaultSerde {
    /// The serde `.string`.
    public static var defaultSerde: Serde<String> { .string }
}
extension Int32: DefaultSerde {
    /// The serde `.int32`.
    public static var defaultSerde: Serde<Int32> { .int32 }
}
extension Int64: DefaultSerde {
    /// The serde `.int64`.
    public static var defaultSerde: Serde<Int64> { .int64 }
}
extension Double: DefaultSerde {
    /// The serde `.double`.
    public static var defaultSerde: Serde<Double> { .double }
}
extension UUID: DefaultSerde {
    /// The serde `.uuid`.
    public static var defaultSerde: Serde<UUID> { .uuid }
}
