public import KafkaProtocol

/// Rows by key that have entries in order of time, of which those are there that are later than the store's stream time (the
/// largest time put) less its retention: what stores of sessions, of sliding windows, of joins and of versions have in common.
///
/// Entries go when their row is put to next, and by a sweep that comes round all rows once in a span of the retention, a few
/// hundred at a time as stream time passes.
@usableFromInline
final class TimedRows<Key, Entry: TimedEntry> {
    @usableFromInline typealias Ref = RowTable<OrderedEntries<Entry>>.Ref

    @usableFromInline let keys: KeyCoder<Key>
    @usableFromInline let table = RowTable<OrderedEntries<Entry>>()
    @usableFromInline let retentionMs: Int64
    /// Nil if all rows are in memory.
    @usableFromInline let disk: DiskEntries?
    /// Makes an entry of what is on disk: its time, the record's, the value.
    @usableFromInline let decode: (EntryTime, Int64, UnsafeRawBufferPointer) throws -> Entry
    // Unchecked as in `KeyValueStore`.
    @exclusivity(unchecked) @usableFromInline var streamTime: Int64 = -1
    /// Up to which hash, of all, the sweep has come in this round, when the round began, and when it goes on.
    @exclusivity(unchecked) @usableFromInline var swept: UInt32 = 0
    @exclusivity(unchecked) @usableFromInline var roundStart: Int64 = 0
    @exclusivity(unchecked) @usableFromInline var nextSweep: Int64 = 0
    /// How many more puts there are to be before the sweep goes on: one that finds nothing must pay for itself, however short
    /// the retention is.
    @exclusivity(unchecked) @usableFromInline var putsToSweep = 0

    @inlinable
    init(
        _ key: Serde<Key>, retentionMs: Int64, _ disk: (any DiskStore)?,
        decode: @escaping (EntryTime, Int64, UnsafeRawBufferPointer) throws -> Entry
    ) {
        keys = KeyCoder(key)
        self.retentionMs = retentionMs
        self.disk = disk as? DiskEntries
        self.decode = decode
        nextSweep = retentionMs
    }

    /// Takes over the rows of another store of the same kind. Returns whether it could: not if there is one on disk.
    @usableFromInline
    func takeRows(of other: TimedRows) -> Bool {
        guard disk == nil, other.disk == nil else { return false }
        table.takeRows(of: other.table)
        (streamTime, swept, roundStart) = (other.streamTime, other.swept, other.roundStart)
        (nextSweep, putsToSweep) = (other.nextSweep, other.putsToSweep)
        return true
    }

    /// The latest time that is out of retention.
    @inlinable var limit: Int64 { streamTime.saturatingSubtract(retentionMs) }

    @inlinable
    func find(_ key: Key) -> Ref? { try? keys.withBytes(key) { table.find($0) ?? read($0) } }

    @inlinable
    func findOrInsert(_ key: Key) throws -> Ref {
        try keys.withBytes(key) { key in try findOrInsert(bytes: key) }
    }

    @inlinable
    func findOrInsert(bytes key: UnsafeRawBufferPointer) throws -> Ref {
        let ref = try table.findOrInsert(key)
        if !table.hasValue(ref) { try fill(ref, key) }
        return ref
    }

    /// The entries of a row, to be changed where they are.
    @inlinable @inline(__always)
    func entries(_ ref: Ref) -> UnsafeMutablePointer<OrderedEntries<Entry>> { table.valuePointer(ref) }

    /// Removes the row if it has no entries left.
    @inlinable
    func tidy(_ ref: Ref) { if entries(ref).pointee.isEmpty { table.remove(ref) } }

    /// Removes entries of a row that are out of retention, those before the first one that is not or is held. `remove` is told
    /// of each beforehand.
    @inlinable
    func expire(
        _ ref: Ref, unless isHeld: (Entry) -> Bool, _ remove: (UnsafeRawBufferPointer, Entry) throws -> Void
    ) rethrows {
        let limit = self.limit
        guard let first = entries(ref).pointee.first, first.time.time <= limit else { return }
        let row = entries(ref).pointee
        var place = row.start
        while place < row.end, row[place].time.time <= limit, !isHeld(row[place]) {
            try remove(table.key(ref), row[place])
            place += 1
        }
        entries(ref).pointee.removeFirst(upTo: place)
    }

    /// Takes note of a time, and lets `visit` expire the rows whose turn it is.
    @inlinable
    func advance(to time: Int64, _ visit: (Ref) throws -> Void) rethrows {
        putsToSweep &-= 1
        guard time > streamTime else { return }
        streamTime = time
        if time >= nextSweep, putsToSweep <= 0 { try sweep(visit) }
    }

    /// Visits rows up to where the sweep should have come by now, but not too many at once.
    @inlinable @inline(never)
    func sweep(_ visit: (Ref) throws -> Void) rethrows {
        putsToSweep = 0
        for _ in 0..<4 where streamTime >= nextSweep {
            let (refs, next) = table.rows(at: swept)
            putsToSweep += refs.count / 4
            for ref in refs {
                try visit(ref)
                tidy(ref)
            }
            swept = next
            if next == 0 { roundStart = streamTime }
            nextSweep = roundStart.saturatingAdd(share(of: table.endOfRows(at: next)))
        }
    }

    /// The part of the retention after which the sweep has come to a hash.
    @usableFromInline
    func share(of hash: UInt64) -> Int64 {
        Int64(exactly: (Double(retentionMs) * Double(hash) / 0x1p32).rounded(.up)) ?? .max
    }

    /// Calls `body` with the rows' keys and entries, in no particular order.
    @inlinable
    func forEach(_ body: (Ref) throws -> Void) rethrows { try table.forEach(body) }
}

extension RowTable {
    /// The rows at a hash that share the index's segment, and the first hash after them; 0 after the last.
    @usableFromInline
    func rows(at hash: UInt32) -> (refs: [Ref], next: UInt32) { index.rows(at: hash) }

    /// The first hash after the rows that share the segment of a hash.
    @usableFromInline
    func endOfRows(at hash: UInt32) -> UInt64 { index.endOfSegment(at: hash) }
}
