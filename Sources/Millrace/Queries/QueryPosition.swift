public import KafkaProtocol

/// Up to where inputs are processed: by partition, the offset after the last record whose effects can be seen. Kafka Streams'
/// `Position`.
public struct QueryPosition: Sendable, Hashable {
    /// The offsets.
    public var offsets: [TopicPartition: Int64]

    /// A position; without arguments, one that everything has reached.
    public init(_ offsets: [TopicPartition: Int64] = [:]) { self.offsets = offsets }

    /// The position that has what either has.
    public func merged(with other: QueryPosition) -> QueryPosition {
        QueryPosition(offsets.merging(other.offsets, uniquingKeysWith: max))
    }

    /// Whether another position has come as far, of the partitions that both name.
    public func isReached(by other: QueryPosition) -> Bool {
        offsets.allSatisfy { partition, offset in other.offsets[partition].map { $0 >= offset } ?? true }
    }
}
