public import KafkaProtocol

/// A table: a value and its event time by key. Changes since the last flush are collapsed per key, then forwarded downstream (if
/// held back by the write-back cache) and written to the changelog.
///
/// The rows are in memory, all of them or those that a store on disk has used lately: what is not found there is looked for on
/// disk (`DiskRows`), and a flush puts what has changed.
@usableFromInline
final class KeyValueStore<Key: Hashable, Value>: StateStore {
    @usableFromInline let name: String
    @usableFromInline let keys: KeyCoder<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let changelog: ChangelogWriter?
    @usableFromInline let context: TaskContext
    @usableFromInline let table = RowTable<Value>()
    /// Nil if all rows are in memory.
    @usableFromInline let disk: DiskRows?
    // Unchecked exclusivity here and in the other parts of a task: one thread uses them at a time, and no access to them
    // is under way while foreign code runs. The checks would cost more than the work for a record.
    @exclusivity(unchecked) @usableFromInline var changed = ChangeList<RowTable<Value>.Ref, Value>()
    /// Set by the step that owns the store if updates are to be held back until a flush.
    @exclusivity(unchecked) @usableFromInline var forwarder: ChangeForwarder<Key, Value>?
    // The protocol's methods as the caller of `init` has specialised them: a witness of a generic class is not.
    @usableFromInline let flushing: (KeyValueStore) throws -> Void
    @usableFromInline let restoring: (KeyValueStore, inout RestoredRecords) throws -> Void

    @inlinable
    init(
        name: String, key: Serde<Key>, value: Serde<Value>, changelog: ChangelogWriter?, context: TaskContext
    ) {
        self.name = name
        keys = KeyCoder(key)
        self.valueSerde = value
        self.changelog = changelog
        disk = changelog?.disk as? DiskRows
        self.context = context
        flushing = { try $0.flushChanges() }
        restoring = { try $0.restoreRows(&$1) }
    }

    @inlinable var keySerde: Serde<Key> { keys.serde }

    /// The value of `key`.
    @inlinable
    func get(_ key: Key) -> ValueAndTimestamp<Value>? {
        // There is no row of a key that cannot be written.
        guard let ref = try? keys.withBytes(key, { table.find($0) ?? read($0) }), let value = table[ref] else { return nil }
        return ValueAndTimestamp(value, table.timestamp(ref))
    }

    /// Sets the value of `key`; nil deletes.
    @inlinable
    func put(_ key: Key, _ value: Value?, timestamp: Int64, headers: [RecordHeader] = []) throws {
        let ref = try keys.withBytes(key) { try row($0) }
        try set(ref, value, timestamp: timestamp, headers: headers)
    }

    /// Replaces the value of `key` by what `update` makes of it, in one look-up. If that throws, all is as before.
    @inlinable
    func update(
        _ key: Key, headers: [RecordHeader],
        _ update: (ValueAndTimestamp<Value>?) throws -> (value: Value?, timestamp: Int64)
    ) throws {
        let ref = try keys.withBytes(key) { try row($0) }
        let result: (value: Value?, timestamp: Int64)
        do {
            result = try update(table[ref].map { ValueAndTimestamp($0, table.timestamp(ref)) })
        } catch {
            if !table.hasValue(ref), table.link(ref) < 0 { table.remove(ref) }
            throw error
        }
        try set(ref, result.value, timestamp: result.timestamp, headers: headers)
    }

    /// The row of the key, made if there is none in memory, with what is on disk.
    @inlinable @inline(__always)
    func row(_ key: UnsafeRawBufferPointer) throws -> RowTable<Value>.Ref {
        try table.findOrInsert(key) { try insert($0, hash: $1) }
    }

    @inlinable @inline(never)
    func insert(_ key: UnsafeRawBufferPointer, hash: UInt32) throws -> RowTable<Value>.Ref {
        guard let disk else { return try table.insert(key, hash: hash) }
        makeRoom(disk)
        guard let found = try disk.get(key) else { return try table.insert(key, hash: hash) }
        let value = try valueSerde.decode(copying: found.value)
        let ref = try table.insert(key, hash: hash)
        table[ref] = value
        table.setTimestamp(ref, found.timestamp)
        return ref
    }

    /// The row of a key that is not in memory, if it is on disk.
    @inlinable @inline(never)
    func read(_ key: UnsafeRawBufferPointer) -> RowTable<Value>.Ref? {
        guard disk != nil else { return nil }
        let ref = context.stored { try insert(key, hash: KeyHash.hash(key, table.seed)) }
        guard let ref, !table.hasValue(ref) else { return ref }
        table.remove(ref)
        return nil
    }

    /// Lets rows go if those in memory take more room than they may.
    @inlinable
    func makeRoom(_ disk: DiskRows) {
        table.count(disk)
        disk.room.note(changes: changed.bytes(row: 64), list: changed.size)
        guard disk.room.isDue else { return }
        disk.room.report()
        guard !disk.room.isEnough, !disk.room.isHeld else { return }
        table.letGo(disk, keepsRecent: true)
        disk.room.hasShrunk()
    }

    /// All rows are as they are on disk.
    @inlinable
    func tidy(_ disk: DiskRows) {
        disk.room.isHeld = false
        table.count(disk)
        disk.room.report()
        if table.size > disk.room.allowed &+ disk.room.allowed / 4 { table.giveBack(disk) }
        makeRoom(disk)
    }

