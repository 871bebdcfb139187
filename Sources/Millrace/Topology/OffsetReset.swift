/// Where a source begins on a partition that has no committed offset.
public enum OffsetReset: Sendable, Hashable {
    /// At the first record.
    case earliest
    /// After the last record.
    case latest
}
