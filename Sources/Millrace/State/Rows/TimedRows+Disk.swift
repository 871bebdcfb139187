public import KafkaProtocol

/// Rows of which all entries are on disk too.
extension TimedRows {
    /// Makes the entries of a key that are on disk those of a row, of which there are none yet.
    @inlinable @inline(never)
    func fill(_ ref: Ref, _ key: UnsafeRawBufferPointer) throws {
        guard let disk else { return table[ref] = OrderedEntries() }
        do {
            table[ref] = try entries(on: disk, key)
        } catch {
            table.remove(ref)
            throw error
        }
        // It is not to be let go of at once.
        table.setLink(ref, 0)
        makeRoom(disk)
        table.setLink(ref, RowTable<OrderedEntries<Entry>>.flushedLink)
    }

    /// The row of a key that is not in memory, if it is on disk.
    @inlinable @inline(never)
    func read(_ key: UnsafeRawBufferPointer) -> Ref? {
        guard let disk else { return nil }
        return disk.context.stored { () throws -> Ref? in
            let found = try entries(on: disk, key)
            guard !found.isEmpty else { return nil }
            makeRoom(disk)
            let ref = try table.findOrInsert(key)
            table[ref] = found
            table.setLink(ref, RowTable<OrderedEntries<Entry>>.flushedLink)
            return ref
        } ?? nil
    }

    @inlinable
    func entries(on disk: DiskEntries, _ key: UnsafeRawBufferPointer) throws -> OrderedEntries<Entry> {
        var found = OrderedEntries<Entry>()
        var bytes = 0
        try disk.forEach(key, after: limit) { time, timestamp, value in
            found.insert(try decode(time, timestamp, value), at: found.end)
            bytes &+= MemoryLayout<Entry>.stride &+ value.count
        }
        disk.room.note(value: bytes)
        return found
    }

    /// Lets rows go if those in memory take more room than they may, but those that have changed since the last flush.
    @inlinable
    func makeRoom(_ disk: DiskEntries) {
        table.count(disk.rows)
        guard disk.room.isDue else { return }
        disk.room.report()
        guard !disk.room.isEnough, !disk.room.isHeld else { return }
        table.letGo(disk.rows, keepsRecent: true) { entries($0).pointee.entries.contains(where: \.isChanged) }
        disk.room.hasShrunk()
    }

    /// All rows are as they are on disk, but for entries out of retention, whose segments go; `expired` is told of them, if there
    /// is one.
    @inlinable
    func flushed(
        _ disk: DiskEntries, sequence: Int32 = 0,
        expired: ((_ key: UnsafeRawBufferPointer, _ time: EntryTime) throws -> Void)? = nil
    ) throws {
        try disk.drop(through: limit, expired)
        disk.progress = (streamTime, sequence)
        disk.room.isHeld = false
        table.count(disk.rows)
        disk.room.report()
        if table.size > disk.room.allowed &+ disk.room.allowed / 4 { table.giveBack(disk.rows) }
        makeRoom(disk)
    }
}

/// A walk through the rows of a store in memory and on disk, in the order of their keys' bytes or against it. A row that is in
/// memory has all its entries there.
@usableFromInline
final class TimedScan<Entry: TimedEntry> {
    /// A row: its key, and its entries.
    @usableFromInline
    enum Row {
        case inMemory(UInt32)
        case onDisk(Bytes, OrderedEntries<Entry>)
    }

    private let table: RowTable<OrderedEntries<Entry>>
    private let memory: RowScan<OrderedEntries<Entry>>
    private let disk: DiskEntries.Walk
    private let decode: (EntryTime, Int64, UnsafeRawBufferPointer) throws -> Entry
    private let isReversed: Bool
    private var next: UInt32?

    @usableFromInline
    init(
        _ table: RowTable<OrderedEntries<Entry>>, _ entries: DiskEntries, _ bounds: RowBounds, isReversed: Bool,
        _ decode: @escaping (EntryTime, Int64, UnsafeRawBufferPointer) throws -> Entry
    ) throws {
        self.table = table
        self.isReversed = isReversed
        self.decode = decode
        disk = try entries.walk(bounds, isReversed: isReversed)
        memory = RowScan(table, bounds, isReversed: isReversed)
        table.scans += 1
        next = memory.nextRef()
    }

    deinit { table.scanEnded() }

    /// The next row; nil after the last.
    @usableFromInline
    func advance() throws -> Row? {
        while true {
            guard let cursor = disk.current else {
                guard let ref = next else { return nil }
                next = memory.nextRef()
                if table.hasValue(ref) { return .inMemory(ref) }
                continue
            }
            let key = EntryKey.key(cursor.key)
            if let ref = next {
                let order = key.withUnsafeBytes { table.key(ref).compared(to: $0) }
                if isReversed ? order > 0 : order < 0 {
                    next = memory.nextRef()
                    if table.hasValue(ref) { return .inMemory(ref) }
                    continue
                }
                if order == 0 { next = memory.nextRef() }
            }
            let found = try takeRow()
            if let ref = key.withUnsafeBytes({ table.find($0) }), table.hasValue(ref) { return .inMemory(ref) }
            return .onDisk(key, found)
        }
    }

    /// The entries of the row that the walk on disk is at, which goes on to the next row.
    private func takeRow() throws -> OrderedEntries<Entry> {
        var found: [Entry] = []
        guard let first = disk.current else { return OrderedEntries() }
        let key = Bytes(copying: EntryKey.writtenKey(first.key))
        while let cursor = disk.current,
            key.withUnsafeBytes({ $0.compared(to: EntryKey.writtenKey(cursor.key)) }) == 0
        {
            if let time = EntryKey.time(cursor.key) {
                let (timestamp, value) = try DiskRows.split(cursor.value)
                found.append(try decode(time, timestamp, value))
            }
            try disk.advance()
        }
        var row = OrderedEntries<Entry>()
        row.entries = isReversed ? found.reversed() : found
        return row
    }
}
