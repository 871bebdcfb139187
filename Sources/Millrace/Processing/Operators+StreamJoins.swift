public import KafkaProtocol

/// What one side of a left or outer stream-stream join does with the records that wait for a match.
@usableFromInline
struct JoinWaiting<Key, Mine> {
    /// Sends the waiting records whose windows have closed by stream time, with these headers.
    @usableFromInline let release: (_ streamTime: Int64, _ cause: Record<Key, Mine>) throws -> Void
    /// Has an unmatched record wait. Nil where this side's unmatched records are left out.
    @usableFromInline let hold: ((_ key: Key, _ value: Mine, _ timestamp: Int64) throws -> Void)?
    /// Takes the other side's waiting records of that key and time out: a record of another time matches them.
    @usableFromInline let matched: (_ key: Key, _ timestamp: Int64, _ cause: Int64) throws -> Void

    @usableFromInline init(
        release: @escaping (_ streamTime: Int64, _ cause: Record<Key, Mine>) throws -> Void,
        hold: ((_ key: Key, _ value: Mine, _ timestamp: Int64) throws -> Void)?,
        matched: @escaping (_ key: Key, _ timestamp: Int64, _ cause: Int64) throws -> Void
    ) {
        self.release = release
        self.hold = hold
        self.matched = matched
    }
}

extension TaskAssembly {
    /// Sends a side's records on, then keeps them for the other one: not those that a step after this one does not take.
    @inlinable
    func installJoinWindow<Key: Hashable & Sendable, Value>(
        name: String, store storeName: String, _: Key.Type, _: Value.Type
    ) throws {
        let store = try store(storeName, as: JoinWindowStore<Key, Value>.self)
        let next = try downstream(of: name, Record<Key, Value>.self)
        let mark = mark(of: name)
        setInput(of: name) { (key: Key?, value: Value?, timestamp: Int64, headers: [RecordHeader]) in
            mark.enter()
            try next(key, value, timestamp, headers)
            if let key, let value { try store.put(key, value, timestamp: timestamp) }
        }
    }

    /// One side of a stream-stream join: my records meet what is kept of theirs, from `before` before a record to
    /// `after` after it.
    @inlinable
    func installStreamJoin<Key: Hashable & Sendable, Mine, Theirs, Result>(
        name: String, clock: StreamClock, theirs storeName: String, before: Int64, after: Int64,
        waiting: JoinWaiting<Key, Mine>?, _ joiner: @escaping (Key?, Mine, Theirs?) throws -> Result?
    ) throws {
        let context = self.context
        let store = try store(storeName, as: JoinWindowStore<Key, Theirs>.self)
        let next = try downstream(of: name, Record<Key, Result>.self)
        let knowsFirst = knowsResultsFirst(of: name)
        let mark = mark(of: name)
        setInput(of: name) { (key: Key?, value: Mine?, time: Int64, headers: [RecordHeader]) in
            mark.enter()
            let streamTime = clock.advance(to: time)
            guard let value else { return context.drop(.null) }
            guard let key else {
                guard waiting?.hold != nil else { return context.drop(.null) }
                return try next(nil, try joiner(nil, value, nil), time, headers)
            }
            if time == streamTime, let waiting {
                try waiting.release(streamTime, Record(key: key, value: value, timestamp: time, headers: headers))
            }
            var isMatched = false
            func send(_ result: Result?, _ otherTime: Int64) throws {
                try waiting?.matched(key, otherTime, time)
                try next(key, result, max(time, otherTime), headers)
            }
            var results: [(result: Result?, otherTime: Int64)] = []
            if let times = JoinWindows.times(around: time, before: before, after: after) {
                try store.forEach(key, from: times.from, to: times.to) { otherTime, other in
                    isMatched = true
                    let result = try joiner(key, value, other)
                    if knowsFirst { results.append((result, otherTime)) } else { try send(result, otherTime) }
                }
            }
            for (result, otherTime) in results { try send(result, otherTime) }
            guard !isMatched, let hold = waiting?.hold else { return }
            if max(0, time.saturatingAdd(after)) < streamTime {
                try next(key, try joiner(key, value, nil), time, headers)
            } else {
                try hold(key, value, time)
            }
        }
    }
}
