import Synchronization

extension PartitionLog {
    /// Which records a reader is after.
    enum Isolation: Sendable, Equatable {
        /// All of them.
        case readUncommitted
        /// Those before the first open transaction.
        case readCommitted
    }

    /// Names a waiter, to remove it.
    struct WaiterToken: Sendable, Hashable {
        fileprivate let number: Int
    }

    /// Those who wait for records.
    struct Waiters: Sendable {
        fileprivate struct Waiter: Sendable {
            let token: WaiterToken
            let offset: Int64
            let isolation: Isolation
            let notify: @Sendable () -> Void
        }

        fileprivate var waiting: [Waiter] = []
        private var nextNumber = 0
        fileprivate var count: Int { waiting.count }

        fileprivate mutating func add(
            _ offset: Int64, _ isolation: Isolation, _ notify: @escaping @Sendable () -> Void
        ) -> WaiterToken {
            nextNumber += 1
            let token = WaiterToken(number: nextNumber)
            waiting.append(Waiter(token: token, offset: offset, isolation: isolation, notify: notify))
            return token
        }

        fileprivate mutating func remove(_ token: WaiterToken) { waiting.removeAll { $0.token == token } }
    }

    /// Calls `notify` once when there is something to read at `offset`: when the high watermark, for readers of
    /// committed data the last stable offset, lies beyond it. If it does already, or the log is closed, that is at
    /// once; closing and deleting the log and moving its start call all.
    ///
    /// `notify` is called without a lock held, on the thread that appends, so it must be quick.
    func onAppend(
        beyond offset: Int64, isolation: Isolation, notify: @escaping @Sendable () -> Void
    ) -> WaiterToken {
        let (token, isDue) = state.withLock { state in
            let isDue = state.isClosed || offset < state.logStartOffset || state.isReadable(offset, isolation)
            return (isDue ? WaiterToken(number: 0) : state.waiters.add(offset, isolation, notify), isDue)
        }
        if isDue { notify() }
        return token
    }

    /// How many wait.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Forgets a waiter. It may be called all the same if it is due at this very moment.
    func removeWaiter(_ token: WaiterToken) { state.withLock { $0.waiters.remove(token) } }
}

extension PartitionLog.State {
    fileprivate func isReadable(_ offset: Int64, _ isolation: PartitionLog.Isolation) -> Bool {
        offset < (isolation == .readCommitted ? lastStableOffset : endOffset)
    }

    /// Takes out those for whom there is something to read now.
    mutating func takeDueWaiters() -> [@Sendable () -> Void] {
        guard !waiters.waiting.isEmpty else { return [] }
        var due: [@Sendable () -> Void] = []
        var kept: [PartitionLog.Waiters.Waiter] = []
        for waiter in waiters.waiting {
            if isReadable(waiter.offset, waiter.isolation) { due.append(waiter.notify) } else { kept.append(waiter) }
        }
        if !due.isEmpty { waiters.waiting = kept }
        return due
    }

    /// Takes out all, for something happened that each must look at.
    mutating func takeAllWaiters() -> [@Sendable () -> Void] {
        defer { waiters.waiting = [] }
        return waiters.waiting.map(\.notify)
    }
}
