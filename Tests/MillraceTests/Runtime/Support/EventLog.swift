import Synchronization

@testable import Millrace

/// Keeps what happens in an application, and lets one test wait for it.
final class EventLog: Sendable {
    private let state = Mutex<[StreamsEvent]>([])
    private let wake = WakeSignal()

    var events: [StreamsEvent] { state.withLock { $0 } }

    func note(_ event: StreamsEvent) {
        state.withLock { $0.append(event) }
        wake.set()
    }

    /// Waits until so many events satisfy `condition`, or the task is cancelled.
    func wait(count: Int = 1, for condition: (StreamsEvent) -> Bool) async {
        while events.filter(condition).count < count, !Task.isCancelled { await wake.wait() }
    }

    func waitForCommits(_ count: Int = 1) async {
        await wait(count: count) { if case .committed = $0 { true } else { false } }
    }

    var warnings: [String] { events.compactMap { if case .warning(let text, _) = $0 { text } else { nil } } }

    /// How many records of others all tasks together have processed.
    var processedOfOthers: Int64 {
        events.reduce(0) { if case .closed(_, let totals) = $1 { $0 + totals.processed } else { $0 } }
    }

    /// How many records all tasks together have processed.
    var processed: Int64 {
        events.reduce(0) {
            if case .closed(_, let totals) = $1 { $0 + totals.processed + totals.processedInternal } else { $0 }
        }
    }
}

/// Says when something has happened so many times.
final class Trigger: Sendable {
    private let left: Atomic<Int>
    private let wake = WakeSignal()

    init(after count: Int) { left = Atomic(count) }

    func pull() {
        if left.subtract(1, ordering: .relaxed).newValue == 0 { wake.set() }
    }

    func wait() async { await wake.wait() }
}
