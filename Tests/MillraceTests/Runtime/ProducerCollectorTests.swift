import KafkaClient
import KafkaProtocol
import Testing

@testable import Millrace

@Suite struct ProducerCollectorTests {
    func collect(
        _ collector: ProducerCollector, _ target: TopicTarget, _ key: String?, partition: Int32? = nil
    ) throws {
        let bytes = key.map { Bytes(utf8: $0) }
        try (bytes ?? Bytes()).withUnsafeBytes { buffer throws(any Error) -> Void in
            try collector.collect(
                target, partition: partition, timestamp: 0, key: key == nil ? nil : buffer, windowBytes: 0, value: nil, headers: [])
        }
    }

    func taken(_ collector: ProducerCollector) -> [String: Int] {
        collector.batches.takeAll().reduce(into: [:]) { $0["\($1.topicPartition)", default: 0] += $1.recordCount }
    }

    @Test func `records of a topic that has just been chosen wait until its partitions are known`() throws {
        let collector = ProducerCollector(batchBytes: 1000, compression: .none, partitionCounts: ["known": 1])
        let known = collector.target(topic: "known", chosenBy: "step")
        let new = collector.target(topic: "new", chosenBy: "step")
        #expect(collector.target(topic: "new", chosenBy: "other step") == new)
        #expect(collector.unresolved.map(\.topic) == ["new"])
        try collect(collector, known, "a")
        try collect(collector, new, "a", partition: 1)
        try collect(collector, new, nil, partition: 0)
        try collect(collector, new, "a")
        collector.choosePartitionLater(of: new) { count in count - 1 }
        #expect(taken(collector) == ["known-0": 1])
        try collector.resolve("new", partitions: 2)
        #expect(collector.unresolved.isEmpty)
        try collect(collector, new, "a", partition: 1)
        #expect(taken(collector) == ["new-0": 1, "new-1": 3])
    }

    @Test func `a partition that the topic turns out not to have is an error`() throws {
        let collector = ProducerCollector(batchBytes: 1000, compression: .none, partitionCounts: [:])
        let new = collector.target(topic: "new", chosenBy: "step")
        try collect(collector, new, "a", partition: 2)
        let error = #expect(throws: StreamsError.self) { try collector.resolve("new", partitions: 2) }
        #expect(error?.message == "there is no partition 2 of new, which has 2")
    }
}
