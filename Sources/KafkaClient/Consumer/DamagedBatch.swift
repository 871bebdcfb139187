import KafkaProtocol

/// Why a fetched batch cannot be used: what is behind a `KafkaError` of code `corruptBatch`, which names partition and
/// offset.
public struct DamagedBatch: Error, Sendable, CustomStringConvertible {
    /// The offset of what comes after the batch: where to go on (`Consumer.seek`) for who gives its records up. Nil if that
    /// cannot be told; the broker may not have anything that can be read after it either.
    public let nextOffset: Int64?
    /// What is wrong with it.
    public let reason: any Error

    /// The reason.
    public var description: String { "\(reason)" }
}

extension KafkaError {
    /// A batch of the partition, from `offset` on, cannot be used.
    static func corrupt(
        _ topicPartition: TopicPartition, from offset: Int64, next: Int64?, _ reason: any Error
    ) -> KafkaError {
        KafkaError(
            .corruptBatch, "could not read a record batch of \(topicPartition) from offset \(offset)",
            underlying: DamagedBatch(nextOffset: next, reason: reason), topicPartition: topicPartition, offset: offset)
    }
}

extension FetchedBatches {
    /// Calls `body` with a batch of these; what it throws because the batch makes no sense names the partition.
    func reading<Result>(_ batch: RecordBatch, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as KafkaProtocolError {
            throw KafkaError.corrupt(
                topicPartition, from: max(position, batch.header.baseOffset), next: batch.header.nextOffset, error)
        }
    }
}
