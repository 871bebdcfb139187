import MillraceMetrics
import Synchronization

/// Counts what happens in an application, and knows the meters of its tasks.
final class ApplicationMeter: Sendable {
    /// How far a store of a task is restored.
    struct Restore: Sendable, Hashable {
        var restored: Int64
        var of: Int64
    }

    /// What has been counted.
    struct Figures: Sendable {
        var tasks: [TaskID: TaskMeter] = [:]
        var restores: [TaskID: [String: Restore]] = [:]
        var assigned: Int64 = 0
        var followed: Int64 = 0
        var rebalances: Int64 = 0
        var begun: Int64 = 0
        var closed: Int64 = 0
        var failed: Int64 = 0
        /// The tasks that have failed for good and have not begun anew, which is told more than once.
        var stopped: Set<TaskID> = []
        var warnings: Int64 = 0
        var restoredRecords: Int64 = 0
    }

    private let figures = Mutex(Figures())

    /// The figures as of now.
    var current: Figures { figures.withLock { $0 } }

    /// A life of a task has begun.
    func opened(_ task: TaskID, _ meter: TaskMeter) { figures.withLock { $0.tasks[task] = meter } }

    /// Something has happened.
    func note(_ event: StreamsEvent) {
        figures.withLock { figures in
            switch event {
            case .assigned(let tasks):
                figures.rebalances += 1
                figures.assigned = Int64(tasks.count)
            case .following(let tasks): figures.followed = Int64(tasks.count)
            case .restoring(let task, let store, let records, let all):
                figures.restores[task, default: [:]][store] = Restore(restored: records, of: max(records, all))
            case .restored(let task, let store, let records):
                figures.restores[task, default: [:]][store] = Restore(restored: records, of: records)
                figures.restoredRecords = figures.restoredRecords.addingReportingOverflow(records).partialValue
            case .running(let task):
                figures.begun += 1
                figures.stopped.remove(task)
            case .closed(let task, _):
                figures.closed += 1
                figures.tasks[task] = nil
                figures.restores[task] = nil
            case .stopped(let task, _): if figures.stopped.insert(task).inserted { figures.failed += 1 }
            case .warning: figures.warnings += 1
            default: break
            }
        }
    }
}
