/// Which entries of a row log are about the same row, so that the last of them is all that counts.
@usableFromInline
enum RowIdentity: Equatable, Sendable {
    /// Those with the same key.
    case key
    /// Those with the same key and time, as each is a version of its own; of the versions that are older than the history
    /// before the latest time of all, those with the same key, of which the newest one counts.
    case keyAndTime(history: Int64)
    /// Those with the same key; none that is older than the retention before the latest time of all counts.
    case keyWithin(retention: Int64)
}
