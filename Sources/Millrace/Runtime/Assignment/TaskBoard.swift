import KafkaClient
import KafkaProtocol
import Synchronization

/// What an instance tells its group, and what the group has told it last: between the assignor, the supervisor and the tasks.
final class TaskBoard: Sendable {
    /// What the topology's tasks are.
    let topology: UInt64
    /// How many tasks of the application may warm up at a time.
    let mostWarmUps: Int
    /// What tells the instance from others of its process.
    let number: UInt64
    private let state: Mutex<State>

    private struct State {
        var subscription: TaskSubscription
        var assignment = TaskAssignment()
        /// When the instance asked last for a rebalance because of a task that is to move here.
        var askedAt: [TaskID: Int64] = [:]
    }

    /// How long to wait after a rebalance was asked for and has not moved the task, in milliseconds.
    static let patience: Int64 = 10_000

    init(
        process: Name, topology: UInt64, standbys: Int, rackTags: [String: String], mostWarmUps: Int, server: String? = nil,
        number: UInt64 = 0
    ) {
        self.topology = topology
        self.number = number
        self.mostWarmUps = mostWarmUps
        var subscription = TaskSubscription(process: process, topology: topology)
        subscription.server = server.map { Name($0) }
        subscription.number = number
        subscription.standbys = Int32(clamping: standbys)
        subscription.rackTags = Dictionary(
            rackTags.prefix(TaskSubscription.mostTags).map { (Name($0.key), Name($0.value)) },
            uniquingKeysWith: { first, _ in first })
        state = Mutex(State(subscription: subscription))
    }

    /// What the instance says when it joins.
    var subscription: TaskSubscription { state.withLock { $0.subscription } }

    /// What the group has said last.
    var assignment: TaskAssignment { state.withLock { $0.assignment } }

    func assigned(_ assignment: TaskAssignment) {
        state.withLock { state in
            state.assignment = assignment
            state.askedAt = state.askedAt.filter { assignment.warmUps.contains($0.key) }
        }
    }

    /// The instance has a task's changelogs up to offsets of that sum; nil if it has them no more.
    func note(_ task: TaskID, progress: Int64?) { state.withLock { $0.subscription.progress[task] = progress } }

    /// A task has failed for good here, or is to begin anew: the group is told when the instance joins again.
    func note(_ task: TaskID, isStopped: Bool) {
        state.withLock { state in
            if isStopped { state.subscription.stopped.insert(task) } else { state.subscription.stopped.remove(task) }
            state.subscription.serial &+= 1
        }
    }

    /// The instance has caught up with a task. Returns whether to ask for a rebalance: if the task is to move here, and that has
    /// not been asked for just now.
    func isReady(_ task: TaskID, now: Int64) -> Bool {
        state.withLock { state in
            guard state.assignment.warmUps.contains(task) else { return false }
            if let asked = state.askedAt[task], now.saturatingSubtract(asked) < Self.patience { return false }
            state.askedAt[task] = now
            state.subscription.serial &+= 1
            return true
        }
    }
}
