import KafkaProtocol

/// When a task commits next. Without I/O; times are those of the client's clock, in milliseconds.
///
/// Under exactly-once nobody sees what a task has written before it commits. So a task that has caught up with its inputs does not
/// wait for the interval: it commits when the next eighth of that begins, but leaves as much time after its last commit as that one
/// took, so that slow brokers are not asked more often. Under load, where tasks do not catch up, the interval holds.
///
/// Tasks of a sub-topology are due together under exactly-once, so that they share a transaction, and those of the next one a tenth
/// later, when they have read what came of it.
struct CommitSchedule {
    private let interval: Int64
    private let guarantee: ProcessingGuarantee
    private let subTopology: Int
    /// When the task commits, whatever it has to do.
    private(set) var due: Int64
    private var dueWhenCaughtUp: Int64

    /// The first commit comes soon, so that results held back in caches show early.
    init(_ settings: StreamsConfiguration, subTopology: Int, now: Int64) {
        interval = settings.commitIntervalMs
        guarantee = settings.guarantee
        self.subTopology = subTopology
        due = now.saturatingAdd(min(interval, 50))
        dueWhenCaughtUp = due
    }

    /// Whether it is time. `hasCaughtUp`: whether the task waits for input, and others for what it has written.
    func isDue(at now: Int64, hasCaughtUp: Bool) -> Bool { now >= time(hasCaughtUp: hasCaughtUp) }

    /// When it is time.
    func time(hasCaughtUp: Bool) -> Int64 {
        hasCaughtUp ? min(due, dueWhenCaughtUp) : due
    }

    /// A commit is done.
    mutating func noteCommit(began: Int64, ended now: Int64) {
        guard guarantee == .exactlyOnce else {
            (due, dueWhenCaughtUp) = (now.saturatingAdd(interval), .max)
            return
        }
        due = beginning(of: interval, after: now)
        dueWhenCaughtUp = beginning(of: interval / 8, after: now.saturatingAdd(max(0, now.saturatingSubtract(began))))
    }

    /// When the next interval of that length begins for tasks of the sub-topology.
    private func beginning(of interval: Int64, after now: Int64) -> Int64 {
        guard interval > 0 else { return now }
        let phase = Int64(subTopology % 10) * (interval / 10)
        let since = now.saturatingSubtract(phase) % interval
        return now.saturatingAdd(since < 0 ? -since : interval - since)
    }

    /// The group has put a commit off.
    mutating func noteRefusal(at now: Int64) {
        due = now.saturatingAdd(min(interval, 50))
        dueWhenCaughtUp = due
    }
}
