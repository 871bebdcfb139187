import KafkaProtocol

/// Reproducible random numbers (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// `count` random bytes that have bits of `mask` only.
    mutating func bytes(_ count: Int, mask: UInt8 = 255) -> Bytes {
        Bytes(capacity: count + 8) { buffer in
            for offset in stride(from: 0, to: count, by: 8) {
                let word = next() & (UInt64(mask) &* 0x0101_0101_0101_0101)
                buffer.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            }
            return count
        }
    }

    /// `bytes` with some bytes changed, often to extreme values, or with a piece cut out.
    mutating func damage(_ bytes: Bytes) -> Bytes {
        var array = bytes.array
        for _ in 0..<Int.random(in: 1...4, using: &self) where !array.isEmpty {
            let index = Int.random(in: 0..<array.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: array[index] = 0xff
            case 1: array[index] = 0x7f
            case 2: array[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 3: array.removeSubrange(index..<min(array.count, index + Int.random(in: 1...8, using: &self)))
            default: array[index] = UInt8.random(in: 0...255, using: &self)
            }
        }
        return Bytes(array)
    }
}
