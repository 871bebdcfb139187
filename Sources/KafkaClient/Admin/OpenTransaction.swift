public import KafkaProtocol

/// A transaction that is open in a partition, as the partition's leader knows it.
public struct OpenTransaction: Sendable, Hashable {
    /// The partition.
    public let partition: TopicPartition
    /// The producer that writes it.
    public let producerID: Int64
    /// The producer's epoch.
    public let producerEpoch: Int16
    /// The epoch of the coordinator that ended the producer's last transaction in the partition; 0 if none did.
    public let coordinatorEpoch: Int32
    /// Its first offset; readers of committed records wait there.
    public let startOffset: Int64
    /// The time of the producer's last record, in milliseconds since 1970.
    public let lastTimestamp: Int64
}

extension OpenTransaction {
    init?(_ producer: DescribeProducersResponse.ProducerState, in partition: TopicPartition) {
        guard producer.currentTxnStartOffset >= 0, let epoch = Int16(exactly: producer.producerEpoch) else { return nil }
        self.init(
            partition: partition, producerID: producer.producerId, producerEpoch: epoch,
            coordinatorEpoch: max(0, producer.coordinatorEpoch), startOffset: producer.currentTxnStartOffset,
            lastTimestamp: producer.lastTimestamp)
    }
}
