/// What is to happen at which time: a binary heap by deadline. It knows no clock.
struct TimerQueue: Sendable {
    typealias ID = UInt64

    private struct Entry: Sendable {
        var deadline: Int64
        var id: ID
    }

    private var heap: [Entry] = []
    private var actions: [ID: @Sendable () -> Void] = [:]
    private var lastID: ID = 0

    /// The earliest deadline.
    var nextDeadline: Int64? { heap.first?.deadline }
    /// How many timers are set.
    var count: Int { actions.count }

    /// Sets a timer.
    mutating func schedule(at deadline: Int64, _ action: @escaping @Sendable () -> Void) -> ID {
        lastID += 1
        actions[lastID] = action
        heap.append(Entry(deadline: deadline, id: lastID))
        var child = heap.count - 1
        while child > 0, case let parent = (child - 1) / 2, heap[child].deadline < heap[parent].deadline {
            heap.swapAt(child, parent)
            child = parent
        }
        return lastID
    }

    /// Takes a timer back; one that has fired is fine.
    mutating func cancel(_ id: ID) {
        actions[id] = nil
        // Entries without an action go when they reach the top, or all at once when they are the most.
        if heap.count > 64, heap.count > 2 * actions.count {
            heap.removeAll { actions[$0.id] == nil }
            heap.sort { $0.deadline < $1.deadline }
        }
        while let first = heap.first, actions[first.id] == nil { removeFirst() }
    }

    /// Takes out all timers whose time has come, earliest first.
    mutating func takeDue(now: Int64) -> [@Sendable () -> Void] {
        var due: [@Sendable () -> Void] = []
        while let first = heap.first, first.deadline <= now || actions[first.id] == nil {
            if let action = actions.removeValue(forKey: first.id) { due.append(action) }
            removeFirst()
        }
        return due
    }

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline { child += 1 }
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
