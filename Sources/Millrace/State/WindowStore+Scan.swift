public import KafkaProtocol

/// Reading windows in order: those of one key, or of many.
extension WindowStore {
    @usableFromInline typealias Row = (key: Windowed<Key>, value: Value, timestamp: Int64)

    /// The visible windows of `key` that start between two times, both included, in order.
    @inlinable
    func rows(of key: Key, from first: Int64, to last: Int64) -> StateRows<Row> {
        StateRows { [self] isReversed in
            guard let bytes = try? keys.withBytes(key, { Bytes(copying: $0) }) else { return { nil } }
            var left = windows(from: first, to: last)
            return {
                while let window = isReversed ? left.popLast() : left.popFirst() {
                    guard let ref = bytes.withUnsafeBytes({ window.table.find($0) ?? self.read($0, in: window) }),
                        let value = window.table[ref]
                    else { continue }
                    return (Windowed(key, window.window), value, window.table.timestamp(ref))
                }
                return nil
            }
        }
    }

    /// The visible windows of many keys that start between two times, both included, by key and start.
    @inlinable
    func rows(_ bounds: RowBounds, from first: Int64, to last: Int64) -> StateRows<Row> {
        StateRows { [self] isReversed in
            var heads = Heap<ScanHead>()
            func insert(_ walk: Walk) throws {
                if try walk.advance() { heads.insert(ScanHead(walk, isReversed)) }
            }
            _ = context.stored {
                for window in windows(from: first, to: last) {
                    try insert(Walk(window, bounds, isReversed: isReversed))
                }
            }
            return { [self] in
                context.stored { () throws -> Row? in
                    while let walk = heads.first?.walk {
                        heads.removeFirst()
                        let row = try row(of: walk)
                        try insert(walk)
                        if let row { return row }
                    }
                    return nil
                } ?? nil
            }
        }
    }

    /// The row that a walk is at, unless it has gone.
    @inlinable
    func row(of walk: Walk) throws -> Row? {
        let table = walk.window.table
        guard let ref = walk.ref else {
            let (timestamp, value) = try DiskRows.split(walk.bytes)
            return (
                Windowed(try keys.decode(walk.key), walk.window.window), try valueSerde.decode(copying: value), timestamp
            )
        }
        guard let value = table[ref] else { return nil }
        return (Windowed(try keys.decode(table.key(ref)), walk.window.window), value, table.timestamp(ref))
    }

    /// All visible rows, in order of their windows; of those on disk in order of their keys.
    @inlinable
    var all: [Row] {
        if disk != nil { return Array(rows(RowBounds(), from: .min, to: .max)) }
        var found: [Row] = []
        for window in windows(from: .min, to: .max) {
            let table = window.table
            table.forEach { ref in
                guard let value = table[ref], let key = context.stored({ try keys.decode(table.key(ref)) }) else { return }
                found.append((Windowed(key, window.window), value, table.timestamp(ref)))
            }
        }
        return found
    }

    /// A walk through one window that is at a row.
    @usableFromInline
    struct ScanHead: Comparable {
        @usableFromInline let walk: Walk
        @usableFromInline let isReversed: Bool

        @inlinable
        init(_ walk: Walk, _ isReversed: Bool) {
            self.walk = walk
            self.isReversed = isReversed
        }

        @inlinable static func == (a: ScanHead, b: ScanHead) -> Bool { !(a < b) && !(b < a) }
        @inlinable static func < (a: ScanHead, b: ScanHead) -> Bool {
            let (first, second) = a.isReversed ? (b.walk, a.walk) : (a.walk, b.walk)
            if first.key.isFollowed(by: second.key) { return true }
            return !second.key.isFollowed(by: first.key) && first.window.start < second.window.start
        }
    }
}
