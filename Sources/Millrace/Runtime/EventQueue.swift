import KafkaClient
import Synchronization

/// The consumer's events on their way to the supervisor.
final class EventQueue: Sendable {
    private let state = Mutex<(events: [ConsumerEvent], error: (any Error)?, taskError: (any Error)?)>(([], nil, nil))
    private let wake: WakeSignal

    init(wake: WakeSignal) { self.wake = wake }

    func append(_ event: ConsumerEvent) {
        state.withLock { $0.events.append(event) }
        wake.set()
    }

    func fail(_ error: any Error) {
        state.withLock { $0.error = error }
        wake.set()
    }

    func taskFailed(_ error: any Error) {
        state.withLock { $0.taskError = $0.taskError ?? error }
        wake.set()
    }

    /// Why the first task that failed did so.
    var taskFailure: (any Error)? { state.withLock { $0.taskError } }

    /// Whether the group has gone on without this instance, or the consumer has failed.
    var hasLost: Bool {
        state.withLock { state in
            state.error != nil || state.events.contains { if case .lost = $0 { true } else { false } }
        }
    }

    /// Forgets the events that were not taken.
    func removeAll() { state.withLock { $0.events = [] } }

    func popFirst() throws -> ConsumerEvent? {
        try state.withLock { state in
            if !state.events.isEmpty { return state.events.removeFirst() }
            if let error = state.error { throw error }
            return nil
        }
    }
}
