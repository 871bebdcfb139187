import KafkaProtocol
import Testing

@Suite struct SaturatingArithmeticTests {
    private static let values: [Int8] = [.min, .min + 1, -64, -2, -1, 0, 1, 2, 64, .max - 1, .max]

    @Test func `Every result of a byte is the nearest number there is`() {
        for a in Int8.min ... .max {
            for b in Int8.min ... .max {
                let (x, y) = (Int(a), Int(b))
                #expect(a.saturatingAdd(b) == Int8(clamping: x + y))
                #expect(a.saturatingSubtract(b) == Int8(clamping: x - y))
                #expect(a.saturatingMultiply(b) == Int8(clamping: x * y))
            }
        }
    }

    @Test func `Unsigned numbers end at zero and at their largest`() {
        #expect(UInt8(3).saturatingSubtract(4) == 0)
        #expect(UInt8(200).saturatingAdd(100) == 255)
        #expect(UInt64.max.saturatingMultiply(2) == .max)
    }

    @Test func `Checked results are right or there are none`() {
        for a in Self.values {
            for b in Self.values {
                #expect(a.checkedAdd(b) == Int8(exactly: Int(a) + Int(b)))
                #expect(a.checkedSubtract(b) == Int8(exactly: Int(a) - Int(b)))
                #expect(a.checkedMultiply(b) == Int8(exactly: Int(a) * Int(b)))
            }
        }
    }

    @Test(
        arguments: [
            (Duration.milliseconds(1500), 1500), (.milliseconds(-1500), -1500), (.microseconds(1999), 1),
            (.microseconds(-1999), -1), (.milliseconds(Int64.max), .max), (.milliseconds(Int64.min), .min),
            (.seconds(Int64.max), .max), (.seconds(Int64.min), .min), (.zero, 0),
        ] as [(Duration, Int64)])
    func `Durations end at the largest and the smallest milliseconds`(duration: Duration, milliseconds: Int64) {
        #expect(duration.milliseconds == milliseconds)
        #expect(duration.milliseconds32 == Int32(clamping: milliseconds))
    }
}
