import MillraceJSON

/// What values of an underlying type mean.
public enum AvroLogicalType: Sendable, Hashable {
    /// A number in bytes or fixed: a big-endian two's complement integer, divided by ten to the power of `scale`.
    case decimal(precision: Int, scale: Int)
    /// A UUID as text, or in 16 fixed bytes.
    case uuid
    /// An int: days since 1970-01-01.
    case date
    /// An int: milliseconds since midnight.
    case timeMillis
    /// A long: microseconds since midnight.
    case timeMicros
    /// A long: milliseconds, microseconds or nanoseconds since 1970-01-01 00:00 UTC.
    case timestampMillis, timestampMicros, timestampNanos
    /// A long: the same for a time of day of which the time zone is not said.
    case localTimestampMillis, localTimestampMicros, localTimestampNanos
    /// 12 fixed bytes: months, days and milliseconds.
    case duration

    /// The logical type that attributes give to a kind of values, nil if there is none or it makes no sense.
    init?(properties: [(String, JSONValue)], of kind: AvroType.Kind) {
        let properties = JSONValue.object(properties)
        switch (properties["logicalType"]?.stringValue, kind) {
        case ("decimal", .bytes): self.init(decimal: properties, size: nil)
        case ("uuid", .string): self = .uuid
        case ("date", .int): self = .date
        case ("time-millis", .int): self = .timeMillis
        case ("time-micros", .long): self = .timeMicros
        case ("timestamp-millis", .long): self = .timestampMillis
        case ("timestamp-micros", .long): self = .timestampMicros
        case ("timestamp-nanos", .long): self = .timestampNanos
        case ("local-timestamp-millis", .long): self = .localTimestampMillis
        case ("local-timestamp-micros", .long): self = .localTimestampMicros
        case ("local-timestamp-nanos", .long): self = .localTimestampNanos
        default: return nil
        }
    }

    /// The logical type that attributes give to fixed bytes, nil if there is none or it makes no sense.
    init?(properties: [(String, JSONValue)], ofFixed size: Int) {
        let properties = JSONValue.object(properties)
        switch (properties["logicalType"]?.stringValue, size) {
        case ("decimal", _): self.init(decimal: properties, size: size)
        case ("uuid", 16): self = .uuid
        case ("duration", 12): self = .duration
        default: return nil
        }
    }

    private init?(decimal properties: JSONValue, size: Int?) {
        guard let precision = properties["precision"]?.integerValue.flatMap({ Int(exactly: $0) }), precision > 0 else { return nil }
        let scale: Int
        switch properties["scale"] {
        case nil: scale = 0
        case let value?:
            guard let written = value.integerValue.flatMap({ Int(exactly: $0) }), 0...precision ~= written else { return nil }
            scale = written
        }
        // So many digits fit for certain: log10(2) of the bits without the sign.
        if let size, Double(precision) > (Double(size) * 8 - 1) * 0.301_029_995_663_981_2 { return nil }
        self = .decimal(precision: precision, scale: scale)
    }
}
