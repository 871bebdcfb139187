/// Which commits of tasks go into a transaction together. Without I/O.
///
/// All that come while a transaction is under way share the next one. If that fails in a way that lets it be aborted, its commits
/// go again one by one: so only the one that is at fault fails, and the tasks of the others notice nothing.
struct CommitQueue<Commit: Sendable>: Sendable {
    struct Entry: Sendable {
        let number: Int
        let commit: Commit
        fileprivate(set) var isAlone = false
    }

    /// Those that go alone are first.
    private var waiting: [Entry] = []
    private var lastNumber = 0

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }
    /// How many wait.
    var count: Int { waiting.count }

    /// A task commits. Returns the number by which the commit is known.
    mutating func add(_ commit: Commit) -> Int {
        lastNumber += 1
        waiting.append(Entry(number: lastNumber, commit: commit))
        return lastNumber
    }

    /// Takes out the commits of the next transaction.
    mutating func takeNext() -> [Entry] {
        guard let first = waiting.first, first.isAlone else { return takeAll() }
        waiting.removeFirst()
        return [first]
    }

    /// Takes out all that wait.
    mutating func takeAll() -> [Entry] {
        defer { waiting = [] }
        return waiting
    }

    /// The transaction of these commits was aborted. Returns those that have failed for good; the others go again before all that
    /// wait. `concernsAll`: whether another attempt would end in the same way for each.
    mutating func aborted(_ entries: [Entry], concernsAll: Bool) -> [Entry] {
        if concernsAll || entries.count < 2 { return entries }
        var again = entries
        for index in again.indices { again[index].isAlone = true }
        waiting.insert(contentsOf: again, at: 0)
        return []
    }
}
