/// The index of a `RowTable`: by hash, the numbers of rows. Extendible hashing over segments of open addressing: the highest
/// bits of a hash choose the segment, the lowest the place in it where a search begins. A segment that is full is split in two,
/// so that growing touches one segment at a time; before there are 4096 places there is one segment, which is doubled.
@usableFromInline
struct RowIndex {
    @usableFromInline static var largestSegment: Int { 4096 }
    /// How many bits of the hash rows of a segment can share at most. Hashes are 32 bits and seeded, so that rows are spread
    /// evenly: the arena has no more numbers long before.
    static var deepest: Int { 24 }

    /// Places, each a hash in the upper half and a row's number in the lower; 0 is empty.
    @usableFromInline
    struct Segment {
        @usableFromInline let slots: UnsafeMutablePointer<UInt64>
        /// How many rows it has, and how many bits of the hash they share.
        @usableFromInline let info: UnsafeMutablePointer<(rows: Int, sharedBits: Int)>
    }

    // Soundness: segments and directory belong to this value, which its table never copies, and are freed by `deallocate` or
    // when another takes their place. A place is always masked to its segment.
    @usableFromInline var directory: UnsafeMutablePointer<Segment>
    /// How many of a hash's highest bits choose a segment.
    @usableFromInline var depth = 0
    /// The places of each segment less one: all are of one size once there are several.
    @usableFromInline var mask = 7
    @usableFromInline var count = 0
    private var pool = SegmentPool()

    @usableFromInline
    init() {
        directory = .allocate(capacity: 1)
        let segment = makeSegment(places: mask + 1, sharedBits: 0)
        directory.initialize(to: segment)
    }

    mutating func deallocate() {
        var at = 0
        while at < 1 << depth {
            let segment = directory[at]
            at += 1 << (depth - segment.info.pointee.sharedBits)
            free(segment, places: mask + 1)
        }
        directory.deallocate()
        pool.deallocate()
    }

    /// The bytes that it takes.
    @usableFromInline
    var size: Int { mask + 1 < Self.largestSegment ? (mask + 1) * 8 : pool.size + (MemoryLayout<Segment>.size << depth) }

