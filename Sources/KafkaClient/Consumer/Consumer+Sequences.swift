public import KafkaProtocol
import Synchronization

extension Consumer {
    /// All that the consumer reads, batch by batch; ends when the consumer is closed. `run()` must run meanwhile.
    ///
    /// The sequence takes the consumer's events: it gives back partitions between two elements, when the first has been
    /// dealt with, and with `commitsAutomatically` commits before. Iterate in one task, and do not call `nextEvent`.
    public var batches: ConsumerBatches { ConsumerBatches(consumer: self) }

    /// What the consumer reads up to offsets, such as those of `AdminClient.listOffsets`: as `batches`, and ends once the position of
    /// each of these partitions is there. What lies right before an offset need not be a record (markers of transactions, aborted
    /// records, what was compacted away), so that it is no use to wait for one. Records behind the offsets may come, too.
    public func batches(upTo ends: [TopicPartition: Int64]) -> ConsumerBatches { ConsumerBatches(consumer: self, ends: ends) }

    /// All that the consumer reads, record by record; like `batches`, which is faster.
    public var records: ConsumerRecords { ConsumerRecords(consumer: self) }
}
