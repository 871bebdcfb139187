import KafkaProtocol
import Millrace

/// Keeps what tasks write, topic by topic. A topic is read by the test, and processed by the topology if that reads it;
/// neither takes anything from the other, nor from a restart, which reads changelogs from their beginnings.
final class TopicLogs: RecordCollector {
    private struct Log {
        let topic: String
        var records: [TestRecord<Bytes, Bytes>] = []
        /// How many the test has read.
        var read = 0
        /// How many the topology has processed.
        var processed = 0
    }

    private var logs: [Log] = []
    private var numbers: [String: Int] = [:]
    /// The topics of the records written since they were last asked for.
    private var written: [Int] = []

    func target(topic: String) -> TopicTarget {
        if let known = numbers[topic] { return TopicTarget(index: known) }
        numbers[topic] = logs.count
        logs.append(Log(topic: topic))
        return TopicTarget(index: logs.count - 1)
    }

    func partitionCount(of target: TopicTarget) -> Int32 { 1 }

    func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?, windowBytes: Int,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) {
        written.append(target.index)
        logs[target.index].records.append(
            TestRecord(
                key.map { Bytes(copying: $0) }, value.map { Bytes(copying: $0) }, timestamp: timestamp,
                headers: headers))
    }

    /// The topics written since the last call, once for each record.
    func takeWritten() -> [String] {
        defer { written.removeAll(keepingCapacity: true) }
        return written.map { logs[$0].topic }
    }

    /// The topics that have a record, in alphabetical order.
    var producedTopics: [String] { logs.filter { !$0.records.isEmpty }.map(\.topic).sorted() }

    /// How many records of a topic the test has not read yet.
    func unread(_ topic: String) -> Int { numbers[topic].map { logs[$0].records.count - logs[$0].read } ?? 0 }

    /// The number from 0 and the content of the next record that the test reads of a topic.
    func readNext(_ topic: String) -> (number: Int, record: TestRecord<Bytes, Bytes>)? {
        guard let index = numbers[topic], logs[index].read < logs[index].records.count else { return nil }
        defer { logs[index].read += 1 }
        return (logs[index].read, logs[index].records[logs[index].read])
    }

    /// All records of a topic that the test has not read yet.
    func readAll(_ topic: String) -> [TestRecord<Bytes, Bytes>] {
        guard let index = numbers[topic] else { return [] }
        defer { logs[index].read = logs[index].records.count }
        return Array(logs[index].records[logs[index].read...])
    }

    /// The time of the next record that the topology has to process of a topic.
    func nextTimestamp(_ topic: String) -> Int64? {
        guard let index = numbers[topic], logs[index].processed < logs[index].records.count else { return nil }
        return logs[index].records[logs[index].processed].timestamp
    }

    /// The next record that the topology has to process of a topic.
    func processNext(_ topic: String) -> TestRecord<Bytes, Bytes>? {
        guard let index = numbers[topic], logs[index].processed < logs[index].records.count else { return nil }
        defer { logs[index].processed += 1 }
        return logs[index].records[logs[index].processed]
    }

    /// The records that a compacted topic is left with: the latest of each key, in order, and all from the first one on that
    /// is younger than `lag`.
    func compacted(_ topic: String, after lag: Int64) -> [TestRecord<Bytes, Bytes>] {
        guard let records = numbers[topic].map({ logs[$0].records }) else { return [] }
        let limit = (records.map(\.timestamp).max() ?? 0).saturatingSubtract(lag)
        let count = lag == 0 ? records.count : records.prefix { $0.timestamp <= limit }.count
        var seen: Set<Bytes> = []
        return records[..<count].reversed().filter { $0.key.map { seen.insert($0).inserted } ?? false }.reversed()
            + records[count...]
    }
}
