import KafkaClient
import KafkaProtocol
import Synchronization

/// The tasks that an instance has at the moment, for whoever asks about them or looks into their stores.
final class LiveTasks: Sendable {
    /// A task that is open.
    struct Entry: Sendable {
        let core: TaskCore
        /// Makes whoever runs it look.
        let wake: WakeSignal
        var state: TaskMetadata.State
        /// By how many records stores are behind their changelogs, as far as that is known.
        var lags: [String: Int64] = [:]
    }

    private struct State {
        var open: [TaskID: Entry] = [:]
        /// What runs the active tasks, between their lives too.
        var runners: [TaskID: TaskRunner] = [:]
        /// The tasks that the group has given; nil before it has given any.
        var assigned: (active: Set<TaskID>, followed: Set<TaskID>)?
        /// How many partitions topics have.
        var partitionCounts: [String: Int32] = [:]
        var globalStoresAreLoaded = false
    }

    private let state = Mutex(State())
    /// Queries have to wait.
    let waiting = Notifier()

    // MARK: - What happens

    /// A task is run, until `finished`.
    func started(_ runner: TaskRunner) { state.withLock { $0.runners[runner.id] = runner } }

    /// Nobody runs the task any more, unless another runner has begun.
    func finished(_ runner: TaskRunner) {
        state.withLock { if $0.runners[runner.id] === runner { $0.runners[runner.id] = nil } }
    }

    /// A task is open.
    func opened(_ core: TaskCore, _ role: TaskMetadata.State, _ wake: WakeSignal) {
        state.withLock { $0.open[core.task.id] = Entry(core: core, wake: wake, state: role) }
    }

    /// A task processes: its stores are complete.
    func began(_ core: TaskCore) {
        state.withLock { state in
            guard state.open[core.task.id]?.core === core else { return }
            state.open[core.task.id]?.state = .running
            state.open[core.task.id]?.lags = [:]
        }
    }

    /// A life of a task has ended.
    func ended(_ core: TaskCore) {
        state.withLock { if $0.open[core.task.id]?.core === core { $0.open[core.task.id] = nil } }
    }

    /// Stores of a task are so far behind.
    func note(_ lags: [String: Int64], of core: TaskCore) {
        state.withLock { state in
            guard state.open[core.task.id]?.core === core else { return }
            state.open[core.task.id]?.lags.merge(lags) { $1 }
        }
    }

    /// The instance is to have these tasks; nil for none until the group says more.
    func assigned(_ tasks: (active: Set<TaskID>, followed: Set<TaskID>)?) { state.withLock { $0.assigned = tasks } }

    /// Topics have so many partitions.
    func planned(_ plan: TopicPlan) { state.withLock { $0.partitionCounts = plan.partitionCounts } }

    /// The global stores are complete.
    func globalStoresAreLoaded() { state.withLock { $0.globalStoresAreLoaded = true } }

    // MARK: - What there is

    /// The task, if it is open.
    func entry(_ id: TaskID) -> Entry? { state.withLock { $0.open[id] } }

    /// All that are open.
    var all: [TaskID: Entry] { state.withLock { $0.open } }

    /// What runs the active task; nil if it is not here.
    func runner(of id: TaskID) -> TaskRunner? { state.withLock { $0.runners[id] } }

    /// The active tasks that are run.
    var runners: Set<TaskID> { state.withLock { Set($0.runners.keys) } }

    /// The tasks that the group has given; nil before it has given any, and when it has gone on without the instance.
    var assignment: (active: Set<TaskID>, followed: Set<TaskID>)? { state.withLock { $0.assigned } }

    /// How many partitions the widest of these topics has; nil if that is not known yet.
    func partitionCount(of topics: [String]) -> Int32? {
        state.withLock { state in topics.compactMap { state.partitionCounts[$0] }.max() }
    }

    var hasGlobalStores: Bool { state.withLock { $0.globalStoresAreLoaded } }

    /// Lets queries go that have waited for too long. Runs until cancelled, and looks only while some wait.
    func expireQueries(_ environment: ClientEnvironment) async {
        while !Task.isCancelled {
            let seen = waiting.version
            var isWaiting = false
            for entry in all.values where entry.core.turns.expire(now: environment.now()) { isWaiting = true }
            if isWaiting {
                try? await environment.sleep(100)
            } else {
                await waiting.wait(after: seen)
            }
        }
    }
}
