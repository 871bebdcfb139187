public import KafkaProtocol

/// Sends the results of windows once, when they have closed: for `EmitStrategy.onWindowClose`.
@usableFromInline
final class WindowCloser<Key: Hashable, Value> {
    /// A window that is to leave. They leave in order of ends, starts and keys' bytes.
    @usableFromInline
    struct Position: Comparable {
        @usableFromInline let key: Windowed<Key>
        @usableFromInline let keyBytes: Bytes
        @usableFromInline init(key: Windowed<Key>, keyBytes: Bytes) {
            self.key = key
            self.keyBytes = keyBytes
        }
        @inlinable static func == (a: Position, b: Position) -> Bool {
            a.key.window == b.key.window && a.keyBytes == b.keyBytes
        }
        @inlinable static func < (a: Position, b: Position) -> Bool {
            let (first, second) = (a.key.window, b.key.window)
            if first != second { return (first.end, first.start) < (second.end, second.start) }
            return a.keyBytes < b.keyBytes
        }
    }

    @usableFromInline let keySerde: Serde<Key>
    /// The time at which windows were looked for last; survives restarts.
    @usableFromInline let closed: StreamClock
    /// Whether a window is still updated when the time is just its end, as sliding windows and sessions are.
    @usableFromInline let endsAreInclusive: Bool
    @usableFromInline var waiting = Heap<Position>()
    @usableFromInline var isPrimed = false
    /// The keys and windows that the store has.
    @usableFromInline let stored: () -> [Windowed<Key>]
    /// The result of a window, if it is still there.
    @usableFromInline let read: (Windowed<Key>) -> ValueAndTimestamp<Value>?
    @usableFromInline let send: (Windowed<Key>, ValueAndTimestamp<Value>, [RecordHeader]) throws -> Void

    @inlinable
    init(
        key: Serde<Key>, closed: StreamClock, endsAreInclusive: Bool, stored: @escaping () -> [Windowed<Key>],
        read: @escaping (Windowed<Key>) -> ValueAndTimestamp<Value>?,
        send: @escaping (Windowed<Key>, ValueAndTimestamp<Value>, [RecordHeader]) throws -> Void
    ) {
        self.keySerde = key
        self.closed = closed
        self.endsAreInclusive = endsAreInclusive
        self.stored = stored
        self.read = read
        self.send = send
    }

    /// Takes note of a window that was not there before.
    @inlinable
    func note(_ key: Windowed<Key>) throws {
        try prime()
        let own = keySerde.detach.map { Windowed($0(key.key), key.window) } ?? key
        waiting.insert(Position(key: own, keyBytes: try keySerde.bytes(of: key.key)))
    }

    /// Takes up the windows that a restored store has.
    @inlinable
    func prime() throws {
        guard !isPrimed else { return }
        isPrimed = true
        let left = limit(at: closed.time)
        for key in stored() where key.window.end > left {
            waiting.insert(Position(key: key, keyBytes: try keySerde.bytes(of: key.key)))
        }
    }

    /// The last end of windows that are closed at a time.
    @inlinable
    func limit(at time: Int64) -> Int64 { endsAreInclusive ? time.saturatingSubtract(1) : time }

    /// Sends the windows that are closed at a time: stream time less the grace.
    @inlinable
    func close(at time: Int64, headers: [RecordHeader]) throws {
        guard time > closed.time else { return }
        try prime()
        closed.time = time
        let limit = limit(at: time)
        var last: Position?
        while let position = waiting.first, position.key.window.hasEnded(by: limit) {
            waiting.removeFirst()
            // A window that was deleted and came again is there twice.
            if position == last { continue }
            last = position
            if let row = read(position.key) { try send(position.key, row, headers) }
        }
    }
}

extension TaskAssembly {
    /// What sends the results of the step `name` when windows close.
    @inlinable
    func closer<Key: Hashable, Value>(
        of name: String, store: String, endsAreInclusive: Bool = false, key: Serde<Key>,
        _ serdes: HeldSerdes<Windowed<Key>, Value>,
        stored: @escaping () -> [Windowed<Key>],
        read: @escaping (Windowed<Key>) -> ValueAndTimestamp<Value>?
    ) throws -> WindowCloser<Key, Value> {
        let next = try downstream(of: name, Record<Windowed<Key>, Change<Value>>.self)
        let context = self.context
        let closed = context.closedClock(of: store, step: name, endsAreInclusive: endsAreInclusive)
        return WindowCloser(
            key: key, closed: closed, endsAreInclusive: endsAreInclusive, stored: stored, read: read
        ) { key, row, headers in
            try context.release(of: name, key, row.value, serdes, timestamp: row.timestamp, headers: headers) {
                try next(
                    Record(
                        key: key, value: Change(old: nil, new: row.value), timestamp: row.timestamp, headers: headers))
            }
        }
    }
}
