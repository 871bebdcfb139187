/// The last offset of each key, for compaction: an open hash table of 128-bit hashes instead of the keys themselves,
/// at most 48 bytes a key. That two keys share a hash is as good as impossible, and the hash is seeded anew in each
/// process, so that nobody can look for such keys.
struct KeyOffsets {
    /// A key's hash.
    struct Hash: Equatable {
        fileprivate let low: UInt64
        fileprivate let high: UInt64

        init(_ key: UnsafeRawBufferPointer) {
            var first = Hasher()
            first.combine(bytes: key)
            var second = Hasher()
            second.combine(UInt8(1))
            second.combine(bytes: key)
            low = UInt64(truncatingIfNeeded: first.finalize())
            high = UInt64(truncatingIfNeeded: second.finalize())
        }
    }

    private struct Slot {
        var low: UInt64 = 0
        var high: UInt64 = 0
        /// -1 in a free slot.
        var offset: Int64 = -1
    }

    private var slots = [Slot](repeating: Slot(), count: 1024)
    /// The number of keys.
    private(set) var count = 0

    /// The last offset of the key; nil if it was not seen.
    func offset(of hash: Hash) -> Int64? {
        let found = slots[place(of: hash)].offset
        return found >= 0 ? found : nil
    }

    /// Takes note of a record with the key.
    mutating func note(_ hash: Hash, offset: Int64) {
        let place = place(of: hash)
        if slots[place].offset < 0 {
            count += 1
            slots[place] = Slot(low: hash.low, high: hash.high, offset: offset)
            if count * 4 > slots.count * 3 { grow() }
        } else {
            slots[place].offset = max(slots[place].offset, offset)
        }
    }

    /// The key's slot, or the free one where it would go.
    private func place(of hash: Hash) -> Int {
        var place = Int(truncatingIfNeeded: hash.low) & (slots.count - 1)
        while slots[place].offset >= 0, slots[place].low != hash.low || slots[place].high != hash.high {
            place = (place + 1) & (slots.count - 1)
        }
        return place
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        for slot in old where slot.offset >= 0 {
            var place = Int(truncatingIfNeeded: slot.low) & (slots.count - 1)
            while slots[place].offset >= 0 { place = (place + 1) & (slots.count - 1) }
            slots[place] = slot
        }
    }
}