    @inlinable @inline(__always)
    static func ref(_ entry: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: entry) }

    @inlinable @inline(__always)
    func segment(of hash: UInt32) -> Segment { directory[Int((UInt64(hash) << UInt64(depth)) >> 32)] }

    /// The row with that hash that `isRow`; 0 if there is none.
    @inlinable @inline(__always)
    func find(_ hash: UInt32, _ isRow: (UInt32) -> Bool) -> UInt32 {
        let slots = segment(of: hash).slots
        return Self.ref(slots[place(of: hash, in: slots, isRow)])
    }

    /// The place of the row with that hash that `isRow`, or the empty one where it would go.
    @inlinable @inline(__always)
    func place(of hash: UInt32, in slots: UnsafeMutablePointer<UInt64>, _ isRow: (UInt32) -> Bool) -> Int {
        var place = Int(hash) & mask
        while true {
            let entry = slots[place]
            if entry == 0 || (UInt32(truncatingIfNeeded: entry >> 32) == hash && isRow(Self.ref(entry))) { return place }
            place = (place + 1) & mask
        }
    }

    /// Adds a row that is not there. False if there is no room.
    @usableFromInline
    mutating func insert(_ ref: UInt32, hash: UInt32) -> Bool {
        while segment(of: hash).info.pointee.rows * 32 >= (mask + 1) * 27 {
            // A search must always come to an empty place.
            guard grow(hash) else { return false }
        }
        let segment = segment(of: hash)
        segment.slots[place(of: hash, in: segment.slots) { _ in false }] = UInt64(hash) << 32 | UInt64(ref)
        segment.info.pointee.rows += 1
        count += 1
        return true
    }

    @usableFromInline
    mutating func remove(_ ref: UInt32, hash: UInt32) {
        let segment = segment(of: hash)
        let slots = segment.slots
        var hole = place(of: hash, in: slots) { $0 == ref }
        guard slots[hole] != 0 else { return }
        segment.info.pointee.rows -= 1
        count -= 1
        // Entries after the hole move up if their home lies at or before it, so that no search stops short.
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            let home = Int(slots[next] >> 32) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
    }

    // MARK: - Walking

    @inlinable
    func forEachSegment(_ body: (Segment) throws -> Void) rethrows {
        var at = 0
        while at < 1 << depth {
            let segment = directory[at]
            at += 1 << (depth - segment.info.pointee.sharedBits)
            try body(segment)
        }
    }

    @inlinable
    func forEach(_ body: (UInt32) throws -> Void) rethrows {
        try forEachSegment { segment in
            for place in 0...mask where segment.slots[place] != 0 { try body(Self.ref(segment.slots[place])) }
        }
    }

    /// The rows of the segment at a hash, and the first hash after it; 0 after the last.
    func rows(at hash: UInt32) -> (refs: [UInt32], next: UInt32) {
        let segment = segment(of: hash)
        var refs: [UInt32] = []
        refs.reserveCapacity(segment.info.pointee.rows)
        for place in 0...mask where segment.slots[place] != 0 { refs.append(Self.ref(segment.slots[place])) }
        return (refs, UInt32(truncatingIfNeeded: endOfSegment(at: hash)))
    }

    /// The first hash after those of a segment.
    func endOfSegment(at hash: UInt32) -> UInt64 {
        let width = UInt64(1) << UInt64(32 - segment(of: hash).info.pointee.sharedBits)
        return (UInt64(hash) / width + 1) * width
    }

    // MARK: - Growing

    /// Makes room in the segment of a hash, or in one of the two that take its place. False if there can be no more segments.
    private mutating func grow(_ hash: UInt32) -> Bool {
        let old = segment(of: hash)
        let (places, shared) = (mask + 1, old.info.pointee.sharedBits)
        guard shared < Self.deepest else { return false }
        if places < Self.largestSegment {
            mask = places * 2 - 1
            let new = makeSegment(places: places * 2, sharedBits: 0)
            move(old, places) { _ in new }
            directory[0] = new
        } else {
            if shared == depth { doubleDirectory() }
            let low = makeSegment(places: places, sharedBits: shared + 1)
            let high = makeSegment(places: places, sharedBits: shared + 1)
            move(old, places) { ($0 >> UInt32(31 - shared)) & 1 == 0 ? low : high }
            let width = 1 << (depth - shared)
            let first = Int((UInt64(hash) << UInt64(depth)) >> 32) & ~(width - 1)
            for offset in 0..<width { directory[first + offset] = offset < width / 2 ? low : high }
        }
        free(old, places: places)
        return true
    }

    private func move(_ old: Segment, _ places: Int, _ target: (UInt32) -> Segment) {
        for place in 0..<places where old.slots[place] != 0 {
            let entry = old.slots[place]
            let hash = UInt32(truncatingIfNeeded: entry >> 32)
            let new = target(hash)
            var free = Int(hash) & mask
            while new.slots[free] != 0 { free = (free + 1) & mask }
            new.slots[free] = entry
            new.info.pointee.rows += 1
        }
    }

    private mutating func doubleDirectory() {
        let size = 1 << depth
        let grown = UnsafeMutablePointer<Segment>.allocate(capacity: size * 2)
        for number in 0..<size { (grown + 2 * number).initialize(repeating: directory[number], count: 2) }
        directory.deallocate()
        directory = grown
        depth += 1
    }

    private mutating func makeSegment(places: Int, sharedBits: Int) -> Segment {
        let slots = places == Self.largestSegment ? pool.take() : .allocate(capacity: places)
        slots.initialize(repeating: 0, count: places)
        let info = UnsafeMutablePointer<(rows: Int, sharedBits: Int)>.allocate(capacity: 1)
        info.initialize(to: (0, sharedBits))
        return Segment(slots: slots, info: info)
    }

    private mutating func free(_ segment: Segment, places: Int) {
        segment.info.deallocate()
        if places == Self.largestSegment { pool.give(segment.slots) } else { segment.slots.deallocate() }
    }
}

/// Memory for whole segments, taken from the system in blocks: each as large as all before it, up to a large page, as there may
/// be many small tables.
struct SegmentPool {
    private var blocks: [UnsafeMutableRawPointer] = []
    private var unused: [UnsafeMutablePointer<UInt64>] = []
    /// The bytes of all blocks.
    private(set) var size = 0

    mutating func take() -> UnsafeMutablePointer<UInt64> {
        if unused.isEmpty {
            let bytes = min(max(size, RowIndex.largestSegment * 8), HugePages.size)
            let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: bytes)
            HugePages.advise(block, count: bytes)
            blocks.append(block)
            size += bytes
            let places = block.bindMemory(to: UInt64.self, capacity: bytes / 8)
            for start in stride(from: 0, to: bytes / 8, by: RowIndex.largestSegment).reversed() {
                unused.append(places + start)
            }
        }
        return unused.removeLast()
    }

    mutating func give(_ segment: UnsafeMutablePointer<UInt64>) { unused.append(segment) }

    mutating func deallocate() { for block in blocks { block.deallocate() } }
}
