/// The partition of a key as Kafka's own producers choose it, so that programs of any language agree.
public enum Partitioner {
    /// The murmur2 hash of `key` with Kafka's seed.
    @inlinable public static func murmur2(_ key: UnsafeRawBufferPointer) -> Int32 {
        let multiplier: UInt32 = 0x5bd1_e995
        var hash = 0x9747_b28c ^ UInt32(truncatingIfNeeded: key.count)
        var at = 0
        while at + 4 <= key.count {
            var word = UInt32(littleEndian: key.loadUnaligned(fromByteOffset: at, as: UInt32.self)) &* multiplier
            word ^= word >> 24
            word = word &* multiplier
            hash = hash &* multiplier ^ word
            at += 4
        }
        var tail: UInt32 = 0
        var index = key.count - 1
        while index >= at {
            tail = tail << 8 | UInt32(key[index])
            index -= 1
        }
        if at < key.count { hash = (hash ^ tail) &* multiplier }
        hash ^= hash >> 13
        hash = hash &* multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }

    /// The partition of `key` among `count`, which must be above 0.
    @inlinable public static func partition(forKey key: UnsafeRawBufferPointer, count: Int32) -> Int32 {
        (murmur2(key) & .max) % count
    }

    /// The partition of `key` among `count`, which must be above 0.
    @inlinable public static func partition(forKey key: Bytes, count: Int32) -> Int32 {
        key.withUnsafeBytes { partition(forKey: $0, count: count) }
    }
}
