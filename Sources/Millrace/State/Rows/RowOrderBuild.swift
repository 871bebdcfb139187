/// The order of a table's rows while it is made, a few thousand rows a step, so that a large table need not be sorted at once: rows
/// are collected segment by segment of the index into sorted runs, which are then merged; what was inserted and removed meanwhile
/// follows.
///
/// The table keeps the keys of removed rows until this is over.
@usableFromInline
struct RowOrderBuild {
    /// The least entry of a run that is not merged yet.
    private struct Head {
        let entry: RowOrder.Entry
        let run: Int
    }

    typealias Key = (UInt32) -> UnsafeRawBufferPointer

    /// So many rows are merged, or changes followed, in a step.
    static let rowsInStep = 4096

    /// As far as it is made.
    private(set) var order = RowOrder()
    /// The first hash of the rows that are not collected.
    private var next: UInt32 = 0
    private var isCollected = false
    /// What is left of runs, the least entry last.
    private var runs: [[RowOrder.Entry]] = []
    /// A heap with the least head on top.
    private var heads: [Head] = []
    private var changes: [(ref: UInt32, isRemoval: Bool)] = []
    private var followed = 0

    /// How many changes of the table wait.
    var changeCount: Int { changes.count - followed }

    /// A row was inserted, or is about to be removed.
    mutating func note(_ ref: UInt32, isRemoval: Bool) { changes.append((ref, isRemoval)) }

    /// Goes on. Returns whether the order has all rows.
    mutating func step(_ index: RowIndex, _ key: Key) -> Bool {
        if !isCollected {
            collect(index, key)
        } else if !heads.isEmpty {
            merge(key)
        } else {
            follow(key)
            return changeCount == 0
        }
        return false
    }

    private mutating func collect(_ index: RowIndex, _ key: Key) {
        let found = index.rows(at: next)
        (next, isCollected) = (found.next, found.next == 0)
        var run = found.refs.map { RowOrder.Entry($0, key($0)) }
        run.sort { $1.isBefore($0, key) }
        guard let least = run.popLast() else { return }
        heads.append(Head(entry: least, run: runs.count))
        runs.append(run)
        var child = heads.count - 1
        while child > 0, heads[child].entry.isBefore(heads[(child - 1) / 2].entry, key) {
            heads.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func merge(_ key: Key) {
        for _ in 0..<Self.rowsInStep {
            guard let least = heads.first else { break }
            order.append(least.entry)
            if let entry = runs[least.run].popLast() {
                heads[0] = Head(entry: entry, run: least.run)
            } else {
                runs[least.run] = []
                heads.swapAt(0, heads.count - 1)
                heads.removeLast()
            }
            sink(key)
        }
    }

    /// Brings the head on top to its place.
    private mutating func sink(_ key: Key) {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heads.count {
                if heads[child].entry.isBefore(heads[least].entry, key) { least = child }
            }
            guard least != parent else { return }
            heads.swapAt(parent, least)
            parent = least
        }
    }

    private mutating func follow(_ key: Key) {
        for (ref, isRemoval) in changes[followed..<min(followed + Self.rowsInStep, changes.count)] {
            if isRemoval {
                order.remove(ref, key)
            } else if !order.contains(ref, key) {
                // It was not collected.
                order.insert(ref, key)
            }
            followed += 1
        }
    }
}

extension RowTable {
    /// The order of the rows, kept up from now on.
    func currentOrder() -> RowOrder {
        while true {
            if let order { return order }
            _ = advanceOrder()
        }
    }

    /// Makes the order of the rows as long as `goesOn`. Returns whether it is made; it is kept up from then on.
    func makeOrder(while goesOn: () -> Bool) -> Bool {
        while !advanceOrder() { if !goesOn() { return false } }
        return true
    }

    private func advanceOrder() -> Bool {
        if order != nil { return true }
        if ordering == nil {
            (ordering, keepsOrder) = (RowOrderBuild(), true)
            scans += 1
        }
        guard ordering?.step(index, key) == true else { return false }
        (order, ordering) = (ordering?.order, nil)
        scanEnded()
        return true
    }

    /// Drops an order that is being made, with what it holds on to.
    func giveUpOrdering() {
        guard ordering != nil else { return }
        (ordering, keepsOrder) = (nil, false)
        scanEnded()
    }

    @usableFromInline
    func insertIntoOrder(_ ref: Ref) {
        if order != nil { order?.insert(ref, key) } else { note(ref, isRemoval: false) }
    }

    @usableFromInline
    func removeFromOrder(_ ref: Ref) {
        if order != nil { order?.remove(ref, key) } else { note(ref, isRemoval: true) }
    }

    /// Whoever wanted the order may have gone: what it holds on to is never more than another table of this size.
    private func note(_ ref: Ref, isRemoval: Bool) {
        ordering?.note(ref, isRemoval: isRemoval)
        if (ordering?.changeCount ?? 0) > max(count, 16 * RowOrderBuild.rowsInStep) { giveUpOrdering() }
    }

    /// Frees what was removed during scans once none is under way.
    func scanEnded() {
        scans -= 1
        guard scans == 0 else { return }
        for ref in removed { arena.free(ref, Self.keyOffset + key(ref).count, shift: Self.unitShift) }
        removed = []
    }
}
