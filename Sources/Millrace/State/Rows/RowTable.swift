/// Rows by the bytes of their keys, in memory: an open-addressing hash table whose rows have a fixed number while they live, so
/// that a list of changed rows is a list of numbers.
///
/// A row is one record in an arena: a link that the owner of the table uses, a timestamp, the value if there is one, and the
/// key's bytes. The index beside it holds a hash and the row's number in eight bytes. It grows by splitting one segment of 4096
/// places at a time (extendible hashing), and the arena block by block, so that no growth moves more than a block: tables of any
/// size grow without a pause. A row of a 16-byte key and an integer takes 40 bytes, and 10 to 19 of the index.
///
/// Used by one thread at a time.
@usableFromInline
final class RowTable<Value> {
    /// A row's number.
    @usableFromInline typealias Ref = UInt32

    // Unchecked exclusivity: no access to these is under way while foreign code runs.
    @exclusivity(unchecked) @usableFromInline var arena = TableArena(unit: 1 << RowTable.unitShift)
    @exclusivity(unchecked) @usableFromInline var index = RowIndex()
    /// The rows in the order of their keys' bytes, from when on that is asked for.
    @exclusivity(unchecked) var order: RowOrder?
    /// Or that order while it is made.
    @exclusivity(unchecked) var ordering: RowOrderBuild?
    /// Whether there is either.
    @exclusivity(unchecked) @usableFromInline var keepsOrder = false
    /// How many scans are under way, and the removed rows whose memory they may still look at.
    @exclusivity(unchecked) @usableFromInline var scans = 0
    @exclusivity(unchecked) var removed: [Ref] = []
    @usableFromInline let seed = KeyHash.seed

    @inlinable init() {}

    deinit {
        deinitializeValues()
        index.deallocate()
        arena.deallocate()
    }

    /// The number of rows.
    @inlinable var count: Int { index.count }
    /// The bytes that the rows and their index take, what the values refer to not counted.
    @usableFromInline var size: Int { arena.size + index.size }

    /// Removes all rows, and gives their memory back. No scan may be under way.
    @usableFromInline
    func removeAll() {
        giveUpOrdering()
        deinitializeValues()
        index.deallocate()
        arena.deallocate()
        (arena, index) = (TableArena(unit: 1 << Self.unitShift), RowIndex())
        (order, keepsOrder) = (nil, false)
    }

    /// Has the rows of another table, which is left without any, in place of its own. No scan may be under way in either.
    @usableFromInline
    func takeRows(of other: RowTable) {
        removeAll()
        other.giveUpOrdering()
        (other.order, other.keepsOrder) = (nil, false)
        swap(&arena, &other.arena)
        swap(&index, &other.index)
    }

    private func deinitializeValues() {
        if !_isPOD(Value.self) { forEach { if hasValue($0) { valuePointer($0).deinitialize(count: 1) } } }
    }

    // MARK: - Records
    //
    // Soundness: a number that the table has given out is a record of these four parts until it is removed; the flag beside the
    // key's length says whether there is a value at its place.

    @inlinable static var unitShift: Int { max(3, MemoryLayout<Value>.alignment.trailingZeroBitCount) }
    @inlinable static var valueOffset: Int { max(16, MemoryLayout<Value>.alignment) }
    @inlinable static var keyOffset: Int { valueOffset + MemoryLayout<Value>.size }
    @inlinable static var hasValueFlag: UInt32 { 1 << 31 }

    @inlinable @inline(__always)
    func record(_ ref: Ref) -> UnsafeMutableRawPointer { arena.pointer(ref, shift: Self.unitShift) }

    @inlinable @inline(__always)
    func valuePointer(_ ref: Ref) -> UnsafeMutablePointer<Value> {
        (record(ref) + Self.valueOffset).assumingMemoryBound(to: Value.self)
    }

    @inlinable @inline(__always)
    func header(_ ref: Ref) -> UInt32 { record(ref).load(fromByteOffset: 4, as: UInt32.self) }

    @inlinable @inline(__always)
    func hasValue(_ ref: Ref) -> Bool { header(ref) & Self.hasValueFlag != 0 }

