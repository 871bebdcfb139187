/// Rows in memory that are on disk too go when their room is needed: those that were changed last before the last but one visit
/// of a sweep over the table. A store sets the links of rows that it has flushed to `flushedLink`.
extension RowTable {
    /// The link of a row that is as it is on disk, and was changed or read since the last visit of the sweep.
    @inlinable static var flushedLink: Int32 { -2 }

    /// About how many bytes the rows in use take.
    @inlinable
    func usedBytes(_ disk: DiskRows) -> Int {
        arena.used &+ index.size &+ (order == nil ? 0 : count &* 16)
            &+ (_isPOD(Value.self) ? 0 : count &* (disk.valueBytes &+ 32))
    }

    /// Lets rows go if they take more than they may, but those that have changed since the last flush.
    @inlinable @inline(__always)
    func makeRoom(_ disk: DiskRows) {
        let used = usedBytes(disk)
        if used > disk.reported &+ 1 << 16 || (used > disk.allowed && !disk.isHeld) { shrink(disk, used) }
    }

    @inlinable @inline(never)
    func shrink(_ disk: DiskRows, _ used: Int) {
        disk.report(used)
        guard used > disk.allowed, !disk.isHeld, scans == 0 else { return }
        let goal = disk.allowed - disk.allowed / 16
        // Twice round, as the first visit of a row may only mark it.
        var rounds = 0
        while rounds < 2, usedBytes(disk) > goal {
            let (refs, next) = rows(at: disk.swept)
            for ref in refs {
                let link = link(ref)
                if link == -1 { remove(ref) } else if link < -1 { setLink(ref, -1) }
            }
            disk.swept = next
            if next == 0 { rounds += 1 }
        }
        let left = usedBytes(disk)
        disk.report(left)
        guard left > goal else { return }
        disk.isHeld = true
        disk.askForCommit()
    }

    /// All rows are on disk: gives room back.
    @inlinable
    func flushed(_ disk: DiskRows) {
        disk.isHeld = false
        disk.report(usedBytes(disk))
        // What the arena has taken it keeps, so others need it more if they have come since.
        if scans == 0, size > disk.allowed &+ disk.allowed / 4 {
            removeAll()
            disk.swept = 0
            disk.report(usedBytes(disk))
        } else {
            makeRoom(disk)
        }
    }
}
