import KafkaProtocol

/// How the members of a group come by their partitions.
public enum GroupProtocol: Sendable, Hashable {
    /// One of the members shares them out, with the `assignor` that all of them have.
    case classic
    /// The broker shares them out, a few at a time, so that nobody waits for others (KIP-848; Kafka 4.0 has it). `assignor` is one
    /// of the broker's, such as `uniform` or `range`; nil leaves it to the broker. Session time-out and heartbeats are the broker's
    /// as well. Members of both protocols can be in one group.
    case consumer(assignor: String? = nil)
}
