public import KafkaProtocol

/// How the waiting records of a left or outer stream-stream join leave, seen from one side.
@usableFromInline
final class JoinOutlet<Key: Hashable, Left, Right> {
    /// Sends the result for an unmatched record; throws what the joiner and the steps after it throw.
    @usableFromInline typealias Sender = (
        _ key: Key, _ left: Left?, _ right: Right?, _ time: Int64, _ headers: [RecordHeader]
    ) throws -> Void

    @usableFromInline let name: String
    @usableFromInline let context: TaskContext
    @usableFromInline let store: JoinWaitingStore<Key, Left, Right>
    /// The time of the earliest record that may wait, as far as the join knows; both sides share it.
    @usableFromInline let earliest: StreamClock
    @usableFromInline let windows: JoinWindows
    /// The span after a record of this side in which it finds matches.
    @usableFromInline let after: Int64
    @usableFromInline let send: Sender

    @usableFromInline init(
        name: String, context: TaskContext, store: JoinWaitingStore<Key, Left, Right>, earliest: StreamClock,
        windows: JoinWindows, after: Int64, send: @escaping Sender
    ) {
        self.name = name
        self.context = context
        self.store = store
        self.earliest = earliest
        self.windows = windows
        self.after = after
        self.send = send
    }

    /// Takes note of a record that waits.
    @inlinable
    func expect(_ time: Int64) {
        if earliest.time < 0 || time < earliest.time { earliest.time = time }
    }

    /// Sends what has closed: left records whose time plus `after` plus grace, right ones whose time plus `before` plus
    /// grace is before stream time.
    @inlinable
    func release(_ streamTime: Int64, _ headers: [RecordHeader]) throws {
        guard earliest.time >= 0,
            earliest.time.saturatingAdd(after).saturatingAdd(windows.graceMs) < streamTime
        else { return }
        let next = try store.release(
            leftLimit: streamTime.saturatingSubtract(windows.afterMs).saturatingSubtract(windows.graceMs),
            rightLimit: streamTime.saturatingSubtract(windows.beforeMs).saturatingSubtract(windows.graceMs),
            at: streamTime,
            sendLeft: { key, value, time in
                let serdes = HeldSerdes(store.left.keySerde, store.left.valueSerde)
                try context.release(of: name, key, value, serdes, timestamp: time, headers: []) {
                    try send(key, value, nil, time, headers)
                }
            },
            sendRight: { key, value, time in
                let serdes = HeldSerdes(store.right.keySerde, store.right.valueSerde)
                try context.release(of: name, key, value, serdes, timestamp: time, headers: []) {
                    try send(key, nil, value, time, headers)
                }
            })
        earliest.time = next == .max ? -1 : next
    }
}

extension TaskAssembly {
    /// The way out for the waiting records of a join, for the step `name`.
    @inlinable
    func joinOutlet<Key: Hashable, Left, Right, Result>(
        of name: String, _ storeName: String, _ windows: JoinWindows, _ join: String, after: Int64,
        _ joiner: @escaping (Key?, Left?, Right?) throws -> Result?
    ) throws -> JoinOutlet<Key, Left, Right> {
        let next = try downstream(of: name, Record<Key, Result>.self)
        return JoinOutlet(
            name: name, context: context,
            store: try store(storeName, as: JoinWaitingStore<Key, Left, Right>.self),
            earliest: context.clock("\(join)-waiting"), windows: windows, after: after
        ) { key, left, right, time, headers in
            try next(Record(key: key, value: try joiner(key, left, right), timestamp: time, headers: headers))
        }
    }
}
