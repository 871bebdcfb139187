extension JSONScanner {
    /// A number for a key that nobody outside can choose keys for. It stands in the key's `link`.
    @inline(__always)
    func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash = seed ^ UInt64(truncatingIfNeeded: raw.count)
        var place = 0
        while place + 8 <= raw.count {
            hash = Self.mix(hash ^ raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest: UInt64 = 0
        while place < raw.count {
            rest = rest << 8 | UInt64(raw[place])
            place += 1
        }
        return UInt32(truncatingIfNeeded: Self.mix(hash ^ rest) >> 16)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    /// Marks the keys of an object that has just ended which come again later in it.
    mutating func overrideRepeatedKeys(of object: Int) {
        let count = Int(nodes[object].count)
        if count > 16 { return overrideRepeatedKeys(of: object, count: count) }
        var later = next(key: object + 1)
        while later < nodeCount {
            var earlier = object + 1
            while earlier < later {
                if nodes[earlier].link == nodes[later].link { overrideKey(earlier, ifSameAs: later, in: object) }
                earlier = next(key: earlier)
            }
            later = next(key: later)
        }
    }

    /// The same by a table for objects of many members, in a time that grows with their number alone.
    private mutating func overrideRepeatedKeys(of object: Int, count: Int) {
        // Indexes of keys; zero, which is no key's, is an empty slot.
        var table = [UInt32](repeating: 0, count: 1 << (Int.bitWidth - (count * 2 - 1).leadingZeroBitCount))
        let mask = table.count - 1
        var later = object + 1
        while later < nodeCount {
            var slot = Int(nodes[later].link) & mask
            while table[slot] != 0 {
                let earlier = Int(table[slot])
                if nodes[earlier].link == nodes[later].link, overrideKey(earlier, ifSameAs: later, in: object) { break }
                slot = (slot + 1) & mask
            }
            table[slot] = UInt32(later)
            later = next(key: later)
        }
    }

    /// The key behind a key and its value, whose array or object is over.
    @inline(__always)
    private func next(key: Int) -> Int {
        nodes[key + 1].isContainer ? Int(nodes[key + 1].link) : key + 2
    }

    @discardableResult
    private mutating func overrideKey(_ earlier: Int, ifSameAs later: Int, in object: Int) -> Bool {
        guard nodes[earlier].kind == .key, bytes(of: nodes[earlier]).elementsEqual(bytes(of: nodes[later])) else { return false }
        nodes[earlier].kind = .overriddenKey
        nodes[object].count -= 1
        return true
    }
}
