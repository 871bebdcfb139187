import KafkaProtocol

/// Where to begin in a partition.
public enum StartPosition: Sendable, Hashable {
    /// At this offset.
    case offset(Int64)
    /// At the first record there is.
    case earliest
    /// After the last record there is.
    case latest
    /// At the first record with this timestamp (milliseconds since 1970) or a later one; after the last if there is none.
    case timestamp(Int64)
    /// At the offset that the group has committed, else as `autoOffsetReset` says.
    case committed
}
