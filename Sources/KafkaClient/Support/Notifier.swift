import Synchronization

/// Wakes tasks that wait for something to change. What changes is kept elsewhere: a waiter reads `version`, looks whether
/// there is something to do, and if not waits for a later version. So no notification is lost, and many make one.
package final class Notifier: Sendable {
    private struct State {
        package var version: UInt64 = 0
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// How often something has changed.
    package var version: UInt64 { state.withLock { $0.version } }

    /// Something has changed: all who wait go on.
    package func notify() {
        let waiters = state.withLock { state in
            state.version &+= 1
            guard !state.waiters.isEmpty else { return [Int: CheckedContinuation<Void, Never>]() }
            defer { state.waiters.removeAll(keepingCapacity: true) }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Waits until something changes after version `seen`, `milliseconds` have gone by, or the task is cancelled.
    package func wait(after seen: UInt64, atMost milliseconds: Int64, _ environment: ClientEnvironment) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(after: seen) }
            group.addTask { try? await environment.sleep(milliseconds) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Waits until something changes after version `seen`, or until the task is cancelled.
    package func wait(after seen: UInt64) async {
        let id: Int? = state.withLock { state in
            guard state.version == seen else { return nil }
            state.nextWaiter += 1
            return state.nextWaiter
        }
        guard let id else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goOn = state.withLock { state in
                    if state.version != seen || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
