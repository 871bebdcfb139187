import KafkaProtocol

/// Where a consumer begins where no position is known, or the position is gone.
public enum OffsetReset: Sendable, Equatable {
    /// At the first record there is.
    case earliest
    /// After the last record there is.
    case latest
    /// Nowhere: it is an error.
    case none
}
