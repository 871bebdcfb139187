/// What happens when a task has failed for good: a record or a schedule has failed and the policy says so, or something else
/// that no waiting helps. Tasks that have to wait for brokers have not failed.
public enum FailedTaskPolicy: Sendable, Hashable {
    /// The application ends: tasks that are well commit, and `StreamsApplication.run` throws.
    case stopApplication
    /// The task is stopped where it is, the others go on. It is told at once, then at growing intervals, and `run` throws when
    /// the application ends otherwise. Meanwhile the state is `StreamsState.degraded`, and who is to end as idle, here or on another
    /// instance, does not wait for the task. It begins anew when the group gives it to another instance, or to this one again.
    case stopTask
    /// The task begins anew from its last commit after a pause that doubles up to a longest one. If it fails five times in a row
    /// before it can commit, the application ends with an error that says from which offsets on.
    case restart(pause: Duration = .seconds(1), longestPause: Duration = .seconds(300))
}
