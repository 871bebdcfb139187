#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory that rows are written to one after the other, and that is given back as a whole. What is in it does not move.
///
/// It comes from the system, not from `malloc`: buffers come and go by megabytes, and left holes between what stays.
struct RowArena: ~Copyable {
    private static let chunkSize = 1 << 18

    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var next: UnsafeMutableRawPointer?
    private var room = 0
    /// The bytes taken from the system.
    private(set) var size = 0

    deinit {
        for chunk in chunks { munmap(chunk.baseAddress, chunk.count) }
    }

    /// Room for `count` bytes, aligned for a row's header, or more.
    mutating func allocate(_ count: Int, alignment: Int = 4) -> UnsafeMutableRawPointer {
        let skipped = -Int(bitPattern: next) & (alignment - 1)
        let count = (count + 3) & ~3
        if skipped + count > room {
            addChunk(for: count)
        } else {
            next = next.map { $0 + skipped }
            room -= skipped
        }
        guard let place = next else { preconditionFailure("out of memory") }
        next = place + count
        room -= count
        return place
    }

    private mutating func addChunk(for count: Int) {
        let size = max(Self.chunkSize, (count + 0xffff) & ~0xffff)
        let chunk = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard let chunk, chunk != MAP_FAILED else { preconditionFailure("out of memory") }
        chunks.append(UnsafeMutableRawBufferPointer(start: chunk, count: size))
        self.size += size
        next = chunk
        room = size
    }
}

/// A row in an arena: three numbers of 4 bytes (length of the key; length of the value, -1 if the row is deleted; room for
/// the value), the key, the value.
struct RowEntry {
    // Sound: it points into an arena that whoever has the entry keeps alive, at a row that `init` has laid out in full.
    private let base: UnsafeMutableRawPointer
    private static let headerSize = 12

    /// Writes a row; a nil value says that it is deleted.
    init(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, in arena: inout RowArena) {
        let room = value?.count ?? 0
        base = arena.allocate(Self.headerSize + key.count + room)
        base.storeBytes(of: UInt32(key.count), as: UInt32.self)
        base.storeBytes(of: UInt32(room), toByteOffset: 8, as: UInt32.self)
        if let start = key.baseAddress { (base + Self.headerSize).copyMemory(from: start, byteCount: key.count) }
        _ = replace(value)
    }

    private var keyCount: Int { Int(base.load(as: UInt32.self)) }
    private var valueStart: UnsafeMutableRawPointer { base + Self.headerSize + keyCount }

    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + Self.headerSize, count: keyCount) }

    /// Nil if the row is deleted.
    var value: UnsafeRawBufferPointer? {
        let count = Int(base.load(fromByteOffset: 4, as: Int32.self))
        return count < 0 ? nil : UnsafeRawBufferPointer(start: valueStart, count: count)
    }

    /// Puts another value in the place of the old one, if there is room for it.
    func replace(_ value: UnsafeRawBufferPointer?) -> Bool {
        guard let value else {
            base.storeBytes(of: -1, toByteOffset: 4, as: Int32.self)
            return true
        }
        guard value.count <= Int(base.load(fromByteOffset: 8, as: UInt32.self)) else { return false }
        base.storeBytes(of: Int32(value.count), toByteOffset: 4, as: Int32.self)
        if let start = value.baseAddress { valueStart.copyMemory(from: start, byteCount: value.count) }
        return true
    }
}

extension UnsafeRawBufferPointer {
    /// The order of bytes: negative if this comes first, 0 if both are equal; a prefix comes first.
    func compared(to other: UnsafeRawBufferPointer) -> Int {
        if let mine = baseAddress, let others = other.baseAddress {
            let order = memcmp(mine, others, Swift.min(count, other.count))
            if order != 0 { return Int(order) }
        }
        return count - other.count
    }

    /// The first 8 bytes as a number whose order is that of the bytes; shorter keys have zeros behind them.
    var orderPrefix: UInt64 {
        if count >= 8 { return UInt64(bigEndian: loadUnaligned(as: UInt64.self)) }
        var prefix: UInt64 = 0
        for byte in self { prefix = prefix << 8 | UInt64(byte) }
        return count == 0 ? 0 : prefix << UInt64(64 - 8 * count)
    }
}
