/// An open-addressing hash table from keys to rows that have a fixed number while they live, so that a list of
/// changed rows is a list of numbers. Rows are kept in one array; the index beside it holds hashes and row numbers, so
/// that a search rarely looks at a row that is not the one.
@usableFromInline
struct KeyTable<Key: Hashable, Row> {
    /// The rows; free ones are nil.
    @usableFromInline var rows: [Slot?] = []
    /// By hash: the hash in the upper half, the row's number + 1 in the lower half; 0 is empty.
    @usableFromInline var index: [UInt64]
    @usableFromInline var free: [UInt32] = []
    /// The number of rows in use.
    @usableFromInline var count = 0
    @usableFromInline let seed = KeyHash.seed
    @usableFromInline let identity: KeyIdentity<Key>

    @usableFromInline
    struct Slot {
        @usableFromInline let key: Key
        @usableFromInline var row: Row
        @inlinable init(key: Key, row: Row) {
            self.key = key
            self.row = row
        }
    }

    @inlinable init(_ identity: KeyIdentity<Key> = KeyIdentity()) {
        self.identity = identity
        index = Array(repeating: 0, count: 16)
    }

    /// Where `key` is, or would be, in the index.
    @inlinable
    func place(of key: Key, hash: UInt32) -> Int {
        let mask = index.count - 1
        var place = Int(hash) & mask
        while true {
            let entry = index[place]
            if entry == 0 { return place }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash, let slot = rows[Self.number(entry)],
                identity.areEqual(slot.key, key)
            {
                return place
            }
            place = (place + 1) & mask
        }
    }

    @inlinable @inline(__always)
    static func number(_ entry: UInt64) -> Int { Int(entry & 0xffff_ffff) - 1 }

    /// The number of the row of `key`.
    @inlinable
    func find(_ key: Key) -> Int? {
        let entry = index[place(of: key, hash: identity.hash(key, seed: seed))]
        return entry == 0 ? nil : Self.number(entry)
    }

    /// The number of the row of `key`, made by `row` if there is none. `detach` makes a key fit to be kept.
    @inlinable
    mutating func findOrInsert(_ key: Key, detach: ((Key) -> Key)?, _ row: () -> Row) -> Int {
        let hash = identity.hash(key, seed: seed)
        let place = place(of: key, hash: hash)
        let entry = index[place]
        if entry != 0 { return Self.number(entry) }
        return insert(Slot(key: detach?(key) ?? key, row: row()), hash: hash, at: place)
    }

    @inlinable @inline(never)
    mutating func insert(_ slot: Slot, hash: UInt32, at free: Int) -> Int {
        var place = free
        if (count + 1) * 4 > index.count * 3 {
            rebuild(size: index.count * 2)
            place = self.place(of: slot.key, hash: hash)
        }
        let number: Int
        if let reused = self.free.popLast() {
            number = Int(reused)
            rows[number] = slot
        } else {
            number = rows.count
            rows.append(slot)
        }
        index[place] = UInt64(hash) << 32 | UInt64(number + 1)
        count += 1
        return number
    }

    /// Frees a row.
    @inlinable
    mutating func remove(_ number: Int) {
        guard let slot = rows[number] else { return }
        let mask = index.count - 1
        var hole = place(of: slot.key, hash: identity.hash(slot.key, seed: seed))
        rows[number] = nil
        free.append(UInt32(number))
        count -= 1
        // Entries after the hole move up if their home lies at or before it, so that no search stops short.
        var next = (hole + 1) & mask
        while index[next] != 0 {
            let home = Int(index[next] >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                index[hole] = index[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        index[hole] = 0
    }

    @inlinable
    mutating func rebuild(size: Int) {
        let mask = size - 1
        // Both arrays get their memory here, and the hint before it is touched.
        rows.reserveCapacity(size * 3 / 4)
        let capacity = rows.capacity
        rows.withUnsafeBufferPointer { HugePages.advise($0.baseAddress, count: capacity * MemoryLayout<Slot?>.stride) }
        var grown = [UInt64](unsafeUninitializedCapacity: size) { memory, count in
            HugePages.advise(memory.baseAddress, count: size * 8)
            memory.initialize(repeating: 0)
            count = size
        }
        for entry in index where entry != 0 {
            var place = Int(entry >> 32) & mask
            while grown[place] != 0 { place = (place + 1) & mask }
            grown[place] = entry
        }
        index = grown
    }
}
