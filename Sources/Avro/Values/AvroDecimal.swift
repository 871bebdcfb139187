import KafkaProtocol

/// A decimal number: a whole number divided by ten to the power of `scale`. A value of Avro's logical type `decimal`, for which `Decimal`
/// of Foundation may stand as well.
///
/// As a member of a `Codable` type it is read and written by Avro's reader and writer only.
public struct AvroDecimal: Sendable, Hashable, Codable {
    /// The digits.
    public let unscaled: Int128
    /// How many of them are behind the point.
    public let scale: Int

    /// The number `unscaled` divided by ten to the power of `scale`.
    public init(unscaled: Int128, scale: Int) {
        self.unscaled = unscaled
        self.scale = scale
    }

    /// The number of big-endian bytes in two's complement; nil if they do not fit 128 bits.
    init?(bytes: UnsafeRawBufferPointer, scale: Int) {
        let sign: UInt8 = bytes.first ?? 0 >= 0x80 ? 0xff : 0
        let extra = max(0, bytes.count - 16)
        guard bytes[..<extra].allSatisfy({ $0 == sign }) else { return nil }
        if extra > 0, (bytes[extra] >= 0x80) != (sign == 0xff) { return nil }
        var value = sign == 0 ? 0 : -1 as Int128
        for byte in bytes[extra...] { value = value << 8 | Int128(byte) }
        self.init(unscaled: value, scale: scale)
    }

    /// The same number with another scale; nil if it has digits that the scale has no place for, or does not fit.
    public func rescaled(to scale: Int) -> AvroDecimal? {
        var value = unscaled
        guard scale.saturatingSubtract(self.scale).magnitude <= 64 else { return value == 0 ? AvroDecimal(unscaled: 0, scale: scale) : nil }
        for _ in self.scale..<max(scale, self.scale) {
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            if overflows { return nil }
            value = product
        }
        for _ in scale..<max(scale, self.scale) {
            guard value % 10 == 0 else { return nil }
            value /= 10
        }
        return AvroDecimal(unscaled: value, scale: scale)
    }

    /// The fewest big-endian bytes of the number in two's complement.
    var bytes: [UInt8] {
        var bytes = (0..<16).map { UInt8(truncatingIfNeeded: unscaled >> (120 - 8 * Int128($0))) }
        while bytes.count > 1, bytes[0] == 0 && bytes[1] < 0x80 || bytes[0] == 0xff && bytes[1] >= 0x80 { bytes.removeFirst() }
        return bytes
    }
}

extension AvroDecimal: CustomStringConvertible {
    /// The number with a point, all its digits and no exponent.
    public var description: String {
        let digits = String(unscaled.magnitude)
        let sign = unscaled < 0 ? "-" : ""
        guard scale > 0 else { return sign + digits + String(repeating: "0", count: unscaled == 0 ? 0 : Int(min(scale.magnitude, 1000))) }
        let padded = String(repeating: "0", count: max(0, min(scale, 1000) + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }
}
