public import KafkaProtocol

/// Hashes and comparisons of keys for tables that live in one process: by the bytes for text, numbers and bytes, Swift's own
/// for all others. Hashes are seeded anew in each process, so that nobody can choose keys that collide.
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
        if let text = key as? String { return hash(text, seed) }
        if let number = key as? Double { return hash(number.bitPattern, seed) }
        if let number = key as? Float { return hash(UInt64(number.bitPattern), seed) }
        return UInt32(truncatingIfNeeded: key.hashValue)
    }

    /// Whether two keys are one.
    @inlinable @inline(__always)
    static func areEqual<Key: Equatable>(_ a: Key, _ b: Key) -> Bool {
        // Decided when the code is specialised for the type.
        if let a = a as? String, let b = b as? String { return haveEqualUTF8(a, b) }
        if let a = a as? Double, let b = b as? Double { return a.bitPattern == b.bitPattern }
        if let a = a as? Float, let b = b as? Float { return a.bitPattern == b.bitPattern }
        return a == b
    }

    // Swift's own comparison is by canonical equivalence: "caf\u{e9}" and "cafe\u{301}" would be one key.

    @inlinable
    static func haveEqualUTF8(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.utf8, b.utf8)
        guard a.count == b.count else { return false }
        let isEqual = a.withContiguousStorageIfAvailable { left in
            b.withContiguousStorageIfAvailable { right in
                UnsafeRawBufferPointer(left).elementsEqual(UnsafeRawBufferPointer(right))
            }
        }
        if case .some(.some(let isEqual)) = isEqual { return isEqual }
        return a.elementsEqual(b)
    }

    @inlinable
    static func hash(_ text: String, _ seed: UInt64) -> UInt32 {
        text.utf8.withContiguousStorageIfAvailable { hash(UnsafeRawBufferPointer($0), seed) }
            ?? Array(text.utf8).withUnsafeBytes { hash($0, seed) }
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
