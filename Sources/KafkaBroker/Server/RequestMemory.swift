internal import Synchronization

/// The bytes of all requests and answers under way. Who wants to read another request waits while there are too many.
final class RequestMemory: Sendable {
    private struct State {
        var used = 0
        var waiting: [UInt64: Signal] = [:]
        var lastID: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = max(1, limit) }

    /// The bytes under way.
    var used: Int { state.withLock { $0.used } }

    /// The bytes that others may have.
    var left: Int { limit - used }

    /// Suspends while there are too many bytes, or until the task is cancelled.
    func waitForRoom() async {
        while !Task.isCancelled {
            let wait = state.withLock { state -> (id: UInt64, signal: Signal)? in
                guard state.used >= limit else { return nil }
                state.lastID += 1
                let signal = Signal()
                state.waiting[state.lastID] = signal
                return (state.lastID, signal)
            }
            guard let wait else { return }
            await wait.signal.wait()
            state.withLock { _ = $0.waiting.removeValue(forKey: wait.id) }
        }
    }

    /// Counts a request that was read, or an answer that is being sent.
    func add(_ bytes: Int) { state.withLock { $0.used += bytes } }

    /// It is gone.
    func remove(_ bytes: Int) {
        let waiting = state.withLock { state -> [Signal] in
            let wasFull = state.used >= limit
            state.used -= bytes
            return wasFull && state.used < limit ? Array(state.waiting.values) : []
        }
        for signal in waiting { signal.fire() }
    }
}
