import KafkaClient
import KafkaProtocol

/// Records that brokers have refused for good. That shows when a batch is sent, long after the record at fault was
/// processed; so the task starts anew from its last commit, and what would be refused again fails in the step that makes it,
/// where the policy for bad records is applied.
struct Refusals: Sendable {
    /// So many are remembered; the oldest goes first.
    static let capacity = 1000

    private var records: [(record: RefusedRecord, times: Int)] = []

    /// The topics that refuse records.
    var topics: Set<String> { Set(records.map(\.record.topicPartition.topic)) }

    mutating func add(_ refused: [RefusedRecord]) {
        for record in refused {
            var times = 1
            if let known = records.firstIndex(where: { $0.record.isSame(as: record) }) {
                // One that was tried again has been refused once more.
                times += records.remove(at: known).times
            }
            records.append((record, times))
        }
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

    /// Why a record for a topic would be refused, and how often such has been; nil if nothing is known against it.
    func refusal(
        topic: String, timestamp: Int64, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?
    ) -> RefusedRecordError? {
        let size = (key?.count ?? 0) + (value?.count ?? 0)
        for (record, times) in records where record.topicPartition.topic == topic {
            let isRefused =
                switch record.scope {
                case .record: isEqual(record, timestamp, key, value)
                case .size: size >= record.size
                case .topic: true
                }
            if isRefused { return RefusedRecordError(topic: topic, reason: record.reason, scope: record.scope, times: times) }
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

extension RefusedRecord {
    /// Whether both say the same: of the same record, or of the same topic.
    fileprivate func isSame(as other: RefusedRecord) -> Bool {
        guard scope == other.scope, topicPartition.topic == other.topicPartition.topic else { return false }
        return scope == .topic || (timestamp == other.timestamp && key == other.key && value == other.value)
    }
}

/// A record that a step makes is one that the topic's broker refuses.
struct RefusedRecordError: Error, CustomStringConvertible {
    let topic: String
    let reason: String
    let scope: RefusedRecord.Scope
    /// How often brokers have refused it.
    let times: Int

    var description: String { "a record for the topic \(topic) is refused: \(reason)" }
}
