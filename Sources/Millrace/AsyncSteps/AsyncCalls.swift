import Synchronization

/// The calls of a task's asynchronous steps that have not ended.
///
/// Each is a task of its own and no child of the runner's, which could not go on before a call that never ends; so the life that has
/// made them cancels them at its end, and waits for them for some time.
package final class AsyncCalls: Sendable {
    private struct State {
        /// Those that have not ended, by number; nil for a moment while one begins.
        var running: [Int: Task<Void, Never>?] = [:]
        var lastNumber = 0
        /// Nobody wants what calls bring any more.
        var isOver = false
        /// Called when a call has ended.
        var listener: (@Sendable () -> Void)?
        /// Who waits for the end of all.
        var waiter: CheckedContinuation<Void, Never>?
        /// Nobody is to wait any longer.
        var hasWaited = false
    }

    private let state = Mutex(State())
    private let executor: (any TaskExecutor)?

    /// Calls on `executor`; nil for Swift's own threads.
    package init(on executor: (any TaskExecutor)? = nil) { self.executor = executor }

    /// How many calls have not ended.
    package var running: Int { state.withLock { $0.running.count } }

    /// Has `listener` called whenever a call has ended.
    func setListener(_ listener: (@Sendable () -> Void)?) { state.withLock { $0.listener = listener } }

    /// Begins a call, and gives its number. Begins none any more once all were cancelled.
    func start(_ call: @escaping @Sendable () async -> Void) -> Int {
        let (number, isOver) = state.withLock { state in
            state.lastNumber += 1
            if !state.isOver { state.running.updateValue(nil, forKey: state.lastNumber) }
            return (state.lastNumber, state.isOver)
        }
        if isOver { return number }
        let task = Task(executorPreference: executor) {
            await call()
            self.ended(number)
        }
        let isCancelled = state.withLock { state in
            if state.running[number] != nil { state.running.updateValue(task, forKey: number) }
            return state.isOver
        }
        if isCancelled { task.cancel() }
        return number
    }

    /// Cancels a call, which then should end.
    func cancel(_ number: Int) { state.withLock { $0.running[number] ?? nil }?.cancel() }

    /// Cancels all calls. What they bring is nobody's.
    func cancelAll() {
        let tasks = state.withLock { state in
            state.isOver = true
            return state.running.values.compactMap(\.self)
        }
        for task in tasks { task.cancel() }
    }

    private func ended(_ number: Int) {
        let (listener, waiter) = state.withLock { state in
            state.running.removeValue(forKey: number)
            defer { if state.running.isEmpty { state.waiter = nil } }
            return (state.listener, state.running.isEmpty ? state.waiter : nil)
        }
        listener?()
        waiter?.resume()
    }

    /// Waits for the end of all calls, also in a task that is cancelled, but not for longer than `milliseconds`. Returns how many
    /// are left. For one waiter at a time.
    func waitForEnd(
        atMost milliseconds: Int64, sleep: @escaping @Sendable (Int64) async throws -> Void
    ) async -> Int {
        let isOver = state.withLock { state in
            state.hasWaited = false
            return state.running.isEmpty
        }
        if isOver { return 0 }
        let limit = Task {
            try? await sleep(milliseconds)
            self.stopWaiting()
        }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.running.isEmpty || state.hasWaited { return true }
                state.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
        limit.cancel()
        return running
    }

    private func stopWaiting() {
        let waiter = state.withLock { state in
            state.hasWaited = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
