import KafkaProtocol

/// How rows of a store are read one after the other, page by page, each page in a turn of the task: a recipe, for any partition.
struct RowWalk<Row: Sendable>: Sendable {
    /// A row on its way: what it is ordered by.
    struct Item: Sendable {
        let row: Row
        let key: Bytes
        let time: EntryTime

        /// Whether it comes before another, of whichever partition.
        func isBefore(_ other: Item, isReversed: Bool) -> Bool {
            let order = key.withUnsafeBytes { key in other.key.withUnsafeBytes { key.compared(to: $0) } }
            if order != 0 { return isReversed ? order > 0 : order < 0 }
            return isReversed ? time > other.time : time < other.time
        }
    }

    /// Where a page has ended: at that key and time, of which there were so many rows.
    struct Place: Sendable {
        let key: Bytes
        let time: EntryTime
        let count: Int
    }

    struct Page: Sendable {
        var items: [Item] = []
        /// Where the next page goes on; nil if there is none.
        var next: Place?
        /// Whether the store's rows have to be put in order before there is a page, and were to some part: it is asked for again.
        var isPutOff = false
    }

    let isReversed: Bool
    /// Whether rows of many keys are read.
    let readsManyKeys: Bool
    /// Begins in a store, behind a place.
    let begin: @Sendable (StoreView, Place?) throws -> () throws -> Item?
    /// The bytes of a row, where that is known.
    var size: @Sendable (Row) -> Int = { _ in 0 }

    /// A page has so many rows at most, no more after so many bytes, and takes so many milliseconds.
    static var mostRows: Int { 256 }
    static var mostBytes: Int { 1 << 20 }
    static var mostMilliseconds: Int64 { 4 }

    /// The page behind a place.
    func page(_ view: StoreView, behind place: Place?, now: () -> Int64) throws -> Page {
        let end = now().saturatingAdd(Self.mostMilliseconds)
        var page = Page()
        if readsManyKeys, !view.store.putInOrder(while: { now() < end }) {
            (page.next, page.isPutOff) = (place, true)
            return page
        }
        let next = try begin(view, place)
        var last = place
        var bytes = 0
        while let item = try next() {
            let isSame = last.map { $0.key == item.key && $0.time == item.time } ?? false
            last = Place(key: item.key, time: item.time, count: isSame ? (last?.count ?? 0) + 1 : 1)
            page.items.append(item)
            bytes += size(item.row)
            if page.items.count >= Self.mostRows || bytes >= Self.mostBytes || (page.items.count % 16 == 0 && now() >= end) {
                page.next = last
                break
            }
        }
        return page
    }
}

extension RowWalk {
    /// Rows by key.
    static func rows<Key: Hashable & Sendable, Value: Sendable>(
        _ bounds: RowBounds, isReversed: Bool, _: Key.Type, _: Value.Type,
        _ make: @escaping @Sendable (StateTable<Key, Value>.Row, Bytes) throws -> Row
    ) -> RowWalk {
        RowWalk(isReversed: isReversed, readsManyKeys: true) { view, place in
            let table = try view.table(Key.self, Value.self)
            let serde = table.keySerde
            let left = place.map { bounds.after($0.key, isReversed: isReversed) } ?? bounds
            let rows = table.scan(left).inOrder(isReversed)
            return {
                try rows.next().map { row in
                    let key = try serde.bytes(of: row.key)
                    return Item(row: try make(row, key), key: key, time: EntryTime(0))
                }
            }
        }
    }

