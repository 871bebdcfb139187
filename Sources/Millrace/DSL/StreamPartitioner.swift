import KafkaProtocol

/// Chooses the partition of a written record: Kafka Streams' `StreamPartitioner`.
public struct StreamPartitioner<Key, Value>: Sendable {
    /// Gives the partition, from 0 to below `count`, the topic's number of partitions; nil leaves it to the hash of the
    /// key's bytes, of a windowed key those of the key inside. A number out of range fails the record.
    public let partition: @Sendable (_ record: Record<Key, Value>, _ count: Int32) -> Int32?

    /// A partitioner that calls `partition`.
    public init(_ partition: @escaping @Sendable (_ record: Record<Key, Value>, _ count: Int32) -> Int32?) {
        self.partition = partition
    }
}
