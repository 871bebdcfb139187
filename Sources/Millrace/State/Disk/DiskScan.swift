import KafkaProtocol

/// A walk through a store's rows in memory and on disk, in the order of their keys' bytes or against it: those that there were
/// when it began, each as it is when it is reached, without those that have gone by then. What is in memory is newer.
@usableFromInline
final class DiskScan<Value> {
    /// Where a row is.
    @usableFromInline
    enum Place {
        case inMemory(RowTable<Value>.Ref)
        /// Where the cursor is.
        case onDisk
    }

    @usableFromInline let table: RowTable<Value>
    @usableFromInline let cursor: any RowCursor
    private let disk: DiskRows
    private let memory: RowScan<Value>
    private let isReversed: Bool
    /// The next row in memory, and whether the cursor is at the next one on disk.
    private var next: RowTable<Value>.Ref?
    private var isAtRow = false
    private var isMemoryOver = false
    private var isDiskOver = false

    @usableFromInline
    init(_ table: RowTable<Value>, _ disk: DiskRows, _ bounds: RowBounds, isReversed: Bool) throws {
        self.table = table
        self.disk = disk
        self.isReversed = isReversed
        cursor = try disk.scan(bounds, isReversed: isReversed)
        memory = RowScan(table, bounds, isReversed: isReversed)
        // Rows stay in memory meanwhile, deleted ones without a value, so that those on disk need no second look.
        table.scans += 1
    }

    deinit { table.scanEnded() }

    /// The next row; nil after the last.
    @usableFromInline
    func advance() throws -> Place? {
        while true {
            if next == nil, !isMemoryOver {
                next = memory.nextRef()
                isMemoryOver = next == nil
            }
            if !isAtRow, !isDiskOver {
                isAtRow = try disk.advance(cursor)
                isDiskOver = !isAtRow
            }
            guard isAtRow else {
                guard let ref = next else { return nil }
                next = nil
                if table.hasValue(ref) { return .inMemory(ref) }
                continue
            }
            if let ref = next {
                let order = table.key(ref).compared(to: cursor.key)
                if order == 0 { isAtRow = false }
                if isReversed ? order >= 0 : order <= 0 {
                    next = nil
                    if table.hasValue(ref) { return .inMemory(ref) }
                    continue
                }
            }
            isAtRow = false
            guard let ref = table.find(cursor.key) else { return .onDisk }
            if table.hasValue(ref) { return .inMemory(ref) }
        }
    }
}
