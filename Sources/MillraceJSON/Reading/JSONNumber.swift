/// The text of a number that the scanner has passed.
struct JSONNumber {
    private let text: UnsafeBufferPointer<UInt8>
    /// There are only digits and a sign.
    private let isPlain: Bool

    init(_ text: UnsafeBufferPointer<UInt8>, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }

    private var isNegative: Bool { text.first == UInt8(ascii: "-") }

    /// The number as an integer, nil if it is none or out of range.
    func integer<I: FixedWidthInteger>(as type: I.Type) -> I? {
        let first = isNegative ? 1 : 0
        // 18 digits fit an Int64 in any case.
        if isPlain, text.count - first <= 18 {
            var magnitude: Int64 = 0
            for index in first..<text.count { magnitude = magnitude &* 10 &+ Int64(text[index] &- UInt8(ascii: "0")) }
            return I(exactly: isNegative ? 0 &- magnitude : magnitude)
        }
        if isPlain { return I(String(decoding: text, as: UTF8.self)) }
        return integerOfDecimal(as: type)
    }

    /// The same for numbers with a point or an exponent, without the detour of a `Double`.
    private func integerOfDecimal<I: FixedWidthInteger>(as type: I.Type) -> I? {
        var digits: [UInt8] = []
        var (exponent, isFraction, isExponent, isDown) = (0, false, false, false)
        var written = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isExponent = true
            case UInt8(ascii: "-") where isExponent: isDown = true
            case UInt8(ascii: "-"), UInt8(ascii: "+"): break
            case _ where isExponent: written = min(written * 10 + Int(byte - UInt8(ascii: "0")), Int(Int32.max))
            default:
                digits.append(byte)
                if isFraction { exponent -= 1 }
            }
        }
        exponent += isDown ? -written : written
        while let last = digits.last, last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty { return 0 }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        // No integer type of the standard library has more than 39 digits.
        guard exponent >= 0, significant.count + exponent <= 40 else { return nil }
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: exponent)
        return I((isNegative ? "-" : "") + String(decoding: significant + zeros, as: UTF8.self))
    }

    /// The nearest number of double precision, infinite where there is none.
    var double: Double {
        if let value = shortDouble { return value }
        return Double(String(decoding: text, as: UTF8.self)) ?? .infinity
    }

    /// The number where its digits are an integer below 2^53 and its power of ten is one that a `Double` has exactly: then one
    /// multiplication or division rounds as it must.
    private var shortDouble: Double? {
        var digits: UInt64 = 0
        var (exponent, index) = (0, isNegative ? 1 : 0)
        // 19 digits fit.
        guard text.count <= 20 else { return nil }
        var isFraction = false
        loop: while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): break loop
            default:
                digits = digits &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                if isFraction { exponent -= 1 }
            }
            index += 1
        }
        guard digits <= 1 << 53 else { return nil }
        if index < text.count {
            var (written, isDown) = (0, false)
            for byte in text[(index + 1)...] {
                switch byte {
                case UInt8(ascii: "-"): isDown = true
                case UInt8(ascii: "+"): break
                default: written = min(written * 10 + Int(byte &- UInt8(ascii: "0")), 1000)
                }
            }
            exponent += isDown ? -written : written
        }
        guard abs(exponent) <= 22 else { return nil }
        let magnitude = Double(digits)
        let value = exponent < 0 ? magnitude / Self.powersOfTen[-exponent] : magnitude * Self.powersOfTen[exponent]
        return isNegative ? -value : value
    }

    /// The powers of ten that a `Double` has exactly.
    static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
