public import KafkaProtocol

/// Reading entries in order, of one key or of many.
extension TimedRows {
    /// A walk through the entries of a row from one time to another, both included: those that there are now.
    @inlinable
    func walk(_ ref: Ref, from first: EntryTime, through last: EntryTime, isReversed: Bool) -> () -> Entry? {
        let row = entries(ref).pointee
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
            let scan = RowScan(table, bounds, isReversed: isReversed)
            var current: (key: Key, next: () -> Entry?)?
            return { [self] in
                while true {
                    if let current, let entry = current.next() { return (current.key, entry) }
                    guard let ref = scan.nextRef() else { return nil }
                    guard let key = context.stored({ try keys.decode(table.key(ref)) }) else { return nil }
                    current = (key, walk(ref, from: first, through: last, isReversed: isReversed))
                }
            }
        }
    }
}
