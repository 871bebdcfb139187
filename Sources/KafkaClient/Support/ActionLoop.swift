import KafkaProtocol

/// What a state machine wants at some moment.
struct LoopStep<Action: Sendable>: Sendable {
    /// What to do now, each at the same time as the others.
    var actions: [Action] = []
    /// When to ask the machine again at the latest, in milliseconds of the environment's clock.
    var deadline: Int64?
    /// Whether the machine has come to its end.
    var isFinished = false

    /// Brings the deadline forward to `time`.
    mutating func wake(at time: Int64) { deadline = min(deadline ?? .max, time) }
}

/// Carries out what a state machine wants until it is finished or the task is cancelled. Every action runs in a child task;
/// between actions, notifications and deadlines the loop sleeps. Actions still running at the end are cancelled.
///
/// With `immediately` each action starts in the loop's own task, in order, and becomes a child only where it first suspends:
/// so requests reach the transport in their order, and an answer given at once costs no switch of tasks.
func runActionLoop<Action: Sendable>(
    _ notifier: Notifier, _ environment: ClientEnvironment, immediately: Bool = false,
    poll: (_ now: Int64) -> LoopStep<Action>,
    perform: @escaping @Sendable (Action) async -> Void
) async {
    await withDiscardingTaskGroup { group in
        var alarm = Int64.max
        while !Task.isCancelled {
            let seen = notifier.version
            let now = environment.now()
            if alarm <= now { alarm = .max }
            let step = poll(now)
            for action in step.actions {
                if immediately {
                    group.addImmediateTask { await perform(action) }
                } else {
                    group.addTask { await perform(action) }
                }
            }
            if step.isFinished { break }
            if let deadline = step.deadline, deadline < alarm {
                alarm = deadline
                group.addTask {
                    try? await environment.sleep(max(1, deadline.saturatingSubtract(now)))
                    notifier.notify()
                }
            }
            await notifier.wait(after: seen)
        }
        group.cancelAll()
    }
}
