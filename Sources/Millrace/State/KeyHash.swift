public import KafkaProtocol

/// Hashes of keys for tables that live in one process: quick for bytes and integers, Swift's own for all others. Seeded
/// anew in each process, so that nobody can choose keys that collide.
@usableFromInline
enum KeyHash {
    /// The process's seed.
    @usableFromInline static let seed = UInt64.random(in: .min ... .max)

    @inlinable @inline(__always)
    static func hash<Key: Hashable>(_ key: Key, seed: UInt64) -> UInt32 {
        // Decided when the code is specialised for the type.
        if let number = key as? Int64 { return hash(UInt64(bitPattern: number), seed) }
        if let number = key as? Int32 { return hash(UInt64(bitPattern: Int64(number)), seed) }
        if let bytes = key as? Bytes { return bytes.withUnsafeBytes { hash($0, seed) } }
        return UInt32(truncatingIfNeeded: key.hashValue)
    }

    @inlinable @inline(__always)
    static func hash(_ number: UInt64, _ seed: UInt64) -> UInt32 {
        let mixed = fold(number ^ seed, 0x9E37_79B9_7F4A_7C15)
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
    }

    @inlinable
    static func hash(_ bytes: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt32 {
        let count = bytes.count
        var state = seed ^ UInt64(truncatingIfNeeded: count)
        var at = 0
        func word(_ offset: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        func half(_ offset: Int) -> UInt64 {
            UInt64(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        while count - at > 16 {
            state = fold(word(at) ^ 0xA076_1D64_78BD_642F, word(at + 8) ^ state)
            at += 16
        }
        // The rest, up to 16 bytes, in two words that may overlap.
        var first: UInt64 = 0
        var second: UInt64 = 0
        switch count - at {
        case 8...: (first, second) = (word(at), word(count - 8))
        case 4...: (first, second) = (half(at), half(count - 4))
        case 1...:
            let rest = count - at
            first = UInt64(bytes[at]) << 16 | UInt64(bytes[at + rest / 2]) << 8 | UInt64(bytes[count - 1])
        default: break
        }
        let mixed = fold(fold(first ^ 0xE703_7ED1_A0B4_28DB, second ^ state), 0x9E37_79B9_7F4A_7C15)
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
    }

    /// The product's halves in one word.
    @inlinable @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
