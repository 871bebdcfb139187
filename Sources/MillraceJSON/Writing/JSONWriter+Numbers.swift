import Foundation

extension JSONWriter {
    func write(_ value: Bool) { append(value ? "true" : "false") }

    func writeNull() { append("null") }

    /// An integer in digits.
    @inline(__always)
    func write<I: FixedWidthInteger>(_ value: I) {
        if I.bitWidth > 64 { return write(digits: value.description) }
        if value < 0 { append(UInt8(ascii: "-")) }
        write(magnitude: UInt64(truncatingIfNeeded: value.magnitude))
    }

    private func write(magnitude: UInt64) {
        append(upTo: 20) { output in
            var (number, power) = (1, 10 as UInt64)
            while number < 20, magnitude >= power {
                number += 1
                let (next, overflows) = power.multipliedReportingOverflow(by: 10)
                if overflows { break }
                power = next
            }
            Self.write(magnitude, digits: number, to: output)
            return number
        }
    }

    /// So many digits, the first ones zeros if there are fewer.
    @inline(__always)
    private static func write(_ value: UInt64, digits: Int, to output: UnsafeMutablePointer<UInt8>) {
        var (rest, place) = (value, digits)
        while place > 0 {
            place -= 1
            output[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// The shortest number that reads as this one. Throws if there is none.
    func write(_ value: Double) throws {
        guard value.isFinite else { throw invalid(value, "\(value) is not a number in JSON") }
        let magnitude = abs(value)
        guard magnitude < 1e15, magnitude >= 1e-3 || value == 0 else { return write(number: value.description) }
        if value.sign == .minus { append(UInt8(ascii: "-")) }
        let whole = UInt64(magnitude)
        if Double(whole) == magnitude { return write(magnitude: whole) }
        // Of up to 15 digits there are no two numbers that read as the same double, so the first that reads as this one is the shortest.
        for digits in 1...6 {
            let power = JSONNumber.powersOfTen[digits]
            let scaled = (magnitude * power).rounded()
            guard scaled < 1e15 else { break }
            if scaled / power == magnitude { return write(UInt64(scaled), decimals: digits) }
        }
        write(number: magnitude.description)
    }

    private func write(_ scaled: UInt64, decimals: Int) {
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: UInt64(JSONNumber.powersOfTen[decimals]))
        write(magnitude: whole)
        append(upTo: decimals + 1) { output in
            output[0] = UInt8(ascii: ".")
            Self.write(rest, digits: decimals, to: output + 1)
            return decimals + 1
        }
    }

    /// The shortest number that reads as this one. Throws if there is none.
    func write(_ value: Float) throws {
        guard value.isFinite else { throw invalid(value, "\(value) is not a number in JSON") }
        write(number: value.description)
    }

    /// A number as Foundation writes it. Throws if it is none.
    func write(_ value: Decimal) throws {
        guard !value.isNaN else { throw invalid(value, "\(value) is not a number in JSON") }
        write(digits: value.description)
    }

    /// What the standard library writes, without the `.0` of whole numbers.
    private func write(number text: String) {
        write(digits: text.hasSuffix(".0") ? text.dropLast(2) : text[...])
    }

    private func write(digits: some StringProtocol) {
        for byte in digits.utf8 { append(byte) }
    }
}
