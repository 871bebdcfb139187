import KafkaProtocol

/// Which records a consumer sees.
public enum IsolationLevel: Int8, Sendable {
    /// All records, also of transactions that are open or aborted.
    case readUncommitted = 0
    /// Only records outside of transactions and of committed ones (KIP-98).
    case readCommitted = 1
}
