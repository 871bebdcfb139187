import Synchronization

@testable import KafkaBroker

/// Time that stands still until a test moves it.
final class ManualClock: Sendable {
    private struct State {
        var now: Int64 = 1_000_000
        var sleepers: [Int: (deadline: Int64, continuation: CheckedContinuation<Void, Never>)] = [:]
        var lastID = 0
    }

    private let state = Mutex(State())

    var now: Int64 { state.withLock { $0.now } }

    /// The clock as a broker sees it.
    var clock: BrokerClock {
        BrokerClock(wall: { self.now }, monotonic: { self.now }, sleep: { try await self.sleep(until: $0) })
    }

    /// Moves time on and wakes those whose time has come.
    func advance(by milliseconds: Int64) {
        let due = state.withLock { state in
            state.now += milliseconds
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    private func sleep(until deadline: Int64) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let goesOn = state.withLock { state in
                    if Task.isCancelled || deadline <= state.now { return true }
                    state.sleepers[id] = (deadline, continuation)
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id)?.continuation }?.resume()
        }
        try Task.checkCancellation()
    }
}
