import KafkaProtocol

@testable import Millrace

extension SuppressBuffer {
    /// As a record without headers would do it.
    func put(_ key: Key, _ change: Change<Value>, due: Int64, timestamp: Int64) throws {
        let origin = RecordOrigin(timestamp: timestamp, offset: 7, source: TopicPartition("in", 0), headers: [])
        try put(key, change, due: due, origin: origin)
    }
}
