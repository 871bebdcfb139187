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
                    guard let ref = bytes.withUnsafeBytes({ window.table.find($0) }), let value = window.table[ref] else { continue }
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
            for window in windows(from: first, to: last) {
                if let head = ScanHead(window, RowScan(window.table, bounds, isReversed: isReversed), isReversed) {
                    heads.insert(head)
                }
            }
            return { [self] in
                while let head = heads.first {
                    let table = head.window.table
                    let row = table[head.row].map { value in
                        context.stored { try keys.decode(table.key(head.row)) }.map {
                            (Windowed($0, head.window.window), value, table.timestamp(head.row))
                        }
                    }
                    heads.removeFirst()
                    if let next = ScanHead(head.window, head.scan, isReversed) { heads.insert(next) }
                    if let row { return row }
                }
                return nil
            }
        }
    }

    /// All visible rows, in order of their windows.
    @inlinable
    var all: [Row] {
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

    /// Where the walk through one window is.
    @usableFromInline
    struct ScanHead: Comparable {
        @usableFromInline let window: WindowTable
        @usableFromInline let scan: RowScan<Value>
        @usableFromInline let row: UInt32
        @usableFromInline let isReversed: Bool

        @inlinable
        init?(_ window: WindowTable, _ scan: RowScan<Value>, _ isReversed: Bool) {
            guard let row = scan.nextRef() else { return nil }
            self.window = window
            self.scan = scan
            self.row = row
            self.isReversed = isReversed
        }

        @inlinable var key: UnsafeRawBufferPointer { window.table.key(row) }

        @inlinable static func == (a: ScanHead, b: ScanHead) -> Bool { !(a < b) && !(b < a) }
        @inlinable static func < (a: ScanHead, b: ScanHead) -> Bool {
            let (first, second) = a.isReversed ? (b, a) : (a, b)
            if first.key.isFollowed(by: second.key) { return true }
            return !second.key.isFollowed(by: first.key) && first.window.start < second.window.start
        }
    }
}