    @inlinable
    func set(_ ref: RowTable<Value>.Ref, _ value: Value?, timestamp: Int64, headers: [RecordHeader]) throws {
        let link = table.link(ref)
        if link < 0 {
            table.setLink(
                ref, changed.add(ref, old: table[ref], headers: forwarder == nil ? [] : headers.detached()))
        } else if forwarder != nil {
            changed.touch(link, headers: headers.detached(), movesToEnd: false)
        }
        table[ref] = if let value, let detach = valueSerde.detach { detach(value) } else { value }
        table.setTimestamp(ref, timestamp)
        // Flushes early if the cache's budget is used up.
        if forwarder != nil, changed.bytes(row: 64) > context.cacheBytes { try flushChanges() }
    }

    @usableFromInline
    func flush() throws { try flushing(self) }

    @inlinable
    func flushChanges() throws {
        guard !changed.isEmpty else { return }
        disk?.room.isHeld = true
        var taken = changed.take(byLast: false)
        let link = disk == nil ? -1 : RowTable<Value>.flushedLink
        for change in taken {
            guard let ref = change.place else { continue }
            table.setLink(ref, link)
            let value = table[ref]
            if value != nil || change.old != nil {
                let time = table.timestamp(ref)
                if let forwarder {
                    try forwarder(keys.decode(table.key(ref)), Change(old: change.old, new: value), time, change.headers)
                }
                try changelog?.write(
                    key: table.key(ref), value, valueSerde, timestamp: time, isNew: change.old == nil)
            }
            // A walk over disk and memory must see that it is gone.
            if value == nil, disk == nil || table.scans == 0 { table.remove(ref) }
        }
        changed.reuse(&taken)
        if let disk { tidy(disk) }
    }

    @usableFromInline
    func restore(key: Bytes, value: Bytes?, timestamp: Int64) throws {
        var records = RestoredRecords(key: key, value: value, timestamp: timestamp)
        try restoring(self, &records)
    }

    @usableFromInline
    func restore(_ records: inout RestoredRecords) throws { try restoring(self, &records) }

    @inlinable
    func restoreRows(_ records: inout RestoredRecords) throws {
        // Values that are slices need memory of their own.
        let copies = valueSerde.detach != nil && disk == nil ? records.copiedValues() : nil
        var copied = 0
        let payload = records.payload
        try payload.withUnsafeBytes { bytes throws(any Error) -> Void in
            while records.next < records.records.count {
                let record = records.records[records.next]
                let key = UnsafeRawBufferPointer(rebasing: bytes[record.keyStart..<record.keyStart + record.keyCount])
                let value =
                    record.valueCount < 0
                    ? nil : UnsafeRawBufferPointer(rebasing: bytes[record.valueStart..<record.valueStart + record.valueCount])
                if let disk {
                    try disk.restore(key, value, timestamp: record.timestamp)
                } else {
                    try keys.check(key)
                    if let value {
                        let decoded: Value
                        if let copies {
                            decoded = try valueSerde.decode(copies[copied..<copied + record.valueCount])
                            copied += record.valueCount
                        } else if let decodeInPlace = valueSerde.decodeInPlace {
                            decoded = try decodeInPlace(value)
                        } else {
                            decoded = try valueSerde.decode(records.slice(record))
                        }
                        let ref = try table.findOrInsert(key)
                        table[ref] = decoded
                        table.setTimestamp(ref, record.timestamp)
                    } else if let ref = table.find(key) {
                        table.remove(ref)
                    }
                }
                records.next += 1
            }
        }
    }

    @usableFromInline
    func takeRows(of other: any StateStore) -> Bool {
        guard let other = other as? KeyValueStore, disk == nil, other.disk == nil, other.changed.isEmpty else { return false }
        table.takeRows(of: other.table)
        return true
    }

    /// Rows in the order of their keys' bytes.
    @inlinable
    func rows(_ bounds: RowBounds) -> StateRows<(key: Key, value: Value, timestamp: Int64)> {
        StateRows { [self] isReversed in
            if let disk { return rows(bounds, on: disk, isReversed: isReversed) }
            let scan = RowScan(table, bounds, isReversed: isReversed)
            return { [self] in
                guard let ref = scan.nextRef(), let value = table[ref], let key = context.stored({ try keys.decode(table.key(ref)) })
                else { return nil }
                return (key, value, table.timestamp(ref))
            }
        }
    }

    /// A walk through the rows in memory and on disk.
    @inlinable
    func rows(_ bounds: RowBounds, on disk: DiskRows, isReversed: Bool) -> () -> (key: Key, value: Value, timestamp: Int64)? {
        guard let scan = context.stored({ try DiskScan(table, disk, bounds, isReversed: isReversed) }) else { return { nil } }
        return { [self] in
            context.stored { () throws -> (key: Key, value: Value, timestamp: Int64)? in
                switch try scan.advance() {
                case nil: return nil
                case .inMemory(let ref)?:
                    guard let value = table[ref] else { return nil }
                    return (try keys.decode(table.key(ref)), value, table.timestamp(ref))
                case .onDisk?:
                    let (timestamp, value) = try DiskRows.split(scan.cursor.value)
                    return (try keys.decode(scan.cursor.key), try valueSerde.decode(copying: value), timestamp)
                }
            } ?? nil
        }
    }

    /// All rows, in no particular order.
    @inlinable
    var all: [(key: Key, value: Value, timestamp: Int64)] {
        if disk != nil { return Array(rows(RowBounds())) }
        var rows: [(key: Key, value: Value, timestamp: Int64)] = []
        table.forEach { ref in
            guard let value = table[ref], let key = context.stored({ try keys.decode(table.key(ref)) }) else { return }
            rows.append((key, value, table.timestamp(ref)))
        }
        return rows
    }
}
