public import KafkaProtocol

/// The entries on disk of a store that has several a key, in order of time: sessions, sliding windows, records of joins, versions.
/// They are in segments of time, which are dropped as a whole, as in Kafka Streams' stores. Of the rows in memory each has all
/// entries of its key that are not out of retention.
@usableFromInline
final class DiskEntries: DiskStore {
    private let name: String
    private let backing: any RowBacking
    /// What the changelog's keys have; nil for versions, which their store puts itself, as it knows until when they count.
    private let layout: WindowLayout?
    @usableFromInline let rows: DiskRows
    @usableFromInline let context: TaskContext
    /// How much time a segment has.
    private let interval: Int64
    private var segments: [Int64: DiskRows] = [:]
    private var writer = ByteWriter(capacity: 256)
    /// Up to which time, and which number of an entry, the store has come: now, and as far as it was put.
    @usableFromInline var progress: (time: Int64, sequence: Int32) = (-1, 0)
    private var putProgress: (time: Int64, sequence: Int32) = (-1, 0)

    /// Rows of the store itself are one with its progress.
    init(
        _ name: String, _ layout: WindowLayout?, retentionMs: Int64, _ backing: any RowBacking, _ room: DiskRoom,
        _ context: TaskContext
    ) {
        self.name = name
        self.layout = layout
        self.backing = backing
        self.context = context
        interval = max(60_000, retentionMs / 2)
        rows = DiskRows(name, backing, room)
        for family in backing.familyNames where TaskDatabase.store(ofFamily: family) == name && family != name {
            if let number = Int64(family.dropFirst(name.count + 1)) { _ = segment(number) }
        }
    }

    @usableFromInline var room: DiskRoom { rows.room }
    @usableFromInline var wasThere: Bool { rows.wasThere }
    @usableFromInline var rowCount: Int { segments.values.reduce(0) { $0 + $1.rowCount } }

    private func segment(_ number: Int64) -> DiskRows {
        if let segment = segments[number] { return segment }
        let made = DiskRows("\(name)/\(number)", backing, room)
        segments[number] = made
        return made
    }

    private func number(of time: Int64) -> Int64 { time >= 0 ? time / interval : (time + 1) / interval - 1 }

    /// The first time after a segment.
    private func end(of number: Int64) -> Int64 { number.saturatingAdd(1).saturatingMultiply(interval) }

    // MARK: - Changes

