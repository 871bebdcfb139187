internal import Synchronization

/// All timers of a broker: one loop sleeps until the earliest deadline, or until an earlier one is set.
final class BrokerTimers: Sendable {
    private struct State {
        var queue = TimerQueue()
        /// Until when the loop sleeps; nil while it does not sleep.
        var sleepingUntil: Int64?
        var isClosed = false
    }

    private let clock: BrokerClock
    private let state = Mutex(State())
    private let wake = Signal()

    init(clock: BrokerClock) { self.clock = clock }

    /// How many timers are set.
    var count: Int { state.withLock { $0.queue.count } }

    /// Calls `action` once `deadline` (on the monotonic clock) has come, from the loop and outside of any lock. After
    /// `close` it is called at once.
    @discardableResult
    func schedule(at deadline: Int64, _ action: @escaping @Sendable () -> Void) -> TimerQueue.ID {
        let (id, mustWake) = state.withLock { state -> (TimerQueue.ID?, Bool) in
            guard !state.isClosed else { return (nil, false) }
            let mustWake = state.sleepingUntil.map { deadline < $0 } ?? false
            return (state.queue.schedule(at: deadline, action), mustWake)
        }
        if mustWake { wake.fire() }
        guard let id else {
            action()
            return 0
        }
        return id
    }

    /// Takes a timer back. Its action may still be under way.
    func cancel(_ id: TimerQueue.ID) { state.withLock { $0.queue.cancel(id) } }

    /// The loop. Returns when the timers are closed or the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let due = state.withLock { $0.queue.takeDue(now: clock.monotonic()) }
            for action in due { action() }
            let (deadline, isClosed) = state.withLock { state -> (Int64, Bool) in
                let deadline = state.queue.nextDeadline ?? .max
                state.sleepingUntil = deadline
                return (deadline, state.isClosed)
            }
            if isClosed { return }
            await sleep(until: deadline)
            state.withLock { $0.sleepingUntil = nil }
        }
    }

    /// Fires everything that is set and ends the loop.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            return state.queue.takeDue(now: .max)
        }
        for action in left { action() }
        wake.fire()
    }

    private func sleep(until deadline: Int64) async {
        guard deadline != .max else { return await wake.wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in try? await clock.sleep(deadline) }
            group.addTask { [wake] in await wake.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