    /// The key's bytes. They stay where they are while the row lives and nothing is inserted.
    @inlinable @inline(__always)
    func key(_ ref: Ref) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: record(ref) + Self.keyOffset, count: Int(header(ref) & ~Self.hasValueFlag))
    }

    /// A number for the table's owner; -1 in a new row.
    @inlinable
    func link(_ ref: Ref) -> Int32 { record(ref).load(as: Int32.self) }
    @inlinable
    func setLink(_ ref: Ref, _ link: Int32) { record(ref).storeBytes(of: link, as: Int32.self) }

    @inlinable
    func timestamp(_ ref: Ref) -> Int64 { record(ref).load(fromByteOffset: 8, as: Int64.self) }
    @inlinable
    func setTimestamp(_ ref: Ref, _ time: Int64) { record(ref).storeBytes(of: time, toByteOffset: 8, as: Int64.self) }

    /// The row's value; nil if it has none.
    @inlinable
    subscript(ref: Ref) -> Value? {
        get { hasValue(ref) ? valuePointer(ref).pointee : nil }
        set {
            let header = header(ref)
            let had = header & Self.hasValueFlag != 0
            if let newValue {
                if had {
                    valuePointer(ref).pointee = newValue
                } else {
                    valuePointer(ref).initialize(to: newValue)
                    record(ref).storeBytes(of: header | Self.hasValueFlag, toByteOffset: 4, as: UInt32.self)
                }
            } else if had {
                valuePointer(ref).deinitialize(count: 1)
                record(ref).storeBytes(of: header & ~Self.hasValueFlag, toByteOffset: 4, as: UInt32.self)
            }
        }
    }

    // MARK: - Finding

    @inlinable @inline(__always)
    func isKey(_ ref: Ref, _ key: UnsafeRawBufferPointer) -> Bool {
        let own = self.key(ref)
        guard own.count == key.count else { return false }
        return key.elementsEqualBytes(own)
    }

    /// The row of the key.
    @inlinable
    func find(_ key: UnsafeRawBufferPointer) -> Ref? {
        let ref = index.find(KeyHash.hash(key, seed)) { isKey($0, key) }
        return ref == 0 ? nil : ref
    }

    /// The row of the key, made if there is none: without a value, with a link and a timestamp of -1.
    @inlinable
    func findOrInsert(_ key: UnsafeRawBufferPointer) throws -> Ref { try findOrInsert(key) { try insert($0, hash: $1) } }

    /// The row of the key, or what `insert` makes of it if there is none.
    @inlinable @inline(__always)
    func findOrInsert(
        _ key: UnsafeRawBufferPointer, _ insert: (_ key: UnsafeRawBufferPointer, _ hash: UInt32) throws -> Ref
    ) throws -> Ref {
        let hash = KeyHash.hash(key, seed)
        let ref = index.find(hash) { isKey($0, key) }
        return ref != 0 ? ref : try insert(key, hash)
    }

    @inlinable @inline(never)
    func insert(_ key: UnsafeRawBufferPointer, hash: UInt32) throws -> Ref {
        guard let length = UInt32(exactly: key.count), length < Self.hasValueFlag,
            let ref = arena.allocate(Self.keyOffset + key.count, shift: Self.unitShift)
        else { throw RowTableFull(key: key.count, rows: count) }
        let record = record(ref)
        record.storeBytes(of: -1, as: Int32.self)
        record.storeBytes(of: length, toByteOffset: 4, as: UInt32.self)
        record.storeBytes(of: -1, toByteOffset: 8, as: Int64.self)
        if let base = key.baseAddress { (record + Self.keyOffset).copyMemory(from: base, byteCount: key.count) }
        guard index.insert(ref, hash: hash) else {
            release(ref, key.count)
            throw RowTableFull(key: key.count, rows: count)
        }
        if keepsOrder { insertIntoOrder(ref) }
        return ref
    }

    /// Removes a row.
    @inlinable
    func remove(_ ref: Ref) {
        let key = key(ref)
        self[ref] = nil
        if keepsOrder { removeFromOrder(ref) }
        index.remove(ref, hash: KeyHash.hash(key, seed))
        release(ref, key.count)
    }

    @usableFromInline
    func release(_ ref: Ref, _ keyCount: Int) {
        guard scans == 0 else { return removed.append(ref) }
        arena.free(ref, Self.keyOffset + keyCount, shift: Self.unitShift)
    }

    /// Calls `body` with all rows, in no particular order. It must not insert or remove any.
    @inlinable
    func forEach(_ body: (Ref) throws -> Void) rethrows { try index.forEach(body) }
}

/// A table in memory takes no more.
@usableFromInline
struct RowTableFull: Error, CustomStringConvertible {
    @usableFromInline let description: String

    @usableFromInline init(key: Int, rows: Int) {
        description =
            key > TableArena.blockSize / 2
            ? "a key of \(key) bytes is too large for a store"
            : "a store in memory has no room for more than its \(rows) rows: use more partitions, or a store on disk"
    }
}

extension UnsafeRawBufferPointer {
    /// Whether both have the same bytes; the counts are known to be equal.
    @inlinable @inline(__always)
    func elementsEqualBytes(_ other: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        while at + 8 <= count {
            if loadUnaligned(fromByteOffset: at, as: UInt64.self)
                != other.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            {
                return false
            }
            at += 8
        }
        while at < count {
            if self[at] != other[at] { return false }
            at += 1
        }
        return true
    }
}
