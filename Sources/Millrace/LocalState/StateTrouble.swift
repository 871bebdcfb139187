import KafkaProtocol
import Synchronization

/// The disk refuses: it is full, read-only, or fails. Tasks go on from memory meanwhile. How often they try to write, and
/// how often this is told, grows rare. There is one for an application.
final class StateTrouble: Sendable {
    private struct State {
        /// The last failure, until something can be written again.
        var error: (any Error)?
        var pause: Int64 = 0
        var nextAttempt: Int64 = .min
        var wordPause: Int64 = 0
        var nextWord: Int64 = .min
    }

    private static let pauses: ClosedRange<Int64> = 1000...60_000
    private static let wordPauses: ClosedRange<Int64> = 60_000...3_600_000

    private let state = Mutex(State())
    private let now: @Sendable () -> Int64
    private let tell: @Sendable (String) -> Void

    /// `now` is a clock in milliseconds that does not go back.
    init(now: @escaping @Sendable () -> Int64, tell: @escaping @Sendable (String) -> Void) {
        self.now = now
        self.tell = tell
    }

    /// Whether it is time to try to write. After a failure one of all that ask is told so, at growing intervals.
    func mayTry() -> Bool {
        state.withLock { state in
            guard state.error != nil else { return true }
            let now = now()
            guard now >= state.nextAttempt else { return false }
            state.nextAttempt = now.saturatingAdd(state.pause)
            return true
        }
    }

    /// Writing has failed.
    func failed(_ error: any Error) {
        let isDue = state.withLock { state in
            let now = now()
            state.error = error
            state.pause = Self.next(state.pause, Self.pauses)
            state.nextAttempt = now.saturatingAdd(state.pause)
            guard now >= state.nextWord else { return false }
            state.wordPause = Self.next(state.wordPause, Self.wordPauses)
            state.nextWord = now.saturatingAdd(state.wordPause)
            return true
        }
        if isDue { tell("local state cannot be written; processing goes on from memory: \(error)") }
    }

    private static func next(_ pause: Int64, _ range: ClosedRange<Int64>) -> Int64 {
        min(max(pause.saturatingMultiply(2), range.lowerBound), range.upperBound)
    }

    /// Writing has worked.
    func works() {
        let wasBad = state.withLock { state in
            guard state.error != nil else { return false }
            state.error = nil
            state.pause = 0
            return true
        }
        if wasBad { tell("local state is written again") }
    }
}
