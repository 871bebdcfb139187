package import KafkaProtocol

/// A record that a broker will not take, whenever it is sent: it is too large, or its content is not allowed.
package struct RefusedRecord: Sendable, Equatable {
    package let topicPartition: TopicPartition
    package let timestamp: Int64
    package let key: Bytes?
    package let value: Bytes?
    /// Whether it is refused for its size alone.
    package let isTooLarge: Bool
    /// What the broker said.
    package let reason: String

    package init(
        topicPartition: TopicPartition, timestamp: Int64, key: Bytes?, value: Bytes?, isTooLarge: Bool, reason: String
    ) {
        self.topicPartition = topicPartition
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.isTooLarge = isTooLarge
        self.reason = reason
    }

    /// The bytes of key and value.
    package var size: Int { (key?.count ?? 0) + (value?.count ?? 0) }
}

extension KafkaErrorCode {
    /// Whether it is said of single records of a batch (KIP-467).
    var isAboutRecords: Bool { self == .invalidRecord || self == .invalidTimestamp }
}

extension QueuedBatch {
    /// The records of the batch with these numbers, counted from 0; those that there are not are left out.
    func refused(_ numbers: Set<Int>, isTransactional: Bool, isTooLarge: Bool, reason: String) throws -> [RefusedRecord] {
        var records = try RecordBatch(bytes(isTransactional: isTransactional)).records()
        var refused: [RefusedRecord] = []
        var number = 0
        while let record = try records.next() {
            if numbers.contains(number) {
                refused.append(
                    RefusedRecord(
                        topicPartition: topicPartition, timestamp: record.timestamp, key: record.key?.detached(),
                        value: record.value?.detached(), isTooLarge: isTooLarge, reason: reason))
            }
            number += 1
        }
        return refused
    }
}
