import KafkaClient
import KafkaProtocol

extension [RecordHeader] {
    /// What is said of a dead letter, by the names of Kafka Streams (KIP-1034), as texts: the type of the error, its message,
    /// in place of a stack trace where it was thrown, and topic, partition and offset of the record that failed. A result
    /// that was held back has no such record, and so none of these three.
    static func errors(
        _ error: any Error, step: String?, record: (partition: TopicPartition, offset: Int64)? = nil
    ) -> [RecordHeader] {
        let (type, message) = (String(reflecting: Swift.type(of: error)), "\(error)")
        let place = record.map { "\n\tat the record \($0.partition) offset \($0.offset)" } ?? ""
        var headers = [
            header("exception", type), header("message", message),
            header("stacktrace", "\(type): \(message)" + (step.map { "\n\tin the step \($0)" } ?? "") + place),
        ]
        if let record { headers += source(record.partition, record.offset) }
        return headers
    }

    /// What is said of a record that a step left out by its rules: why, in which step, and where it came from.
    static func dropped(
        _ reason: DropReason, step: String?, record: (partition: TopicPartition, offset: Int64)
    ) -> [RecordHeader] {
        let own = [("reason", reason.rawValue)] + (step.map { [("step", $0)] } ?? [])
        return own.map { RecordHeader(key: "__millrace.dropped.\($0)", value: Bytes(utf8: $1)) }
            + source(record.partition, record.offset)
    }

    private static func source(_ partition: TopicPartition, _ offset: Int64) -> [RecordHeader] {
        [header("topic", partition.topic), header("partition", "\(partition.partition)"), header("offset", "\(offset)")]
    }

    private static func header(_ name: String, _ text: String) -> RecordHeader {
        RecordHeader(key: "__streams.errors.\(name)", value: Bytes(utf8: text))
    }
}
