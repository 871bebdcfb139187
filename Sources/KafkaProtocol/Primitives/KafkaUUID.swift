/// A UUID of 16 bytes as Kafka uses for topics and log directories.
public struct KafkaUUID: Hashable, Sendable {
    /// The first 8 bytes as a big-endian number.
    public let high: UInt64
    /// The last 8 bytes as a big-endian number.
    public let low: UInt64

    /// All zeros: "none".
    public static let zero = KafkaUUID(high: 0, low: 0)

    /// A UUID of two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A random UUID of version 4 drawn from `generator`.
    public static func random(using generator: inout some RandomNumberGenerator) -> KafkaUUID {
        let high = UInt64.random(in: .min ... .max, using: &generator)
        let low = UInt64.random(in: .min ... .max, using: &generator)
        return KafkaUUID(high: high & ~0xf000 | 0x4000, low: low & ~(3 << 62) | 2 << 62)
    }

    /// A UUID from Kafka's text form, 22 digits of URL-safe base 64; nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 22 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, character) in text.utf8.enumerated() {
            guard let digit = Self.digits.firstIndex(of: character).map(UInt64.init) else { return nil }
            if index == 21 {
                // The last digit carries 2 bits, the other 4 are padding.
                guard digit & 15 == 0 else { return nil }
                high = high << 2 | low >> 62
                low = low << 2 | digit >> 4
            } else {
                high = high << 6 | low >> 58
                low = low << 6 | digit
            }
        }
        self.init(high: high, low: low)
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}

extension KafkaUUID: CustomStringConvertible {
    /// Kafka's text form: URL-safe base 64 without padding.
    public var description: String {
        var text: [UInt8] = []
        for index in 0..<21 {
            let shift = 122 - 6 * index
            // Swift's shifts by more than the width, or by a negative amount, give 0 or shift the other way.
            let bits = high >> (shift - 64) | (shift < 64 ? low >> shift : 0)
            text.append(Self.digits[Int(bits & 63)])
        }
        text.append(Self.digits[Int(low << 4 & 63)])
        return String(decoding: text, as: UTF8.self)
    }
}
