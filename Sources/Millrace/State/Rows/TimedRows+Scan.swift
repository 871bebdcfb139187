public import KafkaProtocol

/// Reading entries in order, of one key or of many.
extension TimedRows {
    /// A walk through the entries of a row from one time to another, both included: those that there are now.
    @inlinable
    func walk(_ ref: Ref, from first: EntryTime, through last: EntryTime, isReversed: Bool) -> () -> Entry? {
        walk(entries(ref).pointee, from: first, through: last, isReversed: isReversed)
    }

    @inlinable
    func walk(
        _ row: OrderedEntries<Entry>, from first: EntryTime, through last: EntryTime, isReversed: Bool
    ) -> () -> Entry? {
        var low = row.place(of: max(first, EntryTime(limit.saturatingAdd(1), .min)))
        var high = row.place(after: last)
        return {
            guard low < high else { return nil }
            if isReversed {
                high -= 1
                return row[high]
            }
            low += 1
            return row[low - 1]
        }
    }

    /// The entries of one key.
    @inlinable
    func entries(of key: Key, from first: EntryTime, through last: EntryTime) -> StateRows<Entry> {
        StateRows { [self] isReversed in
            guard let ref = find(key) else { return { nil } }
            return walk(ref, from: first, through: last, isReversed: isReversed)
        }
    }

    /// The entries of many keys, by key and time.
    @inlinable
    func entries(
        _ bounds: RowBounds, from first: EntryTime, through last: EntryTime, _ context: TaskContext
    ) -> StateRows<(key: Key, entry: Entry)> {
        StateRows { [self] isReversed in
            let next = rowWalk(bounds, isReversed, context)
            var current: (key: Key, next: () -> Entry?)?
            return { [self] in
                while true {
                    if let current, let entry = current.next() { return (current.key, entry) }
                    guard let (key, row) = next() else { return nil }
                    current = (key, walk(row, from: first, through: last, isReversed: isReversed))
                }
            }
        }
    }

    /// A walk through the rows of many keys.
    @inlinable
    func rowWalk(
        _ bounds: RowBounds, _ isReversed: Bool, _ context: TaskContext
    ) -> () -> (key: Key, row: OrderedEntries<Entry>)? {
        guard let disk else {
            let scan = RowScan(table, bounds, isReversed: isReversed)
            return { [self] in
                guard let ref = scan.nextRef(), let key = context.stored({ try keys.decode(table.key(ref)) }) else { return nil }
                return (key, entries(ref).pointee)
            }
        }
        let scan = context.stored { try TimedScan(table, disk, bounds, isReversed: isReversed, decode) }
        return { [self] in
            context.stored { () throws -> (key: Key, row: OrderedEntries<Entry>)? in
                switch try scan?.advance() {
                case nil: nil
                case .inMemory(let ref)?: (try keys.decode(table.key(ref)), entries(ref).pointee)
                case .onDisk(let key, let row)?: (try key.withUnsafeBytes { try keys.decode($0) }, row)
                }
            } ?? nil
        }
    }
}