    /// Windows, by key and start.
    static func windows<Key: Hashable & Sendable, Value: Sendable>(
        _ keys: KeyRange, from first: Int64, to last: Int64, isReversed: Bool, _ serde: Serde<Key>, _: Value.Type,
        _ make: @escaping @Sendable (StateWindows<Key, Value>.Row, Bytes) throws -> Row
    ) -> RowWalk {
        timed(keys, isReversed: isReversed, serde) { view in
            let windows = try view.windows(Key.self, Value.self)
            return Reader(
                rows: { key, time in
                    let (from, to) = (isReversed ? first : time?.time ?? first, isReversed ? time?.time ?? last : last)
                    return windows.rows(of: key, from: from, to: to)
                },
                all: { windows.scan($0, from: first, to: last) }, time: { EntryTime($0.key.window.start) }, key: \.key.key,
                make: make)
        }
    }

    /// Sessions, by key and end.
    static func sessions<Key: Hashable & Sendable, Value: Sendable>(
        _ keys: KeyRange, earliestEnd: Int64, latestStart: Int64, isReversed: Bool, _ serde: Serde<Key>, _: Value.Type,
        _ make: @escaping @Sendable (StateSessions<Key, Value>.Row, Bytes) throws -> Row
    ) -> RowWalk {
        timed(keys, isReversed: isReversed, serde) { view in
            let sessions = try view.sessions(Key.self, Value.self)
            return Reader(
                rows: { key, time in
                    let from = isReversed ? earliestEnd : max(earliestEnd, time?.time ?? earliestEnd)
                    return sessions.findSessions(key, earliestEnd: from, latestStart: latestStart)
                },
                all: { sessions.scan($0, earliestEnd: earliestEnd, latestStart: latestStart) },
                time: { EntryTime($0.key.window.end, $0.key.window.start) }, key: \.key.key, make: make)
        }
    }

    /// Which keys' windows are read.
    enum KeyRange: Sendable {
        case one(Bytes)
        case many(RowBounds)

        var areMany: Bool { if case .many = self { true } else { false } }
    }

    /// How the entries of a store are read that has several a key.
    private struct Reader<Key, Found> {
        /// Those of a key, from a time on, or up to it, in order.
        let rows: (Key, EntryTime?) -> StateRows<Found>
        let all: (RowBounds) -> StateRows<Found>
        let time: (Found) -> EntryTime
        let key: (Found) -> Key
        let make: @Sendable (Found, Bytes) throws -> Row
    }

    private static func timed<Key, Found>(
        _ keys: KeyRange, isReversed: Bool, _ serde: Serde<Key>,
        _ open: @escaping @Sendable (StoreView) throws -> Reader<Key, Found>
    ) -> RowWalk {
        RowWalk(isReversed: isReversed, readsManyKeys: keys.areMany) { view, place in
            let reader = try open(view)
            // What is left of the key that the last page has ended in, and then other keys.
            var parts: [() -> StateRows<Found>] = []
            if let place {
                let key = try serde.decode(place.key)
                parts.append { reader.rows(key, place.time) }
            }
            switch keys {
            case .one(let bytes):
                if place == nil {
                    let key = try serde.decode(bytes)
                    parts.append { reader.rows(key, nil) }
                }
            case .many(let bounds):
                let left = place.map { bounds.after($0.key, isReversed: isReversed) } ?? bounds
                parts.append { reader.all(left) }
            }
            var skipping = place
            var passed = 0
            parts.reverse()
            var current: AnyIterator<Found>?
            return {
                while true {
                    guard let found = current?.next() else {
                        guard let part = parts.popLast() else { return nil }
                        if current != nil { skipping = nil }
                        current = part().inOrder(isReversed)
                        continue
                    }
                    let time = reader.time(found)
                    if let place = skipping {
                        if isReversed ? time > place.time : time < place.time { continue }
                        if time == place.time {
                            passed += 1
                            if passed <= place.count { continue }
                        }
                    }
                    let key = try serde.bytes(of: reader.key(found))
                    return Item(row: try reader.make(found, key), key: key, time: time)
                }
            }
        }
    }
}

extension StateRows {
    fileprivate func inOrder(_ isReversed: Bool) -> AnyIterator<Row> {
        isReversed ? reversed().makeIterator() : makeIterator()
    }
}
