/// What an application is doing. Kafka Streams' `KafkaStreams.State`, with a state of its own for brokers that are away.
public enum StreamsState: String, Sendable, Hashable, CaseIterable {
    /// It has not begun.
    case created
    /// It waits for the group to give it its tasks.
    case rebalancing
    /// It has its tasks, and some of them do not have their stores yet; the others process.
    case restoring
    /// All its tasks process, or wait for input. So does an instance that has been given none.
    case running
    /// Some of its tasks have failed for good and are stopped (`StreamsEvent.stopped`, `FailedTaskPolicy.stopTask`); all the others process, or wait
    /// for input.
    case degraded
    /// Brokers cannot be reached, or refuse for now, for two seconds and more. It goes on when they can.
    case disconnected
    /// It has been told to stop: tasks commit and close.
    case stopping
    /// It has ended as it was told to, or as its task was cancelled.
    case stopped
    /// It has ended with an error.
    case failed

    /// Whether it has ended.
    public var isFinal: Bool { self == .stopped || self == .failed }
}

/// Finds out an application's state from what happens. Without I/O.
struct StateTracker {
    private var phase = Phase.created
    /// The tasks that the group has given; nil before it has given any.
    private var assigned: Set<TaskID>?
    private var running: Set<TaskID> = []
    /// The tasks that have failed for good while the others go on.
    private var stopped: Set<TaskID> = []
    private var isDisconnected = false

    enum Phase { case created, begun, stopping, stopped, failed }

    var state: StreamsState {
        switch phase {
        case .created: return .created
        case .stopping: return .stopping
        case .stopped: return .stopped
        case .failed: return .failed
        case .begun: break
        }
        if isDisconnected { return .disconnected }
        guard let assigned else { return .rebalancing }
        guard assigned.subtracting(stopped).isSubset(of: running) else { return .restoring }
        return assigned.isDisjoint(with: stopped) ? .running : .degraded
    }

    /// What has happened to tasks.
    mutating func note(_ event: StreamsEvent) {
        switch event {
        case .assigned(let tasks):
            assigned = Set(tasks)
            // What comes back begins anew.
            stopped.formIntersection(tasks)
        case .running(let task):
            running.insert(task)
            stopped.remove(task)
        case .stopped(let task, _): stopped.insert(task)
        case .closed(let task, _): running.remove(task)
        default: break
        }
    }

    /// Brokers are away, or there again.
    mutating func note(disconnected: Bool) { isDisconnected = disconnected }

    /// The application begins, is to stop, or has ended. What has ended stays so, and what is to stop does not begin.
    mutating func enter(_ next: Phase) {
        switch (phase, next) {
        case (.stopped, _), (.failed, _), (.stopping, .begun), (_, .created): break
        default: phase = next
        }
    }
}
