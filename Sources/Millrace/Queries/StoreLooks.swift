import Synchronization

// Looking into stores from outside of their steps.

extension KeyValueStore {
    @usableFromInline var rowCount: Int? { disk?.rowCount ?? table.count }

    @usableFromInline var memoryBytes: Int? { table.size }

    @usableFromInline var cacheUse: CacheUse? { forwarder == nil ? nil : changed.use }

    @usableFromInline
    func endLook() { if let disk { table.giveBack(disk) } }

    @usableFromInline
    func putInOrder(while goesOn: () -> Bool) -> Bool { disk != nil || table.makeOrder(while: goesOn) }
}

extension GlobalStore {
    @usableFromInline var rowCount: Int? { rows.withLock { $0.table.count } }

    /// Step by step, as tasks wait for the lock.
    @usableFromInline
    func putInOrder(while goesOn: () -> Bool) -> Bool {
        repeat {
            if rows.withLock({ $0.table.makeOrder { false } }) { return true }
        } while goesOn()
        return false
    }
}

extension WindowStore {
    @usableFromInline var rowCount: Int? { disk?.rowCount ?? windows.reduce(0) { $0 + $1.table.count } }

    @usableFromInline var memoryBytes: Int? { windows.reduce(0) { $0 + $1.table.size } }

    @usableFromInline var cacheUse: CacheUse? { forwarder == nil ? nil : changed.use }

    @usableFromInline
    func beginLook() { begin() }

    /// The task begins with what there is on disk then.
    @usableFromInline
    func endLook() {
        guard disk != nil else { return }
        for window in windows { if let rows = window.disk { window.table.giveBack(rows) } }
        (windows, expired, streamTime) = ([], [], -1)
    }

    @usableFromInline
    func putInOrder(while goesOn: () -> Bool) -> Bool {
        disk != nil || windows.allSatisfy { $0.table.makeOrder(while: goesOn) }
    }
}

extension TimedStore {
    @usableFromInline var rowCount: Int? { rows.rowCount }

    @usableFromInline var memoryBytes: Int? { rows.table.size }

    @usableFromInline var cacheUse: CacheUse? { forwarder == nil ? nil : changed.use }

    @usableFromInline
    func beginLook() { begin() }

    @usableFromInline
    func endLook() { rows.endLook() }

    @usableFromInline
    func putInOrder(while goesOn: () -> Bool) -> Bool { rows.disk != nil || rows.table.makeOrder(while: goesOn) }
}

extension JoinWindowStore {
    @usableFromInline var rowCount: Int? { rows.rowCount }

    @usableFromInline var memoryBytes: Int? { rows.table.size }

    @usableFromInline
    func beginLook() { begin() }

    @usableFromInline
    func endLook() { rows.endLook() }
}

extension VersionedStore {
    @usableFromInline var rowCount: Int? { rows.rowCount }

    @usableFromInline var memoryBytes: Int? { rows.table.size }

    /// Rows stay when a look ends: what is put back goes through them, so they are never behind the disk.
    @usableFromInline
    func beginLook() { begin() }
}

extension TimedRows {
    var rowCount: Int { disk?.rowCount ?? table.count }

    func endLook() { if let disk { table.giveBack(disk.rows) } }
}
