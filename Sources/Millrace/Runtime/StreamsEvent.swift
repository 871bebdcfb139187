/// What happens in a running application.
public enum StreamsEvent: Sendable {
    /// The application has come to another state.
    case state(StreamsState)
    /// Topics were created: the user's, with the configs that `missingTopics` gives them, or the application's own.
    case createdTopics([String], configs: [String: String])
    /// The instance has these tasks now.
    case assigned([TaskID])
    /// The instance follows the changelogs of these tasks now, which others have.
    case following([TaskID])
    /// A store has so many rows, and deletions, from the state directory; its changelog's end is yet to come.
    case loaded(TaskID, store: String, records: Int64)
    /// A store is being rebuilt from its changelog: so many records of about so many.
    case restoring(TaskID, store: String, records: Int64, of: Int64)
    /// A store is complete, after so many records of its changelog.
    case restored(TaskID, store: String, records: Int64)
    /// The tasks of these sub-topologies are paused, all others go on (`StreamsApplication.pause`).
    case paused(subTopologies: [Int])
    /// A standby has taken over so many records of the changelog of a store, and is so many behind; nil if that is not known. Kafka
    /// Streams' `StandbyUpdateListener`.
    case followed(TaskID, store: String, records: Int64, lag: Int64?)
    /// A standby has ended: its task begins here, or it is no longer this instance's.
    case unfollowed(TaskID, isPromoted: Bool)
    /// A task has begun to process.
    case running(TaskID)
    /// A task has processed its first record.
    case firstRecord(TaskID)
    /// A task has committed; the numbers count from its start.
    case committed(TaskID, TaskTotals)
    /// A task has ended, the numbers count from its start.
    case closed(TaskID, TaskTotals)
    /// A task has failed for good and is stopped, with the error, while the others go on (`FailedTaskPolicy.stopTask`). Told
    /// again at growing intervals.
    case stopped(TaskID, because: StreamsError)
    /// Something has been waited for so long: what it is, and why. Told within five seconds, then at growing intervals.
    case waiting(String, for: Duration)
    /// All that was told to be waited for goes on again, after so long.
    case waited(Duration)
    /// Something that does not stop the application: a position that is gone, a store whose name was made up.
    case warning(String, about: TaskID?)
}
