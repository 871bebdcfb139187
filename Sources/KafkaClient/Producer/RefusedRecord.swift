package import KafkaProtocol

/// A record that a broker will not take, whenever it is sent: it is too large, its content is not allowed, or nobody without
/// further rights may write the topic.
package struct RefusedRecord: Sendable, Equatable {
    package let topicPartition: TopicPartition
    package let timestamp: Int64
    package let key: Bytes?
    package let value: Bytes?
    /// What is refused with it.
    package let scope: Scope
    /// What the broker said.
    package let reason: String

    package init(
        topicPartition: TopicPartition, timestamp: Int64, key: Bytes?, value: Bytes?, scope: Scope, reason: String
    ) {
        self.topicPartition = topicPartition
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.scope = scope
        self.reason = reason
    }

    /// Why a record is refused, and so which others are.
    package enum Scope: Sendable, Hashable {
        /// For its content.
        case record
        /// For its size: all that are as large or larger.
        case size
        /// The topic takes none of this client.
        case topic
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
    func refused(_ numbers: Set<Int>, isTransactional: Bool, scope: RefusedRecord.Scope, reason: String) throws -> [RefusedRecord] {
        var records = try RecordBatch(bytes(isTransactional: isTransactional)).records()
        var refused: [RefusedRecord] = []
        var number = 0
        while let record = try records.next() {
            if numbers.contains(number) {
                refused.append(
                    RefusedRecord(
                        topicPartition: topicPartition, timestamp: record.timestamp, key: record.key?.detached(),
                        value: record.value?.detached(), scope: scope, reason: reason))
            }
            number += 1
        }
        return refused
    }
}
