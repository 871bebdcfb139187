/// Memory for the records of a `RowTable`, in blocks of 2 MiB that stay where they are (the first one grows up to that, so that
/// a small table is small). Freed records are used again for others of their size.
///
/// Records are told by numbers: their place in units of 8 bytes, or of the alignment of the table's values where that is more.
/// The unit is the caller's business and the same in all calls; it is a constant there.
@usableFromInline
struct TableArena {
    @usableFromInline static var blockShift: Int { 21 }
    @usableFromInline static var blockSize: Int { 1 << blockShift }

    // Soundness: the blocks belong to this value, which its table never copies, and are freed by `deallocate` alone. A number
    // is given out once until it is freed, and lies wholly within a block.
    @usableFromInline var blocks: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var blockCount = 0
    private var blockCapacity = 0
    /// How many bytes the first block has.
    private var firstSize = 0
    /// Where the next record goes, in bytes. Number 0 stands for none.
    private var next: Int
    /// By size in units, the freed record of that size that is used next; its first bytes name the one after it.
    private var freed: [UInt32] = []
    private let alignment: Int

    init(unit: Int) {
        next = unit
        alignment = unit
        blocks = .allocate(capacity: 0)
    }

    /// The bytes of the records in use.
    @usableFromInline private(set) var used = 0

    /// The bytes that the blocks take.
    var size: Int { blockCount == 0 ? 0 : firstSize + (blockCount - 1) * Self.blockSize }

    func deallocate() {
        for number in 0..<blockCount { blocks[number].deallocate() }
        blocks.deallocate()
    }

    @inlinable @inline(__always)
    func pointer(_ number: UInt32, shift: Int) -> UnsafeMutableRawPointer {
        let place = Int(number) << shift
        return blocks[place >> Self.blockShift] + place & (Self.blockSize - 1)
    }

    /// Room for a record; nil if there are no numbers left, or it is larger than a block.
    @usableFromInline
    mutating func allocate(_ bytes: Int, shift: Int) -> UInt32? {
        let units = (bytes + 1 << shift - 1) >> shift
        if units < freed.count, freed[units] != 0 {
            used += units << shift
            let number = freed[units]
            freed[units] = pointer(number, shift: shift).load(as: UInt32.self)
            return number
        }
        let size = units << shift
        guard size < Self.blockSize else { return nil }
        var place = next
        if place & (Self.blockSize - 1) + size > Self.blockSize { place = (place | (Self.blockSize - 1)) + 1 }
        guard let number = UInt32(exactly: place >> shift) else { return nil }
        if place >> Self.blockShift >= blockCount { addBlock() }
        if place >> Self.blockShift == 0, place + size > firstSize { growFirst(place + size) }
        next = place + size
        used += size
        return number
    }

    mutating func free(_ number: UInt32, _ bytes: Int, shift: Int) {
        let units = (bytes + 1 << shift - 1) >> shift
        used -= units << shift
        if freed.count <= units { freed += repeatElement(0, count: units + 1 - freed.count) }
        pointer(number, shift: shift).storeBytes(of: freed[units], as: UInt32.self)
        freed[units] = number
    }

    private mutating func growFirst(_ needed: Int) {
        var size = max(firstSize, 128)
        while size < needed { size *= 2 }
        size = min(size, Self.blockSize)
        let grown = memory(size)
        grown.copyMemory(from: blocks[0], byteCount: firstSize)
        blocks[0].deallocate()
        blocks[0] = grown
        firstSize = size
    }

    private mutating func addBlock() {
        if blockCount == blockCapacity {
            blockCapacity = max(1, blockCapacity * 2)
            let grown = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: blockCapacity)
            grown.update(from: blocks, count: blockCount)
            blocks.deallocate()
            blocks = grown
        }
        if blockCount == 0 { firstSize = 128 }
        (blocks + blockCount).initialize(to: memory(blockCount == 0 ? firstSize : Self.blockSize))
        blockCount += 1
    }

    private func memory(_ size: Int) -> UnsafeMutableRawPointer {
        let isBlock = size == Self.blockSize
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: isBlock ? size : alignment)
        if isBlock { HugePages.advise(memory, count: size) }
        return memory
    }
}
