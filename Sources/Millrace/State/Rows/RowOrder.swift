#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The rows of a table in the order of their keys' bytes: sorted leaves of some hundred rows. Each row has the first eight bytes
/// of its key beside its number, so that few comparisons look at the key itself.
///
/// A copy stays as it is while the table changes; it costs nothing until then, and then a copy of the leaves that change.
struct RowOrder {
    struct Entry {
        /// The first bytes of the key as a big-endian number.
        let prefix: UInt64
        let ref: UInt32

        init(_ ref: UInt32, _ key: UnsafeRawBufferPointer) {
            prefix = RowOrder.prefix(key)
            self.ref = ref
        }

        func isBefore(_ other: Entry, _ key: (UInt32) -> UnsafeRawBufferPointer) -> Bool {
            prefix == other.prefix ? key(ref).isFollowed(by: key(other.ref)) : prefix < other.prefix
        }
    }

    /// The place of a row, or one after the last.
    struct Place: Comparable {
        var leaf: Int
        var entry: Int
        static func < (a: Place, b: Place) -> Bool { (a.leaf, a.entry) < (b.leaf, b.entry) }
    }

    static var leafSize: Int { 256 }

    /// None of them is empty.
    private(set) var leaves: [[Entry]] = []

    /// Adds a row that comes after all that there are.
    mutating func append(_ entry: Entry) {
        if let last = leaves.indices.last, leaves[last].count < Self.leafSize / 2 {
            leaves[last].append(entry)
        } else {
            var leaf: [Entry] = []
            leaf.reserveCapacity(Self.leafSize / 2)
            leaf.append(entry)
            leaves.append(leaf)
        }
    }

    var start: Place { Place(leaf: 0, entry: 0) }
    var end: Place { Place(leaf: leaves.count, entry: 0) }

    subscript(place: Place) -> UInt32 { leaves[place.leaf][place.entry].ref }

    func next(_ place: Place) -> Place {
        place.entry + 1 < leaves[place.leaf].count
            ? Place(leaf: place.leaf, entry: place.entry + 1) : Place(leaf: place.leaf + 1, entry: 0)
    }

    func previous(_ place: Place) -> Place {
        place.entry > 0
            ? Place(leaf: place.leaf, entry: place.entry - 1)
            : Place(leaf: place.leaf - 1, entry: leaves[place.leaf - 1].count - 1)
    }

    /// The first place whose key is not before `bound`; with `isAfter` the first whose key comes after it.
    func place(of bound: UnsafeRawBufferPointer, isAfter: Bool = false, _ key: (UInt32) -> UnsafeRawBufferPointer) -> Place {
        let prefix = Self.prefix(bound)
        func isBelow(_ entry: Entry) -> Bool {
            if Self.isBefore(entry, prefix, bound, key) { return true }
            return isAfter && entry.prefix == prefix && !key(entry.ref).isFollowed(by: bound)
        }
        // The leaf before the first one that begins at or after the bound, or that one.
        let leaf = leaves.partition { isBelow($0[0]) }
        guard leaf > 0 else { return start }
        let entry = leaves[leaf - 1].partition(isBelow)
        return entry < leaves[leaf - 1].count ? Place(leaf: leaf - 1, entry: entry) : Place(leaf: leaf, entry: 0)
    }

    func contains(_ ref: UInt32, _ key: (UInt32) -> UnsafeRawBufferPointer) -> Bool {
        let place = place(of: key(ref), key)
        return place < end && self[place] == ref
    }

    mutating func insert(_ ref: UInt32, _ key: (UInt32) -> UnsafeRawBufferPointer) {
        let entry = Entry(ref, key(ref))
        guard !leaves.isEmpty else { return leaves.append([entry]) }
        var place = place(of: key(ref), key)
        if place.entry == 0, place.leaf > 0 { place = Place(leaf: place.leaf - 1, entry: leaves[place.leaf - 1].count) }
        leaves[place.leaf].insert(entry, at: place.entry)
        guard leaves[place.leaf].count > Self.leafSize else { return }
        // A leaf that grows at its end stays nearly full, as keys often rise.
        let cut = place.entry == Self.leafSize ? Self.leafSize * 15 / 16 : Self.leafSize / 2
        let upper = Array(leaves[place.leaf][cut...])
        leaves[place.leaf].removeSubrange(cut...)
        leaves.insert(upper, at: place.leaf + 1)
    }

    mutating func remove(_ ref: UInt32, _ key: (UInt32) -> UnsafeRawBufferPointer) {
        let place = place(of: key(ref), key)
        guard place < end, self[place] == ref else { return }
        leaves[place.leaf].remove(at: place.entry)
        if leaves[place.leaf].isEmpty { leaves.remove(at: place.leaf) }
    }

    fileprivate static func prefix(_ key: UnsafeRawBufferPointer) -> UInt64 {
        if key.count >= 8 { return UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)) }
        var prefix: UInt64 = 0
        for (at, byte) in key.enumerated() { prefix |= UInt64(byte) << UInt64(56 - 8 * at) }
        return prefix
    }

    private static func isBefore(
        _ entry: Entry, _ prefix: UInt64, _ other: UnsafeRawBufferPointer, _ key: (UInt32) -> UnsafeRawBufferPointer
    ) -> Bool {
        entry.prefix == prefix ? key(entry.ref).isFollowed(by: other) : entry.prefix < prefix
    }
}

extension Array {
    /// How many of the first elements are below a bound, of which all are that come before one that is.
    @inlinable @inline(__always)
    func partition(_ isBelow: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        // Nearly always the bound is beyond the last.
        if high > 0, isBelow(self[high - 1]) { return high }
        while low < high {
            let middle = (low + high) / 2
            if isBelow(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension UnsafeRawBufferPointer {
    /// Whether other bytes come later in the order of unsigned bytes.
    @usableFromInline
    func isFollowed(by other: UnsafeRawBufferPointer) -> Bool {
        let count = Swift.min(self.count, other.count)
        guard count > 0, let mine = baseAddress, let its = other.baseAddress else { return self.count < other.count }
        let difference = memcmp(mine, its, count)
        return difference == 0 ? self.count < other.count : difference < 0
    }
}
