/// Rows in memory that are on disk too are let go of when their room is needed: those first that have not been changed since the
/// last visit of a sweep over the table. A store sets the links of rows that it has flushed to `flushedLink`.
extension RowTable {
    /// The link of a row that is as it is on disk, and was changed since the last visit of the sweep.
    @inlinable static var flushedLink: Int32 { -2 }

    /// Counts what the rows take.
    @inlinable
    func count(_ disk: DiskRows) {
        var bytes = arena.used &+ index.size
        if keepsOrder { bytes &+= count &* 16 }
        if !_isPOD(Value.self) { bytes &+= count &* (disk.room.valueBytes &+ 32) }
        disk.room.used &+= bytes &- disk.counted
        disk.counted = bytes
    }

    /// Lets rows go that are as they are on disk, until there is room enough, or all such have gone. `keepsRecent`: those that
    /// were changed lately go last. `isHeld` tells of rows that are not to go, besides those whose links are in use.
    @inlinable
    func letGo(_ disk: DiskRows, keepsRecent: Bool, unless isHeld: (Ref) -> Bool = { _ in false }) {
        guard scans == 0 else { return }
        var rounds = 0
        while rounds < 2, !disk.room.isEnough {
            let (refs, next) = rows(at: disk.swept)
            for ref in refs {
                let link = isHeld(ref) ? 0 : link(ref)
                if link == -1 || (link < 0 && !keepsRecent) { remove(ref) } else if link < 0 { setLink(ref, -1) }
            }
            disk.swept = next
            if next == 0 { rounds += 1 }
            count(disk)
        }
        if count == 0 { giveBack(disk) }
    }

    /// Gives the memory back that rows have left, if all rows are as they are on disk. What an arena has taken it keeps else.
    @inlinable
    func giveBack(_ disk: DiskRows) {
        guard scans == 0 else { return }
        removeAll()
        disk.swept = 0
        count(disk)
    }
}
