public import KafkaProtocol

/// What an aggregate by sliding windows does with the records of one input.
@usableFromInline
struct SlidingAggregation<Key: Hashable, Value, Aggregate> {
    @usableFromInline let store: TimedStore<Key, Aggregate>
    @usableFromInline let windows: SlidingWindows
    @usableFromInline let context: TaskContext
    @usableFromInline let forward: ChangeForwarder<Windowed<Key>, Aggregate>?
    @usableFromInline let closer: WindowCloser<Key, Aggregate>?
    /// What a new window's row was before, for the steps after this one; see `installAggregate`.
    @usableFromInline let initial: (() -> Aggregate)?
    /// Takes a value into an aggregate, nil for a new one.
    @usableFromInline let add: (Key, Value?, Aggregate?) throws -> Aggregate?

    @usableFromInline init(
        store: TimedStore<Key, Aggregate>, windows: SlidingWindows, context: TaskContext,
        forward: ChangeForwarder<Windowed<Key>, Aggregate>?, closer: WindowCloser<Key, Aggregate>?,
        initial: (() -> Aggregate)?, add: @escaping (Key, Value?, Aggregate?) throws -> Aggregate?
    ) {
        self.store = store
        self.windows = windows
        self.context = context
        self.forward = forward
        self.closer = closer
        self.initial = initial
        self.add = add
    }

    /// What a window is to be.
    @usableFromInline
    struct Put {
        @usableFromInline let start: Int64
        @usableFromInline let old: Aggregate?
        @usableFromInline let new: Aggregate?
        @usableFromInline let timestamp: Int64
        @usableFromInline init(start: Int64, old: Aggregate?, new: Aggregate?, timestamp: Int64) {
            self.start = start
            self.old = old
            self.new = new
            self.timestamp = timestamp
        }
    }

    /// Takes a record into the windows that it is in, and makes those that it causes: the one that ends at it, the one
    /// that starts right after it, and the one that starts right after the record before it. All are known before the
    /// first is put, so that a closure that throws leaves nothing behind.
    @inlinable
    func process(_ key: Key, _ record: Record<Key, Value>, closed: Int64) throws {
        let time = record.timestamp
        guard time.saturatingAdd(windows.differenceMs) >= closed else { return context.drop(.late) }
        let found = store.windows(
            of: key, from: max(0, time.saturatingSubtract(windows.differenceMs.saturatingMultiply(2))),
            to: time.saturatingAdd(1))
        var puts: [Put] = []
        if time < windows.differenceMs {
            try processEarly(key, record, found, closed, &puts)
        } else {
            try process(key, record, found, closed, &puts)
        }
        for put in puts { try set(key, put, record.headers) }
    }

    @inlinable
    func process(
        _ key: Key, _ record: Record<Key, Value>, _ found: [(start: Int64, row: ValueAndTimestamp<Aggregate>)],
        _ closed: Int64, _ puts: inout [Put]
    ) throws {
        let time = record.timestamp
        // Ends are told by starts: those of late windows lie beyond the last time there is.
        let leftStart = time.saturatingSubtract(windows.differenceMs)
        let rightStart = time.checkedAdd(1)
        /// What the window ending at the record, and the one after it, begin with.
        var left: ValueAndTimestamp<Aggregate>?
        var right: ValueAndTimestamp<Aggregate>?
        var (hasLeft, hasRight) = (false, false)
        var previous: Int64?
        for (start, row) in found.reversed() {
            if start == rightStart {
                hasRight = true
            } else if start > leftStart {
                if right == nil { right = row }
                try update(key, start, row, record, closed, &puts)
            } else if start == leftStart {
                hasLeft = true
                try update(key, start, row, record, closed, &puts)
                guard row.timestamp < time else { return }
                previous = row.timestamp
            } else {
                left = row
                previous = row.timestamp
                break
            }
        }
        try makePrevious(previous, key, record, found, closed, &puts)
        if !hasLeft {
            let isEmpty = previous.map { $0 < leftStart } ?? true
            try update(key, leftStart, isEmpty ? nil : left, record, closed, &puts)
        }
        if !hasRight, let right, right.timestamp > time { makeRight(right, record, &puts) }
    }

    /// Records before the time difference share a window that starts at 0.
    @inlinable
    func processEarly(
        _ key: Key, _ record: Record<Key, Value>, _ found: [(start: Int64, row: ValueAndTimestamp<Aggregate>)],
        _ closed: Int64, _ puts: inout [Put]
    ) throws {
        let time = record.timestamp
        var shared: ValueAndTimestamp<Aggregate>?
        var right: ValueAndTimestamp<Aggregate>?
        var hasRight = false
        var previous: Int64?
        for (start, row) in found {
            if start == 0 {
                shared = row
                if row.timestamp < time { previous = row.timestamp }
            } else if start <= time {
                right = row
                try update(key, start, row, record, closed, &puts)
            } else {
                hasRight = true
            }
        }
        if !hasRight, let right = right ?? shared, right.timestamp > time { makeRight(right, record, &puts) }
        try makePrevious(previous, key, record, found, closed, &puts)
        try update(key, 0, shared, record, closed, &puts)
    }

