/// What a task has done since its start.
public struct TaskTotals: Sendable, Hashable {
    /// Records processed of the topics that the topology reads, without its own repartition topics.
    public var processed: Int64 = 0
    /// Records processed of the topology's own repartition topics: what it has already counted once as it came in.
    public var processedInternal: Int64 = 0
    /// Records that steps left out.
    public var dropped = DroppedRecords()
    /// Records left out or sent to the dead-letter topic by the policy for bad records.
    public var bad: Int64 = 0
    /// Records written, by topic; changelogs and repartition topics included.
    public var written: [String: Int64] = [:]
    /// The task's stream time in milliseconds; -1 before the first record.
    public var streamTime: Int64 = -1
    /// Records known to be still to come.
    public var lag: Int64 = 0
}
