/// The random numbers of the workloads: any draw of SplitMix64 without the ones before it.
struct SplitMix {
    let seed: UInt64

    private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func mix(_ number: UInt64) -> UInt64 {
        var z = number
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Draw `k`, from 0.
    subscript(k: UInt64) -> UInt64 { Self.mix(seed &+ (k &+ 1) &* Self.gamma) }

    /// The number in `0..<n` that a draw stands for; `n` is below 2^32.
    static func bounded(_ draw: UInt64, _ n: UInt64) -> UInt64 { ((draw >> 32) &* n) >> 32 }

    /// The text of the UUID `i`: 32 digits in groups.
    func uuid(_ i: UInt64) -> String {
        let digits = Array((hexadecimal(self[2 &* i]) + hexadecimal(self[2 &* i &+ 1])).utf8)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
            .map { String(decoding: digits[$0], as: UTF8.self) }.joined(separator: "-")
    }
}

/// 16 lower-case hexadecimal digits.
func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