    /// Takes the record into a window, unless that has closed.
    @inlinable
    func update(
        _ key: Key, _ start: Int64, _ row: ValueAndTimestamp<Aggregate>?, _ record: Record<Key, Value>, _ closed: Int64,
        _ puts: inout [Put]
    ) throws {
        guard start.saturatingAdd(windows.differenceMs) >= closed else { return context.drop(.late) }
        let result = try add(key, record.value, row?.value)
        var time = max(record.timestamp, row?.timestamp ?? -1)
        // As in `installAggregate`.
        if result == nil, forward == nil { time = record.timestamp }
        puts.append(Put(start: start, old: row?.value ?? initial?(), new: result, timestamp: time))
    }

    /// Makes the window right after the record before, if it is not there and the record is in it.
    @inlinable
    func makePrevious(
        _ previous: Int64?, _ key: Key, _ record: Record<Key, Value>,
        _ found: [(start: Int64, row: ValueAndTimestamp<Aggregate>)], _ closed: Int64, _ puts: inout [Put]
    ) throws {
        guard let start = previous?.checkedAdd(1), start.saturatingAdd(windows.differenceMs) >= record.timestamp,
            !found.contains(where: { $0.start == start })
        else { return }
        try update(key, start, nil, record, closed, &puts)
    }

    /// Makes the window right after the record, which holds later records only.
    @inlinable
    func makeRight(_ row: ValueAndTimestamp<Aggregate>, _ record: Record<Key, Value>, _ puts: inout [Put]) {
        guard let start = record.timestamp.checkedAdd(1) else { return }
        puts.append(Put(start: start, old: nil, new: row.value, timestamp: row.timestamp))
    }

    @inlinable
    func set(_ key: Key, _ put: Put, _ headers: [RecordHeader]) throws {
        let windowed = Windowed(key, store.layout.window(at: EntryTime(put.start)))
        if let closer, store.get(key, windowed.window) == nil { try closer.note(windowed) }
        try store.put(key, windowed.window, put.new, timestamp: put.timestamp, headers: headers)
        try forward?(windowed, Change(old: put.old, new: put.new), put.timestamp, headers)
    }
}

extension TaskAssembly {
    /// An aggregate by sliding windows.
    @inlinable
    func installSlidingAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, key keySerde: Serde<Key>, isCached: Bool, sendsOld: Bool,
        isOnClose: Bool, windows: SlidingWindows, initial: (() -> Aggregate)?,
        add: @escaping (Key, Value?, Aggregate?) throws -> Aggregate?
    ) throws {
        let context = self.context
        let clock = context.clock(name)
        let store = try store(storeName, as: TimedStore<Key, Aggregate>.self)
        let serdes = HeldSerdes(.timeWindowed(keySerde, size: windows.differenceMs), store.valueSerde)
        let forward: ChangeForwarder<Windowed<Key>, Aggregate>? = try forwarding(
            of: name, serdes, isCached: isCached && !isOnClose, sendsOld: sendsOld
        ) { store.forwarder = $0 }
        let closer =
            isOnClose
            ? try closer(
                of: name, store: storeName, endsAreInclusive: true, key: keySerde, serdes, stored: { store.all.map(\.key) },
                read: { store.get($0.key, $0.window) }) : nil
        let aggregation = SlidingAggregation<Key, Value, Aggregate>(
            store: store, windows: windows, context: context, forward: isOnClose ? nil : forward, closer: closer,
            initial: sendsOld ? initial : nil, add: add)
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Value>) in
            mark.enter()
            guard let key = record.key, record.value != nil else { return context.drop(.null) }
            let closed = clock.advance(to: record.timestamp).saturatingSubtract(windows.graceMs)
            try aggregation.process(key, record, closed: closed)
            try closer?.close(at: closed, headers: record.headers)
        }
    }

    /// An aggregate over all records from a start on.
    @inlinable
    func installUnlimitedAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, key keySerde: Serde<Key>, isCached: Bool, sendsOld: Bool,
        windows: UnlimitedWindows, initial: (() -> Aggregate)?, add: @escaping (Key, Value?, Aggregate?) throws -> Aggregate?
    ) throws {
        let context = self.context
        let store = try store(storeName, as: WindowStore<Key, Aggregate>.self)
        let window = Window(start: windows.startMs, end: .max)
        let forward: ChangeForwarder<Windowed<Key>, Aggregate>? = try forwarding(
            of: name, HeldSerdes(.timeWindowed(keySerde, size: .max), store.valueSerde), isCached: isCached,
            sendsOld: sendsOld
        ) { store.forwarder = $0 }
        let isHeldBack = forward == nil
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Value>) in
            mark.enter()
            guard let key = record.key else { return context.drop(.null) }
            guard record.timestamp >= window.start else { return context.drop(.late) }
            var before: Aggregate?
            var after: Aggregate?
            var timestamp = record.timestamp
            try store.update(key, start: window.start, headers: record.headers) { row in
                before = row?.value ?? (sendsOld ? initial?() : nil)
                timestamp = max(timestamp, row?.timestamp ?? -1)
                after = try add(key, record.value, row?.value)
                return (after, after == nil && isHeldBack ? record.timestamp : timestamp)
            }
            try forward?(Windowed(key, window), Change(old: before, new: after), timestamp, record.headers)
        }
    }
}
