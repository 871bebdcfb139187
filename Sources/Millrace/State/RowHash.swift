import KafkaProtocol

/// A hash of a row's bytes, Murmur3 with 128 bits (x64) and Kafka Streams' seed: rows with equal hashes count as equal.
@usableFromInline
struct RowHash: Hashable, Sendable {
    @usableFromInline let high: UInt64
    @usableFromInline let low: UInt64

    @usableFromInline init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @usableFromInline
    init(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 104_729) {
        let (c1, c2): (UInt64, UInt64) = (0x87c3_7b91_1142_53d5, 0x4cf5_ad43_2745_937f)
        func rotated(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }
        func mixed(_ value: UInt64) -> UInt64 {
            var value = value
            value = (value ^ (value >> 33)) &* 0xff51_afd7_ed55_8ccd
            value = (value ^ (value >> 33)) &* 0xc4ce_b9fe_1a85_ec53
            return value ^ (value >> 33)
        }
        /// Eight bytes from `start` on, little-endian, as many as there are.
        func word(_ start: Int) -> UInt64 {
            var word: UInt64 = 0
            for index in start..<min(start + 8, max(start, bytes.count)) {
                word |= UInt64(bytes[index]) << UInt64(8 * (index - start))
            }
            return word
        }
        var (h1, h2) = (seed, seed)
        var start = 0
        while start + 16 <= bytes.count {
            h1 ^= rotated(word(start) &* c1, 31) &* c2
            h1 = (rotated(h1, 27) &+ h2) &* 5 &+ 0x52dc_e729
            h2 ^= rotated(word(start + 8) &* c2, 33) &* c1
            h2 = (rotated(h2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
            start += 16
        }
        h2 ^= rotated(word(start + 8) &* c2, 33) &* c1
        h1 ^= rotated(word(start) &* c1, 31) &* c2
        h1 ^= UInt64(bytes.count)
        h2 ^= UInt64(bytes.count)
        h1 = h1 &+ h2
        h2 = h2 &+ h1
        h1 = mixed(h1)
        h2 = mixed(h2)
        h1 = h1 &+ h2
        h2 = h2 &+ h1
        self.init(high: h1, low: h2)
    }
}
