public import KafkaProtocol

/// A value of any schema, without a Swift type of its own.
///
/// Logical types are as they are written: a timestamp is a `long`, a decimal is `bytes`. A value of a union is that of its branch; in
/// writing the branch is chosen by the kind of the value, and by its name where there are several of the kind. A member of a `Codable` type may
/// be an `AvroValue`.
public indirect enum AvroValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    case bytes(Bytes)
    case string(String)
    /// Bytes of a fixed type. Its full name matters where a union has several.
    case fixed(Bytes, name: String = "")
    /// A symbol of an enum. Its full name matters where a union has several.
    case enumeration(String, name: String = "")
    case array([AvroValue])
    case map([String: AvroValue])
    case record(AvroRecord)

    /// The value of a record's field or of a map's key; nil if there is none, or this is neither.
    public subscript(name: String) -> AvroValue? {
        switch self {
        case .record(let record): record[name]
        case .map(let values): values[name]
        default: nil
        }
    }

    /// An int or long; nil for others.
    public var integerValue: Int64? {
        switch self {
        case .int(let value): Int64(value)
        case .long(let value): value
        default: nil
        }
    }

    /// A float or double; nil for others.
    public var doubleValue: Double? {
        switch self {
        case .float(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The text of a string or the symbol of an enum; nil for others.
    public var stringValue: String? {
        switch self {
        case .string(let text), .enumeration(let text, _): text
        default: nil
        }
    }

    /// Whether it is null.
    public var isNull: Bool { self == .null }
}

extension AvroValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral {
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// Null.
    public init(nilLiteral: ()) { self = .null }
    /// An array.
    public init(arrayLiteral elements: AvroValue...) { self = .array(elements) }
}

extension AvroValue: Codable {
    /// For Avro's reader alone, which does not come here: other decoders do not say what there is.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.typeMismatch(
            AvroValue.self, .init(codingPath: decoder.codingPath, debugDescription: "an AvroValue is read by AvroReader only"))
    }

    /// For Avro's writer alone, which does not come here.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self, .init(codingPath: encoder.codingPath, debugDescription: "an AvroValue is written by AvroWriter only"))
    }
}
