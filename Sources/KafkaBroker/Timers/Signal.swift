internal import Synchronization

/// Something one task waits for and others make happen. A signal that comes before the wait is not lost; several
/// count as one.
final class Signal: Sendable {
    private enum State {
        case idle
        case fired
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    /// Ends the wait under way, or the next one.
    func fire() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .waiting(let continuation) = state else {
                state = .fired
                return nil
            }
            state = .idle
            return continuation
        }
        waiting?.resume()
    }

    /// Suspends until the signal has fired or the task is cancelled. One task at a time waits.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let goesOn = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    if case .fired = state {
                        state = .idle
                        return continuation
                    }
                    if Task.isCancelled { return continuation }
                    guard case .waiting(let earlier) = state else {
                        state = .waiting(continuation)
                        return nil
                    }
                    state = .waiting(continuation)
                    return earlier
                }
                goesOn?.resume()
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .waiting(let continuation) = state else { return nil }
                state = .idle
                return continuation
            }
            waiting?.resume()
        }
    }
}
