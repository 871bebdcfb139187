import KafkaProtocol

/// Which offset of a partition to look up.
public enum OffsetSpec: Sendable, Hashable {
    /// The first there is.
    case earliest
    /// After the last there is.
    case latest
    /// That of the first record with this timestamp (milliseconds since 1970) or a later one.
    case timestamp(Int64)

    var timestamp: Int64 {
        switch self {
        case .earliest: -2
        case .latest: -1
        case .timestamp(let timestamp): timestamp
        }
    }
}
