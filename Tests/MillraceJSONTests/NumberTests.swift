import Foundation
import MillraceJSON
import Testing

struct NumberTests {
    private func limits<I: FixedWidthInteger & Codable>(of type: I.Type) throws {
        for value in [I.min, I.max, 0, 1, I.max - 1, I.min + 1] {
            #expect(try write(value) == "\(value)")
            #expect(try read(type, "\(value)") == value)
            #expect(try read([I].self, "[\(value)]") == [value])
            #expect(try read([String: I].self, "{\"a\":\(value)}") == ["a": value])
        }
        for beyond in [Self.adding(1, to: "\(I.max)"), I.isSigned ? "-" + Self.adding(1, to: "\(I.min)".dropFirst()) : "-1", "1e40", "1.5"] {
            #expect(throws: DecodingError.self, "\(beyond) as \(type)") { try read(type, beyond) }
        }
    }

    /// The sum of a number in digits and a digit.
    private static func adding(_ digit: Int, to digits: some StringProtocol) -> String {
        var (result, carry) = (Array(digits.utf8), UInt8(digit))
        for index in result.indices.reversed() where carry > 0 {
            let sum = result[index] - 48 + carry
            (result[index], carry) = (48 + sum % 10, sum / 10)
        }
        return (carry > 0 ? "1" : "") + String(decoding: result, as: UTF8.self)
    }

    @Test func `integers have their limits, and one beyond is an error`() throws {
        try limits(of: Int.self)
        try limits(of: Int8.self)
        try limits(of: Int16.self)
        try limits(of: Int32.self)
        try limits(of: Int64.self)
        try limits(of: Int128.self)
        try limits(of: UInt.self)
        try limits(of: UInt8.self)
        try limits(of: UInt16.self)
        try limits(of: UInt32.self)
        try limits(of: UInt64.self)
        try limits(of: UInt128.self)
    }

    @Test func `integers with a point or an exponent are exact`() throws {
        #expect(try read(Int.self, "1.0") == 1)
        #expect(try read(Int.self, "-1e3") == -1000)
        #expect(try read(Int.self, "120e-1") == 12)
        #expect(try read(Int.self, "-0") == 0)
        #expect(try read(UInt8.self, "0.0e5") == 0)
        #expect(try read(UInt8.self, "-0.0") == 0)
        #expect(try read(Int64.self, "9223372036854775807.0") == .max)
        #expect(try read(UInt64.self, "184467440737095516.15e2") == .max)
        #expect(throws: DecodingError.self) { try read(Int64.self, "9223372036854775808.0") }
        #expect(throws: DecodingError.self) { try read(Int.self, "1e99999999999999999999") }
        #expect(throws: DecodingError.self) { try read(Int.self, "1e-99999999999999999999") }
    }

    @Test func `doubles of all kinds of bits come back the same`() throws {
        var random = Seeded(1)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = try write(value)
            #expect(try read(Double.self, text).bitPattern == value.bitPattern, "\(value)")
            #expect(text == (value.description.hasSuffix(".0") ? String(value.description.dropLast(2)) : value.description))
        }
    }

    @Test func `doubles of few digits are written as the standard library writes them`() throws {
        var random = Seeded(2)
        for _ in 0..<50_000 {
            let digits = Double(Int64.random(in: -9_999_999_999...9_999_999_999, using: &random))
            let value = digits / [1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e9, 1e12].randomElement(using: &random)!
            let description = value.description
            #expect(try write(value) == (description.hasSuffix(".0") ? String(description.dropLast(2)) : description))
        }
        for value in [0.1, 0.001, 0.0009999, 1e15, 999_999_999_999_999.9, 1e16, 9_007_199_254_740_994, 123456.7, .ulpOfOne, -0.0] {
            #expect(try write(value) == foundationWrite(value))
            #expect(try read(Double.self, write(value)).bitPattern == value.bitPattern)
        }
    }

    @Test func `numbers are read as the standard library reads them`() throws {
        var random = Seeded(3)
        for _ in 0..<50_000 {
            var text = Bool.random(using: &random) ? "-" : ""
            text += "\(random.next() >> UInt64.random(in: 0...63, using: &random))"
            if Bool.random(using: &random) { text += ".\(random.next() >> UInt64.random(in: 0...63, using: &random))" }
            if Bool.random(using: &random) { text += "e\(Int.random(in: -40...40, using: &random))" }
            #expect(try read(Double.self, text).bitPattern == Double(text)?.bitPattern, "\(text)")
            #expect((try? read(Float.self, text)) == Float(text).flatMap { $0.isFinite ? $0 : nil }, "\(text)")
        }
        for text in ["2.2250738585072014e-308", "4.9e-324", "1.7976931348623157e308", "9007199254740993", "1e23", "-0", "1e-400", "0e999"] {
            #expect(try read(Double.self, text).bitPattern == Double(text)?.bitPattern, "\(text)")
        }
        for text in ["1e309", "-1e309", "1e99999999999"] {
            #expect(throws: DecodingError.self) { try read(Double.self, text) }
        }
        #expect(throws: DecodingError.self) { try read(Float.self, "1e39") }
    }

    @Test func `what is not a number is not written, and takes nothing else with it`() throws {
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(throws: EncodingError.self) { try write(value) }
            #expect(throws: EncodingError.self) { try write(["a": value]) }
            #expect(throws: EncodingError.self) { try write([Float(value)]) }
        }
        #expect(throws: EncodingError.self) { try write(Decimal.nan) }
    }

    @Test func `floats come back the same`() throws {
        var random = Seeded(4)
        for _ in 0..<20_000 {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            guard value.isFinite else { continue }
            #expect(try read(Float.self, write(value)).bitPattern == value.bitPattern)
        }
    }

    @Test func `decimals are numbers with all their digits`() throws {
        for text in ["0", "-1.5", "12345678901234567890.123456789", "0.1", "1e20", "79228162514264337593543950335"] {
            let value = try read(Decimal.self, text)
            #expect(try value == foundationRead(Decimal.self, text))
            #expect(try write(value) == foundationWrite(value))
            #expect(try read(Decimal.self, write(value)) == value)
        }
    }
}
