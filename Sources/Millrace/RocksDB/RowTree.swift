#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Rows in the order of their keys' bytes: leaves of up to 128 rows, and a list of the leaves. Rows are put and replaced,
/// never taken out.
final class RowTree {
    /// So many rows of a leaf, with the first bytes of their keys beside them so that a search rarely looks at a key.
    struct Leaf {
        // Sound: both have room for `RowTree.leafSize` items, of which the first `count` are set, and live as long as
        // the arena that the rows are in.
        let prefixes: UnsafeMutablePointer<UInt64>
        let rows: UnsafeMutablePointer<RowEntry>
        var count: Int

        init(in arena: inout RowArena) {
            prefixes = Self.allocate(in: &arena)
            rows = Self.allocate(in: &arena)
            count = 0
        }

        private static func allocate<Item>(in arena: inout RowArena) -> UnsafeMutablePointer<Item> {
            arena.allocate(RowTree.leafSize * MemoryLayout<Item>.stride, alignment: MemoryLayout<Item>.alignment)
                .bindMemory(to: Item.self, capacity: RowTree.leafSize)
        }
    }

    /// Where a row is.
    struct Place: Equatable {
        var leaf: Int
        var row: Int
    }

    static let leafSize = 128

    private(set) var leaves: [Leaf] = []
    /// The first bytes of the first key of each leaf.
    private var firsts: [UInt64] = []

    /// The row with that key.
    func find(_ key: UnsafeRawBufferPointer) -> RowEntry? {
        let (place, isThere) = search(key, key.orderPrefix)
        return isThere ? leaves[place.leaf].rows[place.row] : nil
    }

    /// Puts the value of `key`, nil if it is deleted, in place of the old one.
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, in arena: inout RowArena) {
        let prefix = key.orderPrefix
        var (place, isThere) = search(key, prefix)
        if isThere {
            let row = leaves[place.leaf].rows[place.row]
            if !row.replace(value) { leaves[place.leaf].rows[place.row] = RowEntry(key, value, in: &arena) }
            return
        }
        if leaves.isEmpty {
            leaves.append(Leaf(in: &arena))
            firsts.append(prefix)
        }
        if leaves[place.leaf].count == Self.leafSize { split(&place, in: &arena) }
        let leaf = leaves[place.leaf]
        let after = leaf.count - place.row
        (leaf.prefixes + place.row + 1).update(from: leaf.prefixes + place.row, count: after)
        (leaf.rows + place.row + 1).update(from: leaf.rows + place.row, count: after)
        leaf.prefixes[place.row] = prefix
        leaf.rows[place.row] = RowEntry(key, value, in: &arena)
        leaves[place.leaf].count += 1
        if place.row == 0 { firsts[place.leaf] = prefix }
    }

    /// Makes two of a full leaf; `place` moves along. Rows that come in order leave full leaves behind.
    private func split(_ place: inout Place, in arena: inout RowArena) {
        let isAtEnd = place.leaf == leaves.count - 1 && place.row == Self.leafSize
        let kept = isAtEnd ? Self.leafSize : Self.leafSize / 2
        let left = leaves[place.leaf]
        var right = Leaf(in: &arena)
        right.count = Self.leafSize - kept
        right.prefixes.update(from: left.prefixes + kept, count: right.count)
        right.rows.update(from: left.rows + kept, count: right.count)
        leaves[place.leaf].count = kept
        leaves.insert(right, at: place.leaf + 1)
        firsts.insert(right.count > 0 ? right.prefixes[0] : .max, at: place.leaf + 1)
        if place.row > kept || isAtEnd {
            place.leaf += 1
            place.row -= kept
        }
    }

    /// Where `key` is, or would be.
    private func search(_ key: UnsafeRawBufferPointer, _ prefix: UInt64) -> (place: Place, isThere: Bool) {
        // The last leaf whose first key does not come after `key`.
        var low = 0
        var high = leaves.count
        while low < high {
            let middle = (low + high) / 2
            let first = firsts[middle]
            let isAfter = first == prefix ? leaves[middle].rows[0].key.compared(to: key) > 0 : first > prefix
            if isAfter { high = middle } else { low = middle + 1 }
        }
        guard low > 0 else { return (Place(leaf: 0, row: 0), false) }
        let leaf = leaves[low - 1]
        let number = low - 1
        low = 0
        high = leaf.count
        while low < high {
            let middle = (low + high) / 2
            let other = leaf.prefixes[middle]
            if other == prefix {
                let order = leaf.rows[middle].key.compared(to: key)
                if order == 0 { return (Place(leaf: number, row: middle), true) }
                if order < 0 { low = middle + 1 } else { high = middle }
            } else if other < prefix {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return (Place(leaf: number, row: low), false)
    }

    /// The place of the first row whose key is not before `key`; nil stands for the first there is.
    func place(notBefore key: UnsafeRawBufferPointer?) -> Place {
        guard let key else { return Place(leaf: 0, row: 0) }
        let place = search(key, key.orderPrefix).place
        return place.leaf < leaves.count && place.row == leaves[place.leaf].count
            ? Place(leaf: place.leaf + 1, row: 0) : place
    }

    /// The place after the last row.
    var end: Place { Place(leaf: leaves.count, row: 0) }

    /// The row at a place; nil at the end.
    func row(at place: Place) -> RowEntry? {
        place.leaf < leaves.count ? leaves[place.leaf].rows[place.row] : nil
    }

    func place(after place: Place) -> Place {
        place.row + 1 < leaves[place.leaf].count
            ? Place(leaf: place.leaf, row: place.row + 1) : Place(leaf: place.leaf + 1, row: 0)
    }

    /// Nil before the first.
    func place(before place: Place) -> Place? {
        if place.row > 0 { return Place(leaf: place.leaf, row: place.row - 1) }
        return place.leaf > 0 ? Place(leaf: place.leaf - 1, row: leaves[place.leaf - 1].count - 1) : nil
    }
}
