/// An open-addressing hash table from keys to rows that have a fixed number while they live, so that a list of
/// changed rows is a list of numbers. Rows are kept in one array; the index beside it holds row numbers.
@usableFromInline
struct KeyTable<Key: Hashable, Row> {
    /// The rows; free ones are nil.
    @usableFromInline var rows: [Slot?] = []
    /// Row number + 1 by hash; 0 is empty.
    @usableFromInline var index: [UInt32]
    @usableFromInline var free: [UInt32] = []
    /// The number of rows in use.
    @usableFromInline var count = 0

    @usableFromInline
    struct Slot {
        @usableFromInline let key: Key
        @usableFromInline let hash: Int
        @usableFromInline var row: Row
        @usableFromInline init(key: Key, hash: Int, row: Row) {
            self.key = key
            self.hash = hash
            self.row = row
        }
    }

    @usableFromInline init() { index = Array(repeating: 0, count: 16) }

    /// Where `key` is, or would be, in the index.
    @inlinable
    func place(of key: Key, hash: Int) -> Int {
        let mask = index.count - 1
        var place = hash & mask
        while true {
            let number = index[place]
            if number == 0 { return place }
            if let slot = rows[Int(number) - 1], slot.hash == hash, slot.key == key { return place }
            place = (place + 1) & mask
        }
    }

    /// The number of the row of `key`.
    @inlinable
    func find(_ key: Key) -> Int? {
        let number = index[place(of: key, hash: key.hashValue)]
        return number == 0 ? nil : Int(number) - 1
    }

    /// The number of the row of `key`, made by `row` if there is none. `detach` makes a key fit to be kept.
    @inlinable
    mutating func findOrInsert(_ key: Key, detach: ((Key) -> Key)?, _ row: () -> Row) -> Int {
        let hash = key.hashValue
        var place = place(of: key, hash: hash)
        if index[place] != 0 { return Int(index[place]) - 1 }
        if (count + 1) * 4 > index.count * 3 {
            rebuild(size: index.count * 2)
            place = self.place(of: key, hash: hash)
        }
        let slot = Slot(key: detach?(key) ?? key, hash: hash, row: row())
        let number: Int
        if let reused = free.popLast() {
            number = Int(reused)
            rows[number] = slot
        } else {
            number = rows.count
            rows.append(slot)
        }
        index[place] = UInt32(number + 1)
        count += 1
        return number
    }

    /// Frees a row.
    @inlinable
    mutating func remove(_ number: Int) {
        guard let slot = rows[number] else { return }
        let mask = index.count - 1
        var hole = place(of: slot.key, hash: slot.hash)
        rows[number] = nil
        free.append(UInt32(number))
        count -= 1
        // Entries after the hole move up if their home lies at or before it, so that no search stops short.
        var next = (hole + 1) & mask
        while index[next] != 0, let moved = rows[Int(index[next]) - 1] {
            if (next &- (moved.hash & mask)) & mask >= (next &- hole) & mask {
                index[hole] = index[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        index[hole] = 0
    }

    @usableFromInline
    mutating func rebuild(size: Int) {
        index = Array(repeating: 0, count: size)
        for (number, slot) in rows.enumerated() {
            guard let slot else { continue }
            var place = slot.hash & (size - 1)
            while index[place] != 0 { place = (place + 1) & (size - 1) }
            index[place] = UInt32(number + 1)
        }
    }
}
