public import KafkaProtocol

extension TaskAssembly {
    /// An aggregate by tumbling or hopping windows.
    @inlinable
    func installWindowAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, isCached: Bool, sendsOld: Bool, windows: TimeWindows,
        initial: (() -> Aggregate)?, first: @escaping (Key, Value?) throws -> Aggregate?,
        next: @escaping (Key, Value?, Aggregate) throws -> Aggregate?
    ) throws {
        let context = self.context
        let clock = context.clock(name)
        let store = try store(storeName, as: WindowStore<Key, Aggregate>.self)
        let forward: ChangeForwarder<Windowed<Key>, Aggregate>? = try forwarding(
            of: name, isCached: isCached, sendsOld: sendsOld) { store.forwarder = $0 }
        setInput(of: name) { (record: Record<Key, Value>) in
            guard let key = record.key else { return context.drop() }
            let closed = clock.advance(to: record.timestamp) - windows.graceMs
            var start = windows.firstStart(for: record.timestamp)
            while start <= record.timestamp {
                if start + windows.sizeMs > closed {
                    var before: Aggregate?
                    var after: Aggregate?
                    var timestamp = record.timestamp
                    try store.update(key, start: start, headers: record.headers) { row in
                        if let row {
                            before = row.value
                            timestamp = max(timestamp, row.timestamp)
                            after = try next(key, record.value, row.value)
                        } else {
                            if sendsOld { before = initial?() }
                            after = try first(key, record.value)
                        }
                        return (after, timestamp)
                    }
                    try forward?(
                        Windowed(key, Window(start: start, end: start + windows.sizeMs)),
                        Change(old: before, new: after), timestamp, record.headers)
                } else {
                    context.drop()
                }
                start += windows.advanceMs
            }
        }
    }

    /// An aggregate by sessions.
    @inlinable
    func installSessionAggregate<Key: Hashable, Value, Aggregate>(
        name: String, store storeName: String, isCached: Bool, sendsOld: Bool, windows: SessionWindows,
        initial: @escaping () -> Aggregate?, add: @escaping (Key, Value?, Aggregate?) throws -> Aggregate?,
        merge: @escaping (Key, Aggregate?, Aggregate?) throws -> Aggregate?
    ) throws {
        let context = self.context
        let clock = context.clock(name)
        let store = try store(storeName, as: SessionStore<Key, Aggregate>.self)
        let forward: ChangeForwarder<Windowed<Key>, Aggregate>? = try forwarding(
            of: name, isCached: isCached, sendsOld: sendsOld) { store.forwarder = $0 }
        setInput(of: name) { (record: Record<Key, Value>) in
            guard let key = record.key else { return context.drop() }
            let time = record.timestamp
            let closed = clock.advance(to: time) - windows.graceMs - windows.gapMs
            let single = Window(start: time, end: time)
            var merged = single
            var aggregate = initial()
            let found = store.find(key, earliestEnd: time - windows.gapMs, latestStart: time + windows.gapMs)
            for session in found {
                aggregate = try merge(key, aggregate, session.value)
                merged = Window(
                    start: min(merged.start, session.window.start), end: max(merged.end, session.window.end))
            }
            guard merged.end >= closed else { return context.drop() }
            if merged != single {
                for session in found {
                    let old = Windowed(key, session.window)
                    try store.put(old, nil, headers: record.headers)
                    try forward?(old, Change(old: session.value, new: nil), old.window.end, record.headers)
                }
            }
            let result = try add(key, record.value, aggregate)
            let session = Windowed(key, merged)
            try store.put(session, result, headers: record.headers)
            try forward?(session, Change(old: nil, new: result), merged.end, record.headers)
        }
    }
}
