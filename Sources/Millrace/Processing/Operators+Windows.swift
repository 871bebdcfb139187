public import KafkaProtocol

extension TaskAssembly {
    /// An aggregate by tumbling or hopping windows. What goes downstream of a first update is as in `installAggregate`.
    @inlinable
    func installWindowAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, key keySerde: Serde<Key>, isCached: Bool, sendsOld: Bool,
        isOnClose: Bool, windows: TimeWindows, initial: (() -> Aggregate)?,
        first: @escaping (Key, Value?) throws -> Aggregate?,
        next add: @escaping (Key, Value?, Aggregate) throws -> Aggregate?
    ) throws {
        let context = self.context
        let clock = context.clock(name)
        let store = try store(storeName, as: WindowStore<Key, Aggregate>.self)
        let serdes = HeldSerdes(.timeWindowed(keySerde, size: windows.sizeMs), store.valueSerde)
        let forwarder: ChangeForwarder<Windowed<Key>, Aggregate>? = try forwarding(
            of: name, serdes, isCached: isCached && !isOnClose, sendsOld: sendsOld
        ) { store.forwarder = $0 }
        let forward = isOnClose ? nil : forwarder
        let isHeldBack = forwarder == nil
        let closer =
            isOnClose
            ? try closer(
                of: name, store: storeName, key: keySerde, serdes, stored: { store.all.map(\.key) },
                read: { store.get($0.key, start: $0.window.start) }) : nil
        @inline(__always)
        func aggregate(_ key: Key, _ value: Value?, _ soFar: Aggregate?) throws -> Aggregate? {
            if let soFar { try add(key, value, soFar) } else { try first(key, value) }
        }
        @inline(__always)
        func update(
            _ key: Key, _ window: Window, _ time: Int64, _ headers: [RecordHeader],
            _ result: (Aggregate?) throws -> Aggregate?
        ) throws {
            var before: Aggregate?
            var after: Aggregate?
            var isNew = false
            var timestamp = time
            try store.update(key, start: window.start, headers: headers) { row in
                isNew = row == nil
                before = if let row { row.value } else { sendsOld ? initial?() : nil }
                if let row { timestamp = max(timestamp, row.timestamp) }
                after = try result(row?.value)
                return (after, after == nil && isHeldBack ? time : timestamp)
            }
            if let closer, isNew { try closer.note(Windowed(key, window)) }
            try forward?(Windowed(key, window), Change(old: before, new: after), timestamp, headers)
        }
        let mark = mark(of: name)
        // Of several windows all results are known before the first is put, so that a closure that throws leaves
        // nothing behind. One window needs no such care: the store sees to it.
        let isOne = windows.advanceMs == windows.sizeMs
        var results: [(window: Window, value: Aggregate?)] = []
        setInput(of: name) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
            mark.enter()
            guard let key else { return context.drop(.null) }
            let closed = clock.advance(to: timestamp).saturatingSubtract(windows.graceMs)
            var start = windows.firstStart(for: timestamp)
            if !isOne { results.removeAll(keepingCapacity: true) }
            while start <= timestamp {
                let window = Window(start: start, end: start.saturatingAdd(windows.sizeMs))
                if window.hasEnded(by: closed) {
                    context.drop(.late)
                } else if isOne {
                    try update(key, window, timestamp, headers) { try aggregate(key, value, $0) }
                } else {
                    results.append((window, try aggregate(key, value, store.get(key, start: start)?.value)))
                }
                guard let next = start.checkedAdd(windows.advanceMs) else { break }
                start = next
            }
            if !isOne {
                for (window, result) in results { try update(key, window, timestamp, headers) { _ in result } }
            }
            try closer?.close(at: closed, headers: headers)
        }
    }

    /// An aggregate by sessions.
    @inlinable
    func installSessionAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, key keySerde: Serde<Key>, isCached: Bool, sendsOld: Bool,
        isOnClose: Bool, windows: SessionWindows,
        initial: @escaping () -> Aggregate?, add: @escaping (Key, Value?, Aggregate?) throws -> Aggregate?,
        merge: @escaping (Key, Aggregate?, Aggregate?) throws -> Aggregate?
    ) throws {
        let context = self.context
        let clock = context.clock(name)
        let store = try store(storeName, as: TimedStore<Key, Aggregate>.self)
        let serdes = HeldSerdes(.sessionWindowed(keySerde), store.valueSerde)
        let forwarder: ChangeForwarder<Windowed<Key>, Aggregate>? = try forwarding(
            of: name, serdes, isCached: isCached && !isOnClose, sendsOld: sendsOld
        ) { store.forwarder = $0 }
        let forward = isOnClose ? nil : forwarder
        let closer =
            isOnClose
            ? try closer(
                of: name, store: storeName, endsAreInclusive: true, key: keySerde, serdes,
                stored: { store.all.map(\.key) }, read: { store.get($0.key, $0.window) }) : nil
        let mark = mark(of: name)
        setInput(of: name) { (record: Record<Key, Value>) in
            mark.enter()
            guard let key = record.key else { return context.drop(.null) }
            let time = record.timestamp
            let closed = clock.advance(to: time).saturatingSubtract(windows.graceMs).saturatingSubtract(windows.gapMs)
            let single = Window(start: time, end: time)
            var merged = single
            var aggregate = initial()
            let found = store.sessions(
                of: key, earliestEnd: time.saturatingSubtract(windows.gapMs),
                latestStart: time.saturatingAdd(windows.gapMs))
            for session in found {
                aggregate = try merge(key, aggregate, session.value)
                merged = Window(
                    start: min(merged.start, session.window.start), end: max(merged.end, session.window.end))
            }
            guard merged.end >= closed else { return context.drop(.late) }
            // Before anything is changed, so that a closure that throws leaves all as it was.
            let result = try add(key, record.value, aggregate)
            if merged != single {
                for session in found {
                    let old = Windowed(key, session.window)
                    try store.put(key, session.window, nil, timestamp: time, headers: record.headers)
                    try forward?(old, Change(old: session.value, new: nil), old.window.end, record.headers)
                }
            }
            let session = Windowed(key, merged)
            try store.put(key, merged, result, timestamp: time, headers: record.headers)
            try closer?.note(session)
            try forward?(session, Change(old: nil, new: result), merged.end, record.headers)
            try closer?.close(at: closed, headers: record.headers)
        }
    }
}
