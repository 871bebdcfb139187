/// A duration, a size or a setting that cannot be read, in words for the user.
public struct ValueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the value.
    public let description: String

    /// An error with this message.
    public init(_ description: String) { self.description = description }
}

extension Duration {
    /// Reads `500us`, `500ms`, `20s`, `5m`, `12h`, `7d`, `1.5s` or parts in sequence such as `1h30m`. A unit is
    /// required, except for `0`. Throws `ValueError`.
    public init(parsing text: String) throws {
        let examples = "such as 500ms, 20s, 5m, 1h30m or 7d"
        guard text != "0" else {
            self = .zero
            return
        }
        var rest = text.utf8[...]
        var nanoseconds: Int64 = 0
        guard !rest.isEmpty else { throw ValueError("a duration is expected, \(examples)") }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !($0.isDigit || $0 == UInt8(ascii: ".")) }
            rest = rest[unit.endIndex...]
            guard let decimal = Decimal9(number) else {
                throw ValueError("\"\(text)\" is not a duration \(examples)")
            }
            let scale: Int64
            switch String(Substring(unit)) {
            case "us": scale = 1_000
            case "ms": scale = 1_000_000
            case "s": scale = 1_000_000_000
            case "m", "min": scale = 60_000_000_000
            case "h": scale = 3_600_000_000_000
            case "d": scale = 86_400_000_000_000
            case "": throw ValueError("\"\(text)\" has no unit: a duration is written \(examples)")
            case let unknown:
                throw ValueError("\"\(unknown)\" in \"\(text)\" is not a unit of time (us, ms, s, m, h, d)")
            }
            guard let part = decimal.scaled(by: scale) else { throw ValueError("\"\(text)\" is too long a duration") }
            let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
            guard !overflow else { throw ValueError("\"\(text)\" is too long a duration") }
            nanoseconds = sum
        }
        self = .nanoseconds(nanoseconds)
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}

/// A decimal number with up to nine places.
struct Decimal9 {
    var whole: Int64
    var billionths: Int64

    init?(_ digits: Substring.UTF8View) {
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let whole = Int64(Substring(first)) else { return nil }
        self.whole = whole
        self.billionths = 0
        guard parts.count == 2 else { return }
        let places = parts[1]
        guard !places.isEmpty, places.count <= 9, var value = Int64(Substring(places)) else { return nil }
        for _ in places.count..<9 { value *= 10 }
        billionths = value
    }

    /// The number times `scale`, cut to a whole number; nil if it does not fit.
    func scaled(by scale: Int64) -> Int64? {
        let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
        let fraction = billionths.multipliedFullWidth(by: scale)
        let small = Int64(1_000_000_000).dividingFullWidth(fraction).quotient
        let (sum, more) = product.addingReportingOverflow(small)
        return overflow || more ? nil : sum
    }
}
