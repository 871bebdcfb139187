public import KafkaProtocol

/// Reading windows in order: those of one key, or of many.
extension TimedStore {
    @usableFromInline typealias Row = (key: Windowed<Key>, value: Value, timestamp: Int64)

    @inlinable
    func row(_ key: Key, _ entry: Entry) -> Row? {
        entry.value.map { (Windowed(key, layout.window(at: entry.time)), $0, timestamp(of: entry)) }
    }

    /// The visible windows of `key` between two times, both included.
    @inlinable
    func rows(of key: Key, from first: EntryTime, through last: EntryTime) -> StateRows<Row> {
        rows.entries(of: key, from: first, through: last).mapped { [self] in row(key, $0) }
    }

    /// The visible windows of many keys between two times, both included, by key and time.
    @inlinable
    func rows(_ bounds: RowBounds, from first: EntryTime, through last: EntryTime) -> StateRows<Row> {
        rows.entries(bounds, from: first, through: last, context).mapped { [self] in row($0.key, $0.entry) }
    }
}

extension TimedStore {
    /// The visible windows of `key` that start between two times, both included, in order.
    @inlinable
    func windows(of key: Key, from first: Int64, to last: Int64) -> [(start: Int64, row: ValueAndTimestamp<Value>)] {
        var found: [(start: Int64, row: ValueAndTimestamp<Value>)] = []
        forEach(key, from: EntryTime(first, .min), through: .last(of: last)) {
            found.append(($0.time.time, ValueAndTimestamp($1, timestamp(of: $0))))
        }
        return found
    }

    /// The visible sessions of `key` that end at `earliestEnd` or later and start at `latestStart` or earlier.
    @inlinable
    func sessions(of key: Key, earliestEnd: Int64, latestStart: Int64) -> [(window: Window, value: Value)] {
        var found: [(window: Window, value: Value)] = []
        forEach(key, from: EntryTime(earliestEnd, .min), through: .last(of: .max)) {
            let window = layout.window(at: $0.time)
            if window.start <= latestStart { found.append((window, $1)) }
        }
        return found
    }

    /// All visible windows, in no particular order.
    @inlinable
    var all: [Row] {
        if rows.disk != nil { return Array(rows(RowBounds(), from: EntryTime(.min, .min), through: .last(of: .max))) }
        var found: [Row] = []
        rows.table.forEach { ref in
            guard let key = context.stored({ try rows.keys.decode(rows.table.key(ref)) }) else { return }
            let next = rows.walk(ref, from: EntryTime(.min, .min), through: .last(of: .max), isReversed: false)
            while let entry = next() { if let row = row(key, entry) { found.append(row) } }
        }
        return found
    }
}

/// The records of a join as windows, each of which starts at its record's time.
extension JoinWindowStore {
    @usableFromInline typealias Row = (key: Windowed<Key>, value: Value, timestamp: Int64)

    @inlinable
    func row(_ key: Key, _ entry: Entry) -> Row {
        let window = Window(start: entry.timestamp, end: entry.timestamp.saturatingAdd(sizeMs))
        return (Windowed(key, window), entry.value, entry.timestamp)
    }

    /// The visible records of `key` between two times, both included.
    @inlinable
    func rows(of key: Key, from first: Int64, to last: Int64) -> StateRows<Row> {
        rows.entries(of: key, from: EntryTime(first, .min), through: .last(of: last)).mapped { [self] in row(key, $0) }
    }

    /// The visible records of many keys between two times, both included, by key and time.
    @inlinable
    func rows(_ bounds: RowBounds, from first: Int64, to last: Int64) -> StateRows<Row> {
        rows.entries(bounds, from: EntryTime(first, .min), through: .last(of: last), context)
            .mapped { [self] in row($0.key, $0.entry) }
    }
}
