#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The last entry of each key, for a compaction: an open hash table over copies of the keys, in memory that is bounded.
struct RowKeyTable {
    private struct Key {
        let hash: UInt32
        let count: UInt32
        /// Where its bytes begin.
        let start: Int
        var entry: Int
        var time: Int64
        var isLive: Bool
    }

    /// The numbers of keys, and one; 0 in a free slot.
    private var slots = [UInt32](repeating: 0, count: 1024)
    private var keys: [Key] = []
    private var bytes: [UInt8] = []

    /// About the memory that its keys take.
    var size: Int { keys.count * (MemoryLayout<Key>.stride + 8) + bytes.count }
    var count: Int { keys.count }

    /// What an entry is compared by.
    enum Winner { case last, newest }

    /// Takes note of an entry by its number. `isLive`: whether it stays if no other replaces it.
    mutating func note(
        _ key: UnsafeRawBufferPointer, suffix: Int64?, hash: UInt32, entry: Int, time: Int64, isLive: Bool,
        _ winner: Winner
    ) {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if keys[number].hash == hash, isEqual(number, key, suffix) {
                if winner == .newest, time < keys[number].time { return }
                keys[number].entry = entry
                keys[number].time = time
                keys[number].isLive = isLive
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let start = bytes.count
        bytes.append(contentsOf: key)
        if let suffix { withUnsafeBytes(of: suffix) { bytes.append(contentsOf: $0) } }
        keys.append(
            Key(
                hash: hash, count: UInt32(truncatingIfNeeded: bytes.count - start), start: start, entry: entry, time: time,
                isLive: isLive))
        slots[slot] = UInt32(truncatingIfNeeded: keys.count)
        if keys.count * 4 > slots.count * 3 { grow() }
    }

    private func isEqual(_ number: Int, _ key: UnsafeRawBufferPointer, _ suffix: Int64?) -> Bool {
        let (start, count) = (keys[number].start, Int(keys[number].count))
        guard count == key.count + (suffix == nil ? 0 : 8) else { return false }
        return bytes.withUnsafeBytes { bytes in
            if let other = key.baseAddress, let own = bytes.baseAddress, memcmp(own + start, other, key.count) != 0 {
                return false
            }
            return suffix.map { bytes.loadUnaligned(fromByteOffset: start + key.count, as: Int64.self) == $0 } ?? true
        }
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for number in keys.indices {
            var slot = Int(truncatingIfNeeded: keys[number].hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: number + 1)
        }
    }

    /// Calls `body` with the number of each entry that stays, and forgets all.
    mutating func drain(_ body: (Int) -> Void) {
        for key in keys where key.isLive { body(key.entry) }
        removeAll()
    }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        slots = [UInt32](repeating: 0, count: slots.count)
    }
}
