import KafkaProtocol

/// How a store is read as bytes, whatever its types are.
struct RawReading: Sendable {
    /// The value of a key: in the window or session with these bounds, or as of a time.
    let get: @Sendable (StoreView, Bytes, RawLookup) throws -> RawRow?
    /// Rows, of stores that are read by ranges.
    let walk: @Sendable (RawRange) -> RowWalk<RawRow>?
    /// Throws if bytes are no key.
    let check: @Sendable (Bytes) throws -> Void

    init<Key: Hashable & Sendable, Value: Sendable>(_ kind: StoreKind, _ key: Serde<Key>, _ value: Serde<Value>) {
        check = { _ = try key.decode($0) }
        @Sendable func row(_ bytes: Bytes, _ found: Value, _ timestamp: Int64, _ window: Window? = nil) throws -> RawRow {
            RawRow(key: bytes, value: try value.bytes(of: found), timestamp: timestamp, window: window)
        }
        switch kind {
        case .keyValue, .other:
            get = { view, bytes, _ in
                let found = try view.table(Key.self, Value.self).getWithTimestamp(try key.decode(bytes))
                return try found.map { try row(bytes, $0.value, $0.timestamp) }
            }
            walk = { range in
                .rows(range.bounds, isReversed: range.isReversed, Key.self, Value.self) { try row($1, $0.value, $0.timestamp) }
            }
        case .window:
            get = { view, bytes, lookup in
                guard let start = lookup.window?.start else { return nil }
                let windows = try view.windows(Key.self, Value.self)
                let found = windows.rows(of: try key.decode(bytes), from: start, to: start).reversed().makeIterator().next()
                return try found.map { try row(bytes, $0.value, $0.timestamp, $0.key.window) }
            }
            walk = { range in
                .windows(
                    range.keys, from: range.first, to: range.last, isReversed: range.isReversed, key, Value.self
                ) { try row($1, $0.value, $0.timestamp, $0.key.window) }
            }
        case .session:
            get = { view, bytes, lookup in
                guard let window = lookup.window else { return nil }
                let found = try view.sessions(Key.self, Value.self).fetchSession(
                    try key.decode(bytes), start: window.start, end: window.end)
                return try found.map { try row(bytes, $0, window.end, window) }
            }
            walk = { range in
                .sessions(
                    range.keys, earliestEnd: range.first, latestStart: range.last, isReversed: range.isReversed, key,
                    Value.self
                ) { try row($1, $0.value, $0.key.window.end, $0.key.window) }
            }
        case .versioned:
            get = { view, bytes, lookup in
                let versions = try view.versions(Key.self, Value.self)
                let key = try key.decode(bytes)
                let found = lookup.time.map { versions.get(key, asOf: $0) } ?? versions.get(key)
                return try found.map { try row(bytes, $0.value, $0.timestamp) }
            }
            walk = { _ in nil }
        }
    }
}

/// What is looked up of a key.
struct RawLookup: Sendable {
    var window: Window?
    var time: Int64?
}

/// Which rows are read.
struct RawRange: Sendable {
    var bounds = RowBounds()
    /// The only key, if there is one.
    var key: Bytes?
    /// Of windows: the first and the last start; of sessions: the earliest end and the latest start.
    var first = Int64.min
    var last = Int64.max
    var isReversed = false

    var keys: RowWalk<RawRow>.KeyRange { key.map { .one($0) } ?? .many(bounds) }
}
