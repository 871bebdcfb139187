import KafkaProtocol

@testable import Millrace

/// Keeps what is written, in one list.
final class MemoryCollector: RecordCollector {
    private(set) var topics: [String] = []
    private(set) var written: [(topic: String, key: Bytes?, value: Bytes?, timestamp: Int64, headers: [RecordHeader])] =
        []

    func target(topic: String) -> TopicTarget {
        topics.append(topic)
        return TopicTarget(index: topics.count - 1)
    }

    func partitionCount(of target: TopicTarget) -> Int32 { 1 }

    func collect(
        _ target: TopicTarget, partition: Int32?, timestamp: Int64, key: UnsafeRawBufferPointer?, windowBytes: Int,
        value: UnsafeRawBufferPointer?, headers: [RecordHeader]
    ) {
        written.append(
            (topics[target.index], key.map { Bytes(copying: $0) }, value.map { Bytes(copying: $0) }, timestamp, headers)
        )
    }

    /// A task's context that writes here.
    func context(cacheBytes: Int = 0) -> TaskContext {
        TaskContext(applicationID: "app", partition: 0, collector: self, cacheBytes: cacheBytes)
    }

    /// The changelog of a store, written here.
    func changelog(_ context: TaskContext) -> ChangelogWriter {
        ChangelogWriter(target: target(topic: "changelog"), rows: nil, context: context)
    }

    /// Puts all that was written into a new store.
    func restore(into store: any StateStore) throws {
        for record in written {
            try store.restore(
                key: record.key ?? Bytes(), value: record.value, timestamp: record.timestamp, headers: record.headers)
        }
    }
}
