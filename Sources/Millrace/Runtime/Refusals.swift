import KafkaClient
import KafkaProtocol

/// Records that brokers have refused for good. That shows when a batch is sent, long after the record at fault was
/// processed; so the task starts anew from its last commit, and what would be refused again fails in the step that makes it,
/// where the policy for bad records is applied.
struct Refusals: Sendable {
    /// So many are remembered; the oldest goes first.
    static let capacity = 1000

    private var records: [RefusedRecord] = []

    /// The topics that refuse records.
    var topics: Set<String> { Set(records.map(\.topicPartition.topic)) }

    mutating func add(_ refused: [RefusedRecord]) {
        records += refused
        records.removeFirst(max(0, records.count - Self.capacity))
    }

    /// The records that an error is about.
    static func records(of error: any Error) -> [RefusedRecord] {
        var next: (any Error)? = error
        while let error = next as? KafkaError {
            if !error.refused.isEmpty { return error.refused }
            next = error.underlying
        }
        return []
    }

    /// Why a record for a topic would be refused; nil if nothing is known against it.
    func reason(
        topic: String, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?
    ) -> String? {
        let size = (key?.count ?? 0) + (value?.count ?? 0)
        for record in records where record.topicPartition.topic == topic {
            if record.isTooLarge ? size >= record.size : isEqual(record, timestamp, key, value) { return record.reason }
        }
        return nil
    }

    private func isEqual(
        _ record: RefusedRecord, _ timestamp: Int64, _ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?
    ) -> Bool {
        record.timestamp == timestamp && record.key == key.map { Bytes(copying: $0) }
            && record.value == value.map { Bytes(copying: $0) }
    }
}

/// A record that a step makes is one that the topic's broker refuses.
struct RefusedRecordError: Error, CustomStringConvertible {
    let topic: String
    let reason: String

    var description: String { "a record for the topic \(topic) is refused: \(reason)" }
}
