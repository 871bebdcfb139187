import KafkaProtocol
import Millrace

/// Counts the sessions in `user-sessions`, by the minute of their last click.
struct SessionTally: Sendable {
    private struct Key: Hashable, Sendable {
        var user: Bytes
        var start: Int64
        var end: Int64
    }

    /// After that time without a click a session is over, in milliseconds.
    static let gap: Int64 = 30 * 60_000

    private var sessionsByMinute: [Int64: Set<Key>] = [:]
    private var forgotten = 0
    private var count = 0
    private var latest: Int64 = .min
    private let horizon: Int64

    /// No sessions. Those whose last click is older than `horizon` milliseconds and the gap are counted and forgotten.
    init(horizon: Int64) { self.horizon = horizon }

    /// All sessions.
    var total: Int { forgotten + count }

    /// The sessions that a click could still continue: those with a click in the last half hour before the latest.
    var active: Int {
        guard count > 0 else { return 0 }
        let first = (latest - Self.gap) / 60_000
        return sessionsByMinute.reduce(0) { $0 + ($1.key >= first ? $1.value.count : 0) }
    }

    /// Takes in that a session is there, or that it is not any more, because it has become part of another.
    mutating func note(_ session: Windowed<Bytes>, exists: Bool) {
        let minute = session.window.end / 60_000
        let key = Key(user: session.key, start: session.window.start, end: session.window.end)
        guard exists else {
            if sessionsByMinute[minute]?.remove(key) != nil { count -= 1 }
            return
        }
        if sessionsByMinute[minute]?.contains(key) != true {
            let kept = Key(user: key.user.detached(), start: key.start, end: key.end)
            sessionsByMinute[minute, default: []].insert(kept)
            count += 1
        }
        guard key.end > latest else { return }
        let hasTurned = latest == .min || minute > latest / 60_000
        latest = key.end
        if hasTurned { forget(before: (latest - horizon - 2 * Self.gap) / 60_000) }
    }

    private mutating func forget(before minute: Int64) {
        for old in sessionsByMinute.keys where old < minute {
            let gone = sessionsByMinute.removeValue(forKey: old)?.count ?? 0
            forgotten += gone
            count -= gone
        }
    }
}
