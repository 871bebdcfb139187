/// How a kind of store has its rows on disk.
@usableFromInline
enum DiskLayout: Sendable {
    /// By their keys.
    case rows
    /// By windows, of which those are there that start after the latest start less the retention.
    case windows(retentionMs: Int64)
    /// By keys and times, which the changelog's keys have as `WindowLayout` says.
    case entries(WindowLayout, retentionMs: Int64)
    /// By keys and times; of those over by the retention before stream time nobody knows.
    case versions(retentionMs: Int64)
    /// Each side of a join by times and keys (`WaitingRecords`).
    case waiting
}
