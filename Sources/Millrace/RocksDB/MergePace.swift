/// When another file of changes may be written: not while merging is behind, as each look-up asks all files that wait for it. RocksDB
/// holds up only what is put into its own buffers.
struct MergePace {
    /// So many files may wait to be merged.
    static let mostFiles = 8
    /// After so long a file is written all the same: a disk that takes no merged files may still take changes.
    static let patience = Duration.seconds(10)

    /// Since when changes have been waiting for merging.
    private var waitsSince: ContinuousClock.Instant?

    /// Whether a file may be written now, while `files` wait to be merged.
    mutating func mayWrite(waiting files: Int, now: ContinuousClock.Instant) -> Bool {
        guard files >= Self.mostFiles else {
            waitsSince = nil
            return true
        }
        let since = waitsSince ?? now
        waitsSince = since
        return now - since >= Self.patience
    }

    /// A file is written: the next one waits anew.
    mutating func writes() { waitsSince = nil }
}
