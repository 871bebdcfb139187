extension StreamsApplication {
    /// Has a task of this instance begin anew from its last commit: what it has processed is committed, if that can be done, its
    /// processors are closed and made again, and its stores put back. A task that waits before it tries again after a failure, or that has
    /// failed for good while the others go on (`FailedTaskPolicy.stopTask`), begins anew at once, with its failures forgotten.
    ///
    /// Returns at once; the task begins after the slice that it is in, or once it has restored its stores if it is about that. Other
    /// tasks, and the group, notice nothing. Throws if the instance does not run the task: a standby has nothing to begin from.
    public func restart(_ task: TaskID) throws(StreamsError) {
        guard let runner = live.runner(of: task) else {
            let here = live.runners.sorted().map { "\($0)" }.joined(separator: ", ")
            throw StreamsError(.configuration, "there is no task \(task) to restart here, but \(here.isEmpty ? "none" : here)")
        }
        runner.restart()
    }
}