    @usableFromInline
    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, timestamp: Int64, isNew: Bool) throws {
        guard let (key, time) = try layout?.split(key) else { return }
        let number = number(of: time.time)
        // Of a segment that was dropped the changelog alone is still to know.
        guard value != nil || segments[number] != nil else { return }
        try withKey(key, time) { try segment(number).put($0, value, timestamp: timestamp, isNew: isNew) }
    }

    /// Puts a version, which counts `until` a time and did until another before (nil if it is new): it is in the segment of that
    /// time, so that those go with it which are over.
    @usableFromInline
    func put(
        _ key: UnsafeRawBufferPointer, _ time: EntryTime, until: Int64, before: Int64?, _ value: UnsafeRawBufferPointer
    ) throws {
        let number = number(of: until)
        let other = before.map(self.number)
        try withKey(key, time) { key in
            if let other, other != number { try segments[other]?.put(key, nil, timestamp: 0, isNew: false) }
            try segment(number).put(key, value, timestamp: until, isNew: other != number)
        }
    }

    /// Calls `body` with an entry's key.
    private func withKey(
        _ key: UnsafeRawBufferPointer, _ time: EntryTime, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        writer.removeAll()
        EntryKey.write(key, to: &writer)
        EntryKey.write(time, to: &writer)
        try writer.withUnsafeBytes { key throws(any Error) -> Void in try body(key) }
    }

    /// Puts a record of the changelog back.
    @usableFromInline
    func restore(_ key: Bytes, _ value: Bytes?, timestamp: Int64) throws {
        try key.withUnsafeBytes { key throws(any Error) -> Void in
            guard let value else { return try put(key, nil, timestamp: timestamp, isNew: false) }
            try value.withUnsafeBytes { value throws(any Error) -> Void in
                try put(key, value, timestamp: timestamp, isNew: true)
            }
        }
    }

    /// Drops what is out of retention, up to that time. Of what was there `body` is told, if there is one.
    @usableFromInline
    func drop(through limit: Int64, _ body: ((_ key: UnsafeRawBufferPointer, _ time: EntryTime) throws -> Void)?) throws {
        for number in segments.keys.sorted() {
            let end = end(of: number)
            guard end <= limit, end < .max else { return }
            guard let segment = segments.removeValue(forKey: number) else { continue }
            let cursor = try body.map { _ in try segment.scan(RowBounds(), isReversed: false) }
            backing.drop(segment.family)
            guard let body, let cursor else { continue }
            while try segment.advance(cursor) {
                guard let time = EntryKey.time(cursor.key) else { continue }
                try EntryKey.key(cursor.key).withUnsafeBytes { key throws(any Error) -> Void in try body(key, time) }
            }
        }
    }

    @usableFromInline
    func clear() {
        for segment in segments.values { backing.drop(segment.family) }
        segments = [:]
        rows.clear()
        progress = (-1, 0)
        putProgress = (-1, 0)
    }

    // MARK: - Progress

    /// The progress that was put last, or found at the opening, if there was any.
    @usableFromInline
    func foundProgress() throws -> (time: Int64, sequence: Int32)? {
        try withUnsafeBytes(of: 0 as UInt8) { key throws -> (time: Int64, sequence: Int32)? in
            guard let found = try rows.get(key), found.value.count == 4 else { return nil }
            return (found.timestamp, Int32(bigEndian: found.value.loadUnaligned(as: Int32.self)))
        }
    }

    @usableFromInline
    func prepareCommit() throws {
        if putProgress == (-1, 0), let found = try foundProgress() {
            // What was restored since may be older.
            putProgress = found
            progress = (max(progress.time, found.time), max(progress.sequence, found.sequence))
        }
        guard progress != putProgress else { return }
        putProgress = progress
        try withUnsafeBytes(of: 0 as UInt8) { key throws in
            try withUnsafeBytes(of: progress.sequence.bigEndian) { value throws in
                try rows.put(key, value, timestamp: progress.time, isNew: false)
            }
        }
    }

    // MARK: - Reading

    /// The entries of a key that are later than `limit`, or versions that are not over before it, in order.
    @usableFromInline
    func forEach(
        _ key: UnsafeRawBufferPointer, after limit: Int64,
        _ body: (_ time: EntryTime, _ timestamp: Int64, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let range = RowRange(prefix: EntryKey.prefix(key))
        for number in segments.keys.sorted() where end(of: number) > limit {
            guard let segment = segments[number] else { continue }
            let cursor = try segment.scan(range, isReversed: false)
            while try segment.advance(cursor) {
                let (timestamp, value) = try DiskRows.split(cursor.value)
                guard let time = EntryKey.time(cursor.key), layout == nil ? timestamp >= limit : time.time > limit
                else { continue }
                try body(time, timestamp, value)
            }
        }
    }

    /// Where all entries in some bounds are, in order or against it.
    func walk(_ bounds: RowBounds, isReversed: Bool) throws -> Walk { try Walk(self, EntryKey.range(bounds), isReversed) }

    /// A walk through the segments, merged.
    final class Walk {
        private var cursors: [(segment: DiskRows, cursor: any RowCursor)] = []
        private let isReversed: Bool
        /// The cursor that is at the next entry; nil after the last.
        private(set) var current: (any RowCursor)?

        init(_ entries: DiskEntries, _ range: RowRange, _ isReversed: Bool) throws {
            self.isReversed = isReversed
            for segment in entries.segments.values {
                let cursor = try segment.scan(range, isReversed: isReversed)
                if try segment.advance(cursor) { cursors.append((segment, cursor)) }
            }
            choose()
        }

        private func choose() {
            current = cursors.map(\.cursor).min {
                let order = $0.key.compared(to: $1.key)
                return isReversed ? order > 0 : order < 0
            }
        }

        func advance() throws {
            guard let place = cursors.firstIndex(where: { $0.cursor === current }) else { return }
            let (segment, cursor) = cursors[place]
            if try !segment.advance(cursor) { cursors.remove(at: place) }
            choose()
        }
    }
}
