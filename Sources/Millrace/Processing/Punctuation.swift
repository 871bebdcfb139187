import KafkaProtocol

/// A schedule on which a processor is called: what `ProcessorContext.schedule` gives.
///
/// By stream time it fires after the first record, then whenever stream time has reached or passed a multiple of the
/// interval. By wall clock it fires an interval after its start, and so on. A jump over several intervals fires once.
/// The schedule survives a restart.
public final class Punctuation {
    let time: PunctuationTime
    let interval: Int64
    private let action: (Int64) throws -> Void
    /// The time of the next call, once it is known; kept with the stream times of the steps.
    private let next: StreamClock
    private let first: Int64
    private(set) var isCancelled = false

    init(
        time: PunctuationTime, interval: Int64, first: Int64, next: StreamClock,
        action: @escaping (Int64) throws -> Void
    ) {
        self.time = time
        self.interval = interval
        self.first = first
        self.next = next
        self.action = action
    }

    /// Ends the schedule.
    public func cancel() { isCancelled = true }

    /// When it fires next; the last time there is stands for never.
    var due: Int64 { next.time < 0 ? first : next.time }

    /// Whether it is to fire by a time.
    func isDue(by now: Int64) -> Bool { !isCancelled && due <= now && due != .max }

    /// Has the time of the first call saved with the next commit.
    func keepTime() {
        if next.time < 0 { next.time = first }
    }

    func fire(at now: Int64) throws {
        let due = self.due
        let missed = max(0, now.saturatingSubtract(due)) / interval
        next.time = due.saturatingAdd(missed.saturatingAdd(1).saturatingMultiply(interval))
        try call(at: now)
    }

    func call(at now: Int64) throws { try action(now) }
}

/// The schedules of a task's processors.
final class Punctuations {
    private var byStreamTime: [Punctuation] = []
    private var byWallClock: [Punctuation] = []

    /// Whether there are schedules by stream time, so that each record must be followed by a look at them.
    var hasStreamTime: Bool { !byStreamTime.isEmpty }

    func add(_ punctuation: Punctuation) {
        switch punctuation.time {
        case .streamTime: byStreamTime.append(punctuation)
        case .wallClock: byWallClock.append(punctuation)
        }
    }

    /// Ends all schedules.
    func removeAll() {
        byStreamTime = []
        byWallClock = []
    }

    /// Calls what is due, earliest first; says whether anything was. `failed` gets what one of them throws, with a closure that
    /// calls it again.
    func fire(
        _ time: PunctuationTime, now: Int64, failed: (_ error: any Error, _ again: @escaping () throws -> Void) throws -> Void
    ) throws -> Bool {
        guard now >= 0 else { return false }
        let all = time == .streamTime ? byStreamTime : byWallClock
        guard !all.isEmpty else { return false }
        let due = all.filter { $0.isDue(by: now) }.sorted { $0.due < $1.due }
        for punctuation in due where !punctuation.isCancelled {
            do {
                try punctuation.fire(at: now)
            } catch {
                try failed(error) { try punctuation.call(at: now) }
            }
        }
        if all.contains(where: \.isCancelled) {
            byStreamTime.removeAll(where: \.isCancelled)
            byWallClock.removeAll(where: \.isCancelled)
        }
        return !due.isEmpty
    }

    /// Has the times of schedules by the wall clock saved with the next commit, so that they do not begin anew.
    func keepTimes() { byWallClock.forEach { $0.keepTime() } }

    /// When the wall clock will next make something due.
    var nextWallClock: Int64? { byWallClock.filter { !$0.isCancelled && $0.due != .max }.map(\.due).min() }
}
