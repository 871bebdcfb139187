public import KafkaProtocol

/// What happens to a consumer's partitions.
public enum ConsumerEvent: Sendable {
    /// These partitions, and no others, belong to this consumer now. They are being read already, from the committed offsets
    /// or as `autoOffsetReset` says. With a cooperative assignor, and in the consumer protocol: these belong to it besides those that it has; there may be
    /// none.
    case assigned([TopicPartition])
    /// The group rebalances: these partitions, all that the consumer has (with a cooperative assignor and in the consumer protocol, some of them), must be given back. Commit, then call
    /// `acknowledgeRevocation()`; until then the rebalance waits, though no longer than `rebalanceTimeout`.
    case revoked([TopicPartition])
    /// The group has gone on without this consumer: the partitions belong to others and nothing can be committed.
    case lost([TopicPartition])
    /// Something went wrong. If `isRetriable`, the consumer has dealt with it (such as a position reset); else the partition
    /// that the error names is not read any more until `seek`.
    case error(KafkaError)
}
