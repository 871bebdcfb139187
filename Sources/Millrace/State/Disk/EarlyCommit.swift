/// Whether a task is to commit before it is due, as rows on disk that belong to no commit yet take much memory.
final class EarlyCommit {
    private let memory: StateMemory
    /// About how many bytes were put since the last commit.
    private var pending = 0
    private(set) var isWanted = false

    init(_ memory: StateMemory) { self.memory = memory }

    /// So many bytes were put.
    func note(put bytes: Int) {
        pending &+= bytes
        guard pending >= 1 << 16, !isWanted else { return }
        isWanted = pending >= memory.fairBuffers / 2
    }

    /// A store has no room in memory but for rows that belong to no commit yet.
    func ask() { isWanted = true }

    /// The task has committed.
    func isDone() {
        pending = 0
        isWanted = false
    }
}
