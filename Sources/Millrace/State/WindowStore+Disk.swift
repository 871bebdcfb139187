import KafkaProtocol

/// Windows whose rows are on disk.
extension WindowStore {
    /// The store is restored: takes up the windows that are there.
    @usableFromInline
    func begin() {
        guard let disk else { return }
        let starts = disk.starts
        streamTime = max(streamTime, starts.last ?? -1)
        let found = starts.map(makeWindow)
        windows = found.filter { $0.start > limit }
        expired = found.filter { $0.start <= limit }
        for window in expired { window.isExpired = true }
    }

    /// The row of a key that is not in memory, if it is on disk.
    @inlinable @inline(never)
    func read(_ key: UnsafeRawBufferPointer, in window: WindowTable) -> UInt32? {
        guard window.disk != nil else { return nil }
        return context.stored { try load(key, in: window) } ?? nil
    }

    @inlinable @inline(never)
    func load(_ key: UnsafeRawBufferPointer, in window: WindowTable) throws -> UInt32? {
        guard let found = try window.disk?.get(key) else { return nil }
        let value = try valueSerde.decode(copying: found.value)
        makeRoom(in: window)
        let ref = try window.table.findOrInsert(key)
        window.table[ref] = value
        window.table.setTimestamp(ref, found.timestamp)
        return ref
    }

    /// Lets rows go if those in memory take more room than they may, of the oldest windows first.
    @inlinable @inline(never)
    func makeRoom(in window: WindowTable) {
        guard let room = disk?.room, let rows = window.disk else { return }
        window.table.count(rows)
        room.note(changes: changed.bytes(row: 64), list: changed.size)
        guard room.isDue else { return }
        room.report()
        guard !room.isEnough, !room.isHeld else { return }
        for window in windows {
            guard let rows = window.disk, !room.isEnough else { break }
            window.table.letGo(rows, keepsRecent: window === windows.last)
        }
        room.hasShrunk()
    }

    /// All rows are as they are on disk.
    @inlinable
    func tidy(_ disk: DiskWindows) {
        disk.room.isHeld = false
        guard disk.room.hasBeenShort else { return disk.room.report() }
        disk.room.hasBeenShort = false
        for window in windows {
            guard let rows = window.disk else { continue }
            window.table.count(rows)
            // Most rows have gone, and left their memory.
            if window.table.size > 1 << 20, window.table.size > 2 &* rows.counted { window.table.giveBack(rows) }
        }
        disk.room.report()
    }

    /// Drops a window that is out of retention, and deletes its rows from the changelog.
    @usableFromInline
    func delete(_ window: WindowTable, _ rows: DiskRows, from disk: DiskWindows) throws {
        guard changelog?.target != nil else { return disk.drop(window.start) }
        let cursor = try rows.scan(RowBounds(), isReversed: false)
        disk.drop(window.start)
        while try rows.advance(cursor) {
            try write(cursor.key, window.window, nil, timestamp: try DiskRows.split(cursor.value).timestamp)
        }
    }

    /// A walk through the rows of one window.
    @usableFromInline
    final class Walk {
        @usableFromInline let window: WindowTable
        @usableFromInline let memory: RowScan<Value>?
        @usableFromInline let disk: DiskScan<Value>?
        @usableFromInline var place: DiskScan<Value>.Place?

        @inlinable
        init(_ window: WindowTable, _ bounds: RowBounds, isReversed: Bool) throws {
            self.window = window
            if let rows = window.disk {
                disk = try DiskScan(window.table, rows, bounds, isReversed: isReversed)
                memory = nil
            } else {
                memory = RowScan(window.table, bounds, isReversed: isReversed)
                disk = nil
            }
        }

        /// Goes to the next row; false if there is none.
        @inlinable
        func advance() throws -> Bool {
            place = try disk?.advance() ?? memory?.nextRef().map { .inMemory($0) }
            return place != nil
        }

        /// The key of the row that it is at.
        @inlinable
        var key: UnsafeRawBufferPointer {
            switch place {
            case .inMemory(let ref): window.table.key(ref)
            case .onDisk: disk?.cursor.key ?? UnsafeRawBufferPointer(start: nil, count: 0)
            case nil: UnsafeRawBufferPointer(start: nil, count: 0)
            }
        }

        /// The row in memory that it is at; nil if that is on disk.
        @inlinable
        var ref: UInt32? { if case .inMemory(let ref) = place { ref } else { nil } }

        /// The bytes of the row on disk that it is at.
        @inlinable
        var bytes: UnsafeRawBufferPointer { disk?.cursor.value ?? UnsafeRawBufferPointer(start: nil, count: 0) }
    }
}
